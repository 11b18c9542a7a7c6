package io.convlens.synthesis;

import io.convlens.io.UnusableOptionException;
import java.util.function.Consumer;

/**
 * How a picture that excites something is made. Immutable: the methods that take a value give a
 * changed copy, those that take none say what is set.
 *
 * <p>Wrong values throw {@link UnusableOptionException} at once. What is a share of brightness is
 * of the way from black to white.
 */
public final class MaximizeOptions {
  /** The defaults: see the initial values of the fields. */
  public static final MaximizeOptions DEFAULT = new MaximizeOptions();

  private static final int MOST_STEPS = 1 << 20;
  private static final int MOST_BANDS = 16;
  private static final int MOST_JITTER = 1 << 13;
  private static final double MOST_BLUR = 100;

  private int steps = 128;
  private double rate = 0.02;
  private int bands = 5;
  private double colour = 0.45;
  private int jitter = 8;
  private double zoom = 0.1;
  private double turn = 5;
  private double decay = 0.02;
  private double blur;
  private int blurEvery = 4;
  private double clipNorm;
  private double clipContribution;
  private double variation = 0.05;
  private double noise = 0.02;
  private long seed;

  private MaximizeOptions() {}

  private MaximizeOptions changed(Consumer<MaximizeOptions> change) {
    var copy = new MaximizeOptions();
    copy.steps = steps;
    copy.rate = rate;
    copy.bands = bands;
    copy.colour = colour;
    copy.jitter = jitter;
    copy.zoom = zoom;
    copy.turn = turn;
    copy.decay = decay;
    copy.blur = blur;
    copy.blurEvery = blurEvery;
    copy.clipNorm = clipNorm;
    copy.clipContribution = clipContribution;
    copy.variation = variation;
    copy.noise = noise;
    copy.seed = seed;
    change.accept(copy);
    return copy;
  }

  /** Steps; 128 by default. */
  public MaximizeOptions steps(int count) {
    Checks.within("steps", count, 1, MOST_STEPS);
    return changed(o -> o.steps = count);
  }

  /** Steps. */
  public int steps() {
    return steps;
  }

  /** How far a step goes: the root of its mean square, as a share of brightness; 0.02. */
  public MaximizeOptions rate(double share) {
    Checks.within("rate", share, Double.MIN_VALUE, 1);
    return changed(o -> o.rate = share);
  }

  /** How far a step goes. */
  public double rate() {
    return rate;
  }

  /**
   * Into how many octaves of detail each step is split, all of which count the same; 0 takes the
   * gradient as it is, which is mostly fine grain. 5 by default.
   */
  public MaximizeOptions bands(int octaves) {
    Checks.within("bands", octaves, 0, MOST_BANDS);
    return changed(o -> o.bands = octaves);
  }

  /** Octaves of detail. */
  public int bands() {
    return bands;
  }

  /**
   * How far a step goes in colour, for one in brightness; 0.45 by default, since in photographs
   * colour varies about as much less. Matters for three channels only.
   */
  public MaximizeOptions colour(double share) {
    Checks.within("colour", share, 0, 10);
    return changed(o -> o.colour = share);
  }

  /** How far a step goes in colour. */
  public double colour() {
    return colour;
  }

  /** By how many pixels the picture is shifted at random before each step, at most; 8. */
  public MaximizeOptions jitter(int pixels) {
    Checks.within("jitter", pixels, 0, MOST_JITTER);
    return changed(o -> o.jitter = pixels);
  }

  /** The most pixels of a shift. */
  public int jitter() {
    return jitter;
  }

  /** By which share it is resized at random before each step, at most; 0.1. */
  public MaximizeOptions zoom(double share) {
    Checks.within("zoom", share, 0, 0.9);
    return changed(o -> o.zoom = share);
  }

  /** The largest share of a resizing. */
  public double zoom() {
    return zoom;
  }

  /** By how many degrees it is turned at random before each step, at most; 5. */
  public MaximizeOptions turn(double degrees) {
    Checks.within("turn", degrees, 0, 180);
    return changed(o -> o.turn = degrees);
  }

  /** The most degrees of a turn. */
  public double turn() {
    return turn;
  }

  /** The share of its distance from grey that a pixel loses in each step (L2 decay); 0.02. */
  public MaximizeOptions decay(double share) {
    Checks.within("decay", share, 0, 1);
    return changed(o -> o.decay = share);
  }

  /** The share of its distance from grey that a pixel loses in each step. */
  public double decay() {
    return decay;
  }

  /** The deviation in pixels of the Gaussian that blurs the picture now and then; 0 for none. */
  public MaximizeOptions blur(double pixels) {
    Checks.within("blur", pixels, 0, MOST_BLUR);
    return changed(o -> o.blur = pixels);
  }

  /** The deviation of the blur. */
  public double blur() {
    return blur;
  }

  /** After how many steps it is blurred each time; 4. */
  public MaximizeOptions blurEvery(int count) {
    Checks.within("blur-every", count, 1, MOST_STEPS);
    return changed(o -> o.blurEvery = count);
  }

  /** After how many steps it is blurred each time. */
  public int blurEvery() {
    return blurEvery;
  }

  /** The percentage of pixels, those nearest to grey, that become grey in each step; 0. */
  public MaximizeOptions clipNorm(double percent) {
    Checks.within("clip-norm", percent, 0, 100);
    return changed(o -> o.clipNorm = percent);
  }

  /** The percentage of pixels nearest to grey that become grey. */
  public double clipNorm() {
    return clipNorm;
  }

  /** The percentage of pixels, those that contribute least, that become grey in each step; 0. */
  public MaximizeOptions clipContribution(double percent) {
    Checks.within("clip-contribution", percent, 0, 100);
    return changed(o -> o.clipContribution = percent);
  }

  /** The percentage of pixels of least contribution that become grey. */
  public double clipContribution() {
    return clipContribution;
  }

  /** How much the total variation counts in a step beside the gradient; 0.05. */
  public MaximizeOptions variation(double weight) {
    Checks.within("tv", weight, 0, 1e6);
    return changed(o -> o.variation = weight);
  }

  /** How much the total variation counts. */
  public double variation() {
    return variation;
  }

  /** How far the noise that it starts from goes to both sides of grey; 0.02. */
  public MaximizeOptions noise(double share) {
    Checks.within("noise", share, 0, 0.5);
    return changed(o -> o.noise = share);
  }

  /** How far the noise goes. */
  public double noise() {
    return noise;
  }

  /** What noise, shifts, sizes and turns are drawn from; 0. */
  public MaximizeOptions seed(long number) {
    return changed(o -> o.seed = number);
  }

  /** What is drawn from. */
  public long seed() {
    return seed;
  }
}
