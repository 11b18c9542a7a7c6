package io.convlens.device.cpu.plain;

/**
 * Sums, products and extremes of an array by halves: the second half is laid on the first until one
 * element is left. The order is fixed, the rounding error grows with the logarithm of the length
 * only, and each step is a loop that the compiler turns into vector instructions, which it may not
 * do with a running sum. The array is overwritten.
 */
final class Halving {
  /** So few that steps by halves cost more than they save. */
  private static final int FEW = 16;

  private Halving() {}

  static double sum(double[] v, int count) {
    int n = count;
    while (n > FEW) {
      int half = (n + 1) / 2;
      for (int i = 0; i < n - half; i++) {
        v[i] += v[half + i];
      }
      n = half;
    }
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += v[i];
    }
    return sum;
  }

  static double product(double[] v, int count) {
    int n = count;
    while (n > FEW) {
      int half = (n + 1) / 2;
      for (int i = 0; i < n - half; i++) {
        v[i] *= v[half + i];
      }
      n = half;
    }
    double product = 1;
    for (int i = 0; i < n; i++) {
      product *= v[i];
    }
    return product;
  }

  static double max(double[] v, int count) {
    int n = count;
    while (n > FEW) {
      int half = (n + 1) / 2;
      for (int i = 0; i < n - half; i++) {
        v[i] = Math.max(v[i], v[half + i]);
      }
      n = half;
    }
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      max = Math.max(max, v[i]);
    }
    return max;
  }

  static double min(double[] v, int count) {
    int n = count;
    while (n > FEW) {
      int half = (n + 1) / 2;
      for (int i = 0; i < n - half; i++) {
        v[i] = Math.min(v[i], v[half + i]);
      }
      n = half;
    }
    double min = Double.POSITIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      min = Math.min(min, v[i]);
    }
    return min;
  }
}
