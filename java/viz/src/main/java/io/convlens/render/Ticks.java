package io.convlens.render;

import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;

/**
 * Round numbers along a scale: multiples of 1, 2 or 5 times a power of ten.
 *
 * @param values ascending
 * @param decimals how many their labels need
 */
record Ticks(List<Double> values, int decimals) {
  /** Steps that a scale is divided into, at most. */
  private static final int STEPS = 5;

  /** The ticks from {@code low} to {@code high}, which is larger. */
  static Ticks between(double low, double high) {
    double least = (high - low) / STEPS;
    double power = Math.pow(10, Math.floor(Math.log10(least)));
    double step = 10 * power;
    for (double factor : new double[] {5, 2, 1}) {
      if (factor * power >= least * (1 - 1e-9)) {
        step = factor * power;
      }
    }
    // The slack keeps an end that is a multiple but for rounding.
    long first = (long) Math.ceil(low / step - 1e-6);
    long last = (long) Math.floor(high / step + 1e-6);
    double s = step;
    List<Double> values = LongStream.rangeClosed(first, last).mapToObj(i -> i * s).toList();
    return new Ticks(values, Math.max(0, (int) -Math.floor(Math.log10(step) + 1e-9)));
  }

  String label(double value) {
    return decimals > 5
        ? String.format(Locale.ROOT, "%.0e", value)
        : String.format(Locale.ROOT, "%." + decimals + "f", value + 0.0);
  }
}
