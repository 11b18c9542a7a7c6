package io.convlens.embed;

import java.util.Arrays;

/**
 * Each point's nearest others, nearest first, equals by index. All distances are computed: on
 * vectors that takes seconds for tens of thousands of points, and is exact.
 *
 * @param k how many
 * @param indices {@code [points * k]}
 * @param distances squared, likewise
 */
@SuppressWarnings("ArrayRecordComponent") // Large, read only, compared by nobody.
record NearestNeighbours(int k, int[] indices, float[] distances) {
  private static final int BLOCK = 8;

  static NearestNeighbours of(Points points, int k) {
    int n = points.count();
    var found = new NearestNeighbours(k, new int[n * k], new float[n * k]);
    Blocks.run(
        n,
        BLOCK,
        (_, from, to) -> {
          float[][] distances = new float[to - from][n];
          points.squaredDistances(from, distances);
          for (int i = from; i < to; i++) {
            found.choose(i, distances[i - from]);
          }
        });
    return found;
  }

  private void choose(int point, float[] row) {
    long[] best = nearest(row, point, k);
    for (int r = 0; r < k; r++) {
      indices[point * k + r] = (int) best[r];
      distances[point * k + r] = row[(int) best[r]];
    }
  }

  /**
   * The nearest by a row of distances. A distance and an index in one number: the bits of floats
   * that are not negative are ordered as they are.
   */
  static long[] nearest(float[] row, int except, int k) {
    long[] heap = new long[k];
    Arrays.fill(heap, Long.MAX_VALUE);
    for (int j = 0; j < row.length; j++) {
      long key = ((long) Float.floatToRawIntBits(row[j]) << 32) | j;
      if (key < heap[0] && j != except) {
        heap[0] = key;
        sink(heap);
      }
    }
    Arrays.sort(heap);
    for (int r = 0; r < k; r++) {
      heap[r] &= 0xffffffffL;
    }
    return heap;
  }

  /** The largest stands first. */
  private static void sink(long[] heap) {
    int at = 0;
    while (true) {
      int child = 2 * at + 1;
      if (child >= heap.length) {
        return;
      }
      if (child + 1 < heap.length && heap[child + 1] > heap[child]) {
        child++;
      }
      if (heap[child] <= heap[at]) {
        return;
      }
      long kept = heap[at];
      heap[at] = heap[child];
      heap[child] = kept;
      at = child;
    }
  }
}
