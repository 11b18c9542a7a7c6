package io.convlens.gradient;

import io.convlens.gradient.Sharing.Shares;
import java.util.function.IntFunction;

/** As many steps of an integral as were asked for, or as it takes. */
final class StepSearch {
  /** So many first, then twice as many, and so on. */
  static final int FIRST_STEPS = 16;

  private static final int MOST_STEPS = 1024;

  /** How near the shares must come to the difference of scores. */
  private static final double GOOD_GAP = 0.01;

  private StepSearch() {}

  /**
   * The shares of an integral.
   *
   * @param by for a number of steps, with their completeness
   */
  static Shares run(SaliencyOptions options, IntFunction<Shares> by) {
    int steps = options.steps().orElse(FIRST_STEPS);
    Shares found = by.apply(steps);
    while (options.steps().isEmpty() && steps < MOST_STEPS && !isGood(found)) {
      steps *= 2;
      found = by.apply(steps);
    }
    return found;
  }

  private static boolean isGood(Shares shares) {
    Attribution.Completeness c = shares.completeness().orElseThrow();
    return Math.abs(c.gap()) <= GOOD_GAP * Math.abs(c.difference());
  }
}
