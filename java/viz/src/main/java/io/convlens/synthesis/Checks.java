package io.convlens.synthesis;

import io.convlens.io.UnusableOptionException;

/** What values of options must be. */
final class Checks {
  private Checks() {}

  /** Refuses what lies outside, and what is no number. */
  static void within(String option, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      String from = least == Double.MIN_VALUE ? "more than 0" : word(least);
      throw new UnusableOptionException(
          "%s %s: %s to %s".formatted(option, word(value), from, word(most)));
    }
  }

  /** Whole numbers without a point. */
  private static String word(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
