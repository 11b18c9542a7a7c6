package io.convlens.embed;

import java.util.Arrays;

/**
 * Points in a space of many dimensions, stored a coordinate after the other, so that the distances
 * from one point to many are computed side by side.
 *
 * @param count how many there are
 * @param columns {@code [D][count]}: each coordinate of all points
 */
@SuppressWarnings("ArrayRecordComponent") // Large, read only, compared by nobody.
public record Points(int count, float[][] columns) {
  /** How many others are looked at together: their distances stay in the first-level cache. */
  static final int TILE = 1024;

  /** The number of coordinates. */
  public int dimensions() {
    return columns.length;
  }

  /** Points with no coordinates filled in yet. */
  public static Points zeros(int count, int dimensions) {
    return new Points(count, new float[dimensions][count]);
  }

  /** Sets all coordinates of a point to {@code dimensions} values from an index on. */
  public void set(int point, float[] values, int from) {
    for (int k = 0; k < columns.length; k++) {
      columns[k][point] = values[from + k];
    }
  }

  /**
   * Squared Euclidean distances from some points to all.
   *
   * @param which of them
   * @param to filled: {@code to[i][j]} for points {@code which[i]} and {@code j}
   */
  void squaredDistances(int[] which, float[][] to) {
    for (int from = 0; from < count; from += TILE) {
      squaredDistances(which, from, Math.min(count, from + TILE), to);
    }
  }

  /** The same to those from {@code from} to {@code end} alone. */
  void squaredDistances(int[] which, int from, int end, float[][] to) {
    for (float[] row : to) {
      Arrays.fill(row, from, end, 0);
    }
    int k = 0;
    for (; k + 3 < columns.length; k += 4) {
      for (int i = 0; i < which.length; i++) {
        add(to[i], k, which[i], from, end);
      }
    }
    for (; k < columns.length; k++) {
      for (int i = 0; i < which.length; i++) {
        add(to[i], columns[k], from, end, columns[k][which[i]]);
      }
    }
  }

  /** Four coordinates at once: the sums are read and written a quarter as often. */
  private void add(float[] sums, int k, int own, int from, int end) {
    float[] a = columns[k];
    float[] b = columns[k + 1];
    float[] c = columns[k + 2];
    float[] d = columns[k + 3];
    add(sums, a, b, c, d, a[own], b[own], c[own], d[own], from, end);
  }

  private static void add(
      float[] sums,
      float[] a,
      float[] b,
      float[] c,
      float[] d,
      float ownA,
      float ownB,
      float ownC,
      float ownD,
      int from,
      int end) {
    for (int j = from; j < end; j++) {
      float overA = a[j] - ownA;
      float overB = b[j] - ownB;
      float overC = c[j] - ownC;
      float overD = d[j] - ownD;
      float two = Math.fma(overA, overA, overB * overB);
      sums[j] += Math.fma(overC, overC, Math.fma(overD, overD, two));
    }
  }

  /** A loop of its own, simple enough for the compiler to run it on vectors. */
  private static void add(float[] sums, float[] column, int from, int end, float own) {
    for (int j = from; j < end; j++) {
      float difference = column[j] - own;
      sums[j] += difference * difference;
    }
  }
}
