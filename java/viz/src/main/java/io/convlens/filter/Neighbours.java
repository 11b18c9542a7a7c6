package io.convlens.filter;

import org.jspecify.annotations.Nullable;

/**
 * How well a weight is told by the weights around it. A smooth pattern changes little from one to
 * the next, and a periodic one changes in the same way everywhere: both are predicted by one small
 * linear rule. Noise is not, whatever the rule.
 *
 * <p>The rule: w ≈ a·(left + right) + b·(up + down) + c·(one diagonal) + d·(the other), the same
 * for all channels, fitted by least squares; beyond the edge the edge's weights go on. The residual
 * is corrected for the rule's freedom, so that white noise scores about 1. Small filters have the
 * rule without diagonals.
 */
final class Neighbours {
  /** Fewer weights than this can't carry a rule of four numbers. */
  private static final int ENOUGH_FOR_DIAGONALS = 40;

  /** Keeps the equations solvable where a filter is constant along an axis. */
  private static final double RIDGE = 1e-9;

  private final FilterBank bank;
  private final int width;
  private final int height;

  Neighbours(FilterBank bank) {
    this.bank = bank;
    this.width = bank.width();
    this.height = bank.height();
  }

  /** The mean squared difference of neighbours over twice the mean square: white noise has 1. */
  double roughness(int filter) {
    double across = 0;
    double down = 0;
    double square = 0;
    for (int c = 0; c < bank.channels(); c++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          double w = at(filter, c, y, x);
          square += w * w;
          across += x + 1 < width ? square(at(filter, c, y, x + 1) - w) : 0;
          down += y + 1 < height ? square(at(filter, c, y + 1, x) - w) : 0;
        }
      }
    }
    if (square == 0 || bank.size() == bank.channels()) {
      return 0;
    }
    double mean = square / bank.size();
    double pairsAcross = (double) bank.channels() * height * (width - 1);
    double pairsDown = (double) bank.channels() * width * (height - 1);
    if (pairsAcross == 0) {
      return down / pairsDown / 2 / mean;
    }
    if (pairsDown == 0) {
      return across / pairsAcross / 2 / mean;
    }
    return (across / pairsAcross + down / pairsDown) / 4 / mean;
  }

  private static double square(double x) {
    return x * x;
  }

  /** A weight; beyond the edge that of the edge. */
  private double at(int filter, int c, int y, int x) {
    int row = Math.clamp(y, 0, height - 1);
    int column = Math.clamp(x, 0, width - 1);
    return bank.weights()[bank.start(filter) + (c * height + row) * width + column];
  }

  /** The unpredicted share of the energy. */
  double unpredicted(int filter) {
    int samples = bank.size();
    int terms = samples < ENOUGH_FOR_DIAGONALS ? 2 : 4;
    double[][] products = new double[terms][terms + 1];
    double energy = 0;
    double[] sums = new double[terms];
    for (int c = 0; c < bank.channels(); c++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          double w = at(filter, c, y, x);
          energy += w * w;
          fill(sums, filter, c, y, x);
          for (int i = 0; i < terms; i++) {
            for (int j = 0; j < terms; j++) {
              products[i][j] += sums[i] * sums[j];
            }
            products[i][terms] += sums[i] * w;
          }
        }
      }
    }
    if (energy == 0 || samples <= terms || samples == bank.channels()) {
      return 0;
    }
    double explained = explained(products);
    double residual = Math.max(0, energy - explained);
    return Math.min(1, residual / (samples - terms) / (energy / samples));
  }

  private void fill(double[] sums, int filter, int c, int y, int x) {
    sums[0] = at(filter, c, y, x - 1) + at(filter, c, y, x + 1);
    sums[1] = at(filter, c, y - 1, x) + at(filter, c, y + 1, x);
    if (sums.length > 2) {
      sums[2] = at(filter, c, y - 1, x - 1) + at(filter, c, y + 1, x + 1);
      sums[3] = at(filter, c, y - 1, x + 1) + at(filter, c, y + 1, x - 1);
    }
  }

  /** The energy that the best rule explains: Σ coefficient · (its right side). */
  private static double explained(double[][] products) {
    int n = products.length;
    double trace = 0;
    double[] right = new double[n];
    for (int i = 0; i < n; i++) {
      trace += products[i][i];
      right[i] = products[i][n];
    }
    for (int i = 0; i < n; i++) {
      products[i][i] += RIDGE * trace;
    }
    double[] rule = solved(products);
    if (rule == null) {
      return 0;
    }
    double explained = 0;
    for (int i = 0; i < n; i++) {
      explained += rule[i] * right[i];
    }
    return explained;
  }

  /** Gaussian elimination with pivots; null where there is nothing to solve. */
  private static double @Nullable [] solved(double[][] m) {
    int n = m.length;
    for (int k = 0; k < n; k++) {
      int pivot = k;
      for (int i = k + 1; i < n; i++) {
        pivot = Math.abs(m[i][k]) > Math.abs(m[pivot][k]) ? i : pivot;
      }
      double[] kept = m[k];
      m[k] = m[pivot];
      m[pivot] = kept;
      if (m[k][k] == 0) {
        return null;
      }
      for (int i = k + 1; i < n; i++) {
        double factor = m[i][k] / m[k][k];
        for (int j = k; j <= n; j++) {
          m[i][j] -= factor * m[k][j];
        }
      }
    }
    double[] x = new double[n];
    for (int k = n - 1; k >= 0; k--) {
      double sum = m[k][n];
      for (int j = k + 1; j < n; j++) {
        sum -= m[k][j] * x[j];
      }
      x[k] = sum / m[k][k];
    }
    return x;
  }
}
