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
  private static final int TILE = 1024;

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
   * @param first the first of them
   * @param to filled: {@code to[i][j]} for point {@code first + i} and point {@code j}
   */
  void squaredDistances(int first, float[][] to) {
    for (int from = 0; from < count; from += TILE) {
      int end = Math.min(count, from + TILE);
      for (int i = 0; i < to.length && first + i < count; i++) {
        Arrays.fill(to[i], from, end, 0);
        for (float[] column : columns) {
          add(to[i], column, from, end, column[first + i]);
        }
      }
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
