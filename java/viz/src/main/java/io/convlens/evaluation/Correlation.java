package io.convlens.evaluation;

import java.util.Arrays;

/** How alike two rows of numbers go. */
final class Correlation {
  private Correlation() {}

  /** Pearson's coefficient; 0 where one of them does not change at all. */
  static double pearson(double[] a, double[] b) {
    double meanA = mean(a);
    double meanB = mean(b);
    double both = 0;
    double squaresA = 0;
    double squaresB = 0;
    for (int i = 0; i < a.length; i++) {
      both += (a[i] - meanA) * (b[i] - meanB);
      squaresA += (a[i] - meanA) * (a[i] - meanA);
      squaresB += (b[i] - meanB) * (b[i] - meanB);
    }
    double below = Math.sqrt(squaresA) * Math.sqrt(squaresB);
    return below > 0 ? Math.clamp(both / below, -1, 1) : 0;
  }

  /** Spearman's coefficient: Pearson's of ranks, equal numbers sharing the mean of theirs. */
  static double spearman(float[] a, float[] b) {
    return pearson(ranks(a), ranks(b));
  }

  private static double[] ranks(float[] values) {
    long[] keys = new long[values.length];
    for (int i = 0; i < keys.length; i++) {
      int bits = Float.floatToIntBits(values[i] + 0f);
      int ascending = bits >= 0 ? bits : bits ^ Integer.MAX_VALUE;
      keys[i] = ((long) ascending << 32) | i;
    }
    Arrays.sort(keys);
    double[] ranks = new double[keys.length];
    for (int first = 0; first < keys.length; ) {
      int end = first + 1;
      while (end < keys.length && keys[end] >> 32 == keys[first] >> 32) {
        end++;
      }
      for (int i = first; i < end; i++) {
        ranks[(int) keys[i]] = (first + end - 1) / 2.0;
      }
      first = end;
    }
    return ranks;
  }

  static double mean(double[] values) {
    double sum = 0;
    for (double v : values) {
      sum += v;
    }
    return sum / values.length;
  }
}
