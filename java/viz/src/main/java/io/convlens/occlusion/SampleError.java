package io.convlens.occlusion;

import java.util.List;

/**
 * How far scores are from those of the whole network, at some positions.
 *
 * @param mean of the absolute differences
 * @param max of them
 * @param standard the mean's standard error
 */
record SampleError(double mean, double max, double standard) {
  static SampleError of(float[] scores, float[] full, List<Integer> positions) {
    double sum = 0;
    double squares = 0;
    double max = 0;
    for (int p : positions) {
      double d = Math.abs((double) scores[p] - full[p]);
      sum += d;
      squares += d * d;
      max = d > max || Double.isNaN(d) ? d : max;
    }
    int n = positions.size();
    double mean = sum / n;
    double variance = Math.max(0, squares / n - mean * mean);
    return new SampleError(mean, max, Math.sqrt(variance / n));
  }

  /**
   * Whether the mean is within a bound by at least its standard error, so that a sample that was
   * merely lucky seldom passes. What is no number is not.
   */
  boolean isWithin(double bound) {
    return mean + standard <= bound;
  }
}
