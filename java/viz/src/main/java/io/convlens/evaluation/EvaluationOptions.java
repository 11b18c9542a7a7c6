package io.convlens.evaluation;

import io.convlens.io.UnusableOptionException;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * How maps are measured. Immutable: the methods that take a value give a changed copy, those that
 * take none say what is set.
 *
 * <p>Wrong values throw {@link UnusableOptionException} at once.
 */
public final class EvaluationOptions {
  /** The defaults: see the initial values of the fields. */
  public static final EvaluationOptions DEFAULT = new EvaluationOptions();

  private static final int MOST = 1 << 20;

  private Set<Metric> metrics = EnumSet.allOf(Metric.class);
  private int steps = 50;
  private float fill;
  private double blur = 5;
  private int trials = 50;
  private double radius = 0.02;
  private int draws = 10;
  private int tolerance = 15;
  private int stages = 10;
  private int sanityPictures = 8;
  private long seed;

  private EvaluationOptions() {}

  private EvaluationOptions changed(Consumer<EvaluationOptions> change) {
    var copy = new EvaluationOptions();
    copy.metrics = metrics;
    copy.steps = steps;
    copy.fill = fill;
    copy.blur = blur;
    copy.trials = trials;
    copy.radius = radius;
    copy.draws = draws;
    copy.tolerance = tolerance;
    copy.stages = stages;
    copy.sanityPictures = sanityPictures;
    copy.seed = seed;
    change.accept(copy);
    return copy;
  }

  private static int checked(int count, int least, String of) {
    if (count < least || count > MOST) {
      throw new UnusableOptionException(of + " " + count + ": " + least + " to " + MOST);
    }
    return count;
  }

  /** What is measured; all that can be by default. */
  public EvaluationOptions metrics(Set<Metric> wanted) {
    if (wanted.isEmpty()) {
      throw new UnusableOptionException("no metrics: nothing to measure");
    }
    return changed(o -> o.metrics = EnumSet.copyOf(wanted));
  }

  /** What is measured. */
  public Set<Metric> metrics() {
    return EnumSet.copyOf(metrics);
  }

  /** Steps of deletion and insertion; 50 by default. */
  public EvaluationOptions steps(int count) {
    checked(count, 1, "steps");
    return changed(o -> o.steps = count);
  }

  /** Steps of deletion and insertion. */
  public int steps() {
    return steps;
  }

  /** What stands for an absent pixel, in the network's input space; 0 by default. */
  public EvaluationOptions fill(float value) {
    if (!Float.isFinite(value)) {
      throw new UnusableOptionException("fill " + value + ": must be finite");
    }
    return changed(o -> o.fill = value);
  }

  /** What stands for an absent pixel. */
  public float fill() {
    return fill;
  }

  /** The deviation, in pixels, of the blur that insertion starts from; 5 by default, as in RISE. */
  public EvaluationOptions blur(double deviation) {
    if (!(deviation > 0 && deviation <= MOST)) {
      throw new UnusableOptionException("blur " + deviation + ": above 0");
    }
    return changed(o -> o.blur = deviation);
  }

  /** The deviation, in pixels, of the blur that insertion starts from. */
  public double blur() {
    return blur;
  }

  /** Sets of pixels a size for sensitivity-n, and squares for infidelity; 50 by default. */
  public EvaluationOptions trials(int count) {
    checked(count, 2, "trials");
    return changed(o -> o.trials = count);
  }

  /** Sets of pixels a size for sensitivity-n, and squares for infidelity. */
  public int trials() {
    return trials;
  }

  /** Max-sensitivity: the noise's reach, as a part of a picture's range; 0.02 by default. */
  public EvaluationOptions radius(double part) {
    if (!(part > 0 && part <= MOST)) {
      throw new UnusableOptionException("radius " + part + ": above 0");
    }
    return changed(o -> o.radius = part);
  }

  /** Max-sensitivity: the noise's reach, as a part of a picture's range. */
  public double radius() {
    return radius;
  }

  /** Max-sensitivity: noisy copies a picture; 10 by default, as in Captum. */
  public EvaluationOptions draws(int count) {
    checked(count, 1, "draws");
    return changed(o -> o.draws = count);
  }

  /** Max-sensitivity: noisy copies a picture. */
  public int draws() {
    return draws;
  }

  /** Pointing game: how many pixels off a box still count; 15 by default, as in its paper. */
  public EvaluationOptions tolerance(int pixels) {
    checked(pixels, 0, "tolerance");
    return changed(o -> o.tolerance = pixels);
  }

  /** Pointing game: how many pixels off a box still count. */
  public int tolerance() {
    return tolerance;
  }

  /** Randomisation: networks that are looked at, more and more of them forgotten; 10 by default. */
  public EvaluationOptions stages(int count) {
    checked(count, 1, "stages");
    return changed(o -> o.stages = count);
  }

  /** Randomisation: networks that are looked at. */
  public int stages() {
    return stages;
  }

  /** Randomisation: the first so many pictures; 8 by default. */
  public EvaluationOptions sanityPictures(int count) {
    checked(count, 1, "sanity pictures");
    return changed(o -> o.sanityPictures = count);
  }

  /** Randomisation: how many pictures. */
  public int sanityPictures() {
    return sanityPictures;
  }

  /** What everything by chance is drawn from; 0 by default. */
  public EvaluationOptions seed(long number) {
    return changed(o -> o.seed = number);
  }

  /** What everything by chance is drawn from. */
  public long seed() {
    return seed;
  }
}
