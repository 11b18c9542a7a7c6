package io.convlens.synthesis;

import io.convlens.io.UnusableOptionException;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/**
 * How a picture is changed so that a network says something else. Immutable: the methods that take
 * a value give a changed copy, those that take none say what is set.
 *
 * <p>Wrong values throw {@link UnusableOptionException} at once. Sizes of changes are in levels of
 * 0..255.
 */
public final class FoolOptions {
  /** How the size of a change is measured. */
  public enum Norm {
    /** The largest change of any sample. */
    LINF,
    /** The root of the sum of all squared changes. */
    L2;

    /** The word of the command line and of JSON. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The defaults: see the initial values of the fields. */
  public static final FoolOptions DEFAULT = new FoolOptions();

  /** Of the limit, so that the way to its edge and along it fits into the steps (Madry et al.). */
  private static final double USUAL_WAY = 2.5;

  private static final int MOST_STEPS = 1 << 20;

  private Norm norm = Norm.LINF;
  private double epsilon = 8;
  private int steps = 40;
  private OptionalDouble stepSize = OptionalDouble.empty();
  private double confidence = 0.9;

  private FoolOptions() {}

  private FoolOptions changed(Consumer<FoolOptions> change) {
    var copy = new FoolOptions();
    copy.norm = norm;
    copy.epsilon = epsilon;
    copy.steps = steps;
    copy.stepSize = stepSize;
    copy.confidence = confidence;
    change.accept(copy);
    return copy;
  }

  /** How the change is measured and kept small; {@link Norm#LINF} by default. */
  public FoolOptions norm(Norm which) {
    return changed(o -> o.norm = which);
  }

  /** How the change is measured. */
  public Norm norm() {
    return norm;
  }

  /** The largest change, in levels of 0..255; 8 by default. */
  public FoolOptions epsilon(double levels) {
    Checks.within("epsilon", levels, Double.MIN_VALUE, 1e6);
    return changed(o -> o.epsilon = levels);
  }

  /** The largest change. */
  public double epsilon() {
    return epsilon;
  }

  /** The most steps; 40 by default. It ends earlier where {@link #confidence} is reached. */
  public FoolOptions steps(int count) {
    Checks.within("steps", count, 1, MOST_STEPS);
    return changed(o -> o.steps = count);
  }

  /** The most steps. */
  public int steps() {
    return steps;
  }

  /** How far a step goes, in levels; 2.5 epsilon over the number of steps by default. */
  public FoolOptions stepSize(double levels) {
    Checks.within("step", levels, Double.MIN_VALUE, 1e6);
    return changed(o -> o.stepSize = OptionalDouble.of(levels));
  }

  /** How far a step goes. */
  public double stepSize() {
    return stepSize.orElse(USUAL_WAY * epsilon / steps);
  }

  /** The wanted class's probability at which it ends; 0.9 by default. */
  public FoolOptions confidence(double probability) {
    Checks.within("confidence", probability, Double.MIN_VALUE, 1);
    return changed(o -> o.confidence = probability);
  }

  /** The wanted class's probability at which it ends. */
  public double confidence() {
    return confidence;
  }
}
