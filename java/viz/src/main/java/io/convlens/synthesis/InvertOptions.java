package io.convlens.synthesis;

import io.convlens.io.UnusableOptionException;
import java.util.function.Consumer;

/**
 * How a picture is found again from a layer's code. Immutable: the methods that take a value give a
 * changed copy, those that take none say what is set.
 *
 * <p>Wrong values throw {@link UnusableOptionException} at once.
 */
public final class InvertOptions {
  /** The defaults: see the initial values of the fields. */
  public static final InvertOptions DEFAULT = new InvertOptions();

  private static final int MOST_STEPS = 1 << 20;
  private static final int MOST_BANDS = 16;
  private static final double MOST_WEIGHT = 1e9;

  private int steps = 200;
  private double rate = 0.03;
  private int bands = 4;
  private double variation = 0.1;
  private double beta = 2;
  private double size = 0.01;
  private double alpha = 6;
  private double noise = 0.02;
  private long seed;

  private InvertOptions() {}

  private InvertOptions changed(Consumer<InvertOptions> change) {
    var copy = new InvertOptions();
    copy.steps = steps;
    copy.rate = rate;
    copy.bands = bands;
    copy.variation = variation;
    copy.beta = beta;
    copy.size = size;
    copy.alpha = alpha;
    copy.noise = noise;
    copy.seed = seed;
    change.accept(copy);
    return copy;
  }

  /** Steps; 200 by default. */
  public InvertOptions steps(int count) {
    Checks.within("steps", count, 1, MOST_STEPS);
    return changed(o -> o.steps = count);
  }

  /** Steps. */
  public int steps() {
    return steps;
  }

  /** How far the first steps go, as a share of the way from black to white; 0.03. */
  public InvertOptions rate(double share) {
    Checks.within("rate", share, Double.MIN_VALUE, 1);
    return changed(o -> o.rate = share);
  }

  /** How far the first steps go. */
  public double rate() {
    return rate;
  }

  /**
   * How many layers of coarser and coarser detail are moved beside the single pixels; 4. None for
   * 0: slower, and grainier from deep layers.
   */
  public InvertOptions bands(int octaves) {
    Checks.within("bands", octaves, 0, MOST_BANDS);
    return changed(o -> o.bands = octaves);
  }

  /** Layers of coarser detail. */
  public int bands() {
    return bands;
  }

  /** The weight of the total variation; 0.1. */
  public InvertOptions variation(double weight) {
    Checks.within("tv", weight, 0, MOST_WEIGHT);
    return changed(o -> o.variation = weight);
  }

  /** The weight of the total variation. */
  public double variation() {
    return variation;
  }

  /** The total variation's exponent; 2. */
  public InvertOptions beta(double exponent) {
    Checks.within("beta", exponent, 1, 10);
    return changed(o -> o.beta = exponent);
  }

  /** The total variation's exponent. */
  public double beta() {
    return beta;
  }

  /** The weight of the α-norm of what differs from grey; 0.01. */
  public InvertOptions size(double weight) {
    Checks.within("norm", weight, 0, MOST_WEIGHT);
    return changed(o -> o.size = weight);
  }

  /** The weight of the α-norm. */
  public double size() {
    return size;
  }

  /** The α-norm's exponent; 6. */
  public InvertOptions alpha(double exponent) {
    Checks.within("alpha", exponent, 1, 100);
    return changed(o -> o.alpha = exponent);
  }

  /** The α-norm's exponent. */
  public double alpha() {
    return alpha;
  }

  /** How far the noise that it starts from goes to both sides of grey; 0.02. */
  public InvertOptions noise(double share) {
    Checks.within("noise", share, 0, 0.5);
    return changed(o -> o.noise = share);
  }

  /** How far the noise goes. */
  public double noise() {
    return noise;
  }

  /** What the noise is drawn from; 0. */
  public InvertOptions seed(long number) {
    return changed(o -> o.seed = number);
  }

  /** What the noise is drawn from. */
  public long seed() {
    return seed;
  }
}
