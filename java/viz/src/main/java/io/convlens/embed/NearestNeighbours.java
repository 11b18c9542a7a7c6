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
          int[] which = new int[to - from];
          Arrays.setAll(which, i -> from + i);
          float[][] distances = new float[which.length][n];
          long[][] heaps = new long[which.length][k];
          for (long[] heap : heaps) {
            Arrays.fill(heap, Long.MAX_VALUE);
          }
          // Tile by tile: distances are looked at while they are in the first cache.
          for (int tile = 0; tile < n; tile += Points.TILE) {
            int end = Math.min(n, tile + Points.TILE);
            points.squaredDistances(which, tile, end, distances);
            for (int i = 0; i < which.length; i++) {
              nearest(distances[i], tile, end, which[i], heaps[i]);
            }
          }
          for (int i = 0; i < which.length; i++) {
            Arrays.sort(heaps[i]);
            found.keep(which[i], heaps[i]);
          }
        });
    return found;
  }

  /** Takes a point's nearest, as {@link #key}s in order. */
  void keep(int point, long[] keys) {
    for (int r = 0; r < k; r++) {
      indices[point * k + r] = (int) keys[r];
      distances[point * k + r] = Float.intBitsToFloat((int) (keys[r] >>> 32));
    }
  }

  /**
   * A distance and an index in one number: the bits of floats that are not negative are ordered as
   * they are.
   */
  static long key(float distance, int index) {
    return ((long) Float.floatToRawIntBits(distance) << 32) | index;
  }

  /** The nearest by a row of distances. */
  static long[] nearest(float[] row, int except, int k) {
    long[] heap = new long[k];
    Arrays.fill(heap, Long.MAX_VALUE);
    nearest(row, 0, row.length, except, heap);
    Arrays.sort(heap);
    for (int r = 0; r < k; r++) {
      heap[r] &= 0xffffffffL;
    }
    return heap;
  }

  private static void nearest(float[] row, int from, int end, int except, long[] heap) {
    float bound = bound(heap);
    for (int j = from; j < end; j++) {
      if (row[j] <= bound) {
        long key = key(row[j], j);
        if (key < heap[0] && j != except) {
          heap[0] = key;
          sink(heap);
          bound = bound(heap);
        }
      }
    }
  }

  private static float bound(long[] heap) {
    return heap[0] == Long.MAX_VALUE
        ? Float.POSITIVE_INFINITY
        : Float.intBitsToFloat((int) (heap[0] >>> 32));
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
