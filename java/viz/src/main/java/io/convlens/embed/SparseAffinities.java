package io.convlens.embed;

import io.convlens.device.Spec;
import java.util.Arrays;

/**
 * Affinities of near neighbours only, three times the perplexity of each point: beyond them they
 * are too small to matter (van der Maaten, "Accelerating t-SNE using tree-based algorithms", 2014).
 */
final class SparseAffinities implements Affinities {
  private static final int BLOCK = 256;

  private final int count;

  /** Row i's entries are those from {@code starts[i]} to {@code starts[i + 1]}. */
  private final int[] starts;

  private final int[] others;
  private final float[] values;

  /**
   * Affinities at a perplexity.
   *
   * @param near as many as {@link #neighbours} says
   */
  SparseAffinities(NearestNeighbours near, double perplexity) {
    int k = near.k();
    this.count = near.indices().length / k;
    Bandwidths bandwidths = Bandwidths.of(count);
    float[] conditional = new float[count * k];
    Blocks.run(
        count,
        BLOCK,
        (_, from, to) -> {
          for (int i = from; i < to; i++) {
            float[] row = Arrays.copyOfRange(near.distances(), i * k, (i + 1) * k);
            bandwidths.find(i, row, k, -1, perplexity);
            for (int r = 0; r < k; r++) {
              conditional[i * k + r] = (float) bandwidths.conditional(i, row[r]);
            }
          }
        });
    long[] keys = keys(near, k);
    this.starts = new int[count + 1];
    int pairs = 0;
    for (int e = 0; e < keys.length; e++) {
      if (e == 0 || (keys[e] >>> 1) != (keys[e - 1] >>> 1)) {
        pairs++;
      }
    }
    this.others = new int[pairs];
    this.values = new float[pairs];
    fill(keys, near, conditional);
  }

  /** How many neighbours of each point count. */
  static int neighbours(int count, double perplexity) {
    return Math.min(count - 1, (int) (3 * perplexity));
  }

  /** Every pair in both orders, sorted; the last bit tells which of the two knows the other. */
  private long[] keys(NearestNeighbours near, int k) {
    long[] keys = new long[2 * count * k];
    for (int i = 0; i < count; i++) {
      for (int r = 0; r < k; r++) {
        long j = near.indices()[i * k + r];
        keys[2 * (i * k + r)] = ((((long) i) << 31) | j) << 1;
        keys[2 * (i * k + r) + 1] = (((j << 31) | i) << 1) | 1;
      }
    }
    Arrays.parallelSort(keys);
    return keys;
  }

  private void fill(long[] keys, NearestNeighbours near, float[] conditional) {
    int at = -1;
    long before = -1;
    for (long key : keys) {
      long pair = key >>> 1;
      int i = (int) (pair >>> 31);
      int j = (int) (pair & 0x7fffffff);
      if (pair != before) {
        at++;
        others[at] = j;
        starts[i + 1]++;
        before = pair;
      }
      boolean turned = (key & 1) == 1;
      float p = turned ? find(near, conditional, j, i) : find(near, conditional, i, j);
      values[at] += p / (2f * count);
    }
    for (int i = 0; i < count; i++) {
      starts[i + 1] += starts[i];
    }
  }

  private static float find(NearestNeighbours near, float[] conditional, int of, int neighbour) {
    int k = near.k();
    for (int r = of * k; r < (of + 1) * k; r++) {
      if (near.indices()[r] == neighbour) {
        return conditional[r];
      }
    }
    throw new IllegalStateException("a neighbour that is none");
  }

  @Override
  public void attract(float[] x, float[] y, float[] fx, float[] fy) {
    Blocks.run(
        count,
        BLOCK,
        (_, from, to) -> {
          for (int i = from; i < to; i++) {
            double sumX = 0;
            double sumY = 0;
            for (int e = starts[i]; e < starts[i + 1]; e++) {
              float dx = x[others[e]] - x[i];
              float dy = y[others[e]] - y[i];
              float force = values[e] / (1 + dx * dx + dy * dy);
              sumX += force * dx;
              sumY += force * dy;
            }
            fx[i] = (float) sumX;
            fy[i] = (float) sumY;
          }
        });
  }

  @Override
  public Spec.Attraction pairs() {
    return new Spec.Attraction(starts, others, values);
  }

  @Override
  public double divergence(float[] x, float[] y, double z) {
    return Blocks.sum(
        count,
        BLOCK,
        (from, to) -> {
          double sum = 0;
          for (int i = from; i < to; i++) {
            for (int e = starts[i]; e < starts[i + 1]; e++) {
              double dx = x[others[e]] - x[i];
              double dy = y[others[e]] - y[i];
              double q = 1 / (1 + dx * dx + dy * dy) / z;
              sum += values[e] > 0 ? values[e] * Math.log(values[e] / q) : 0;
            }
          }
          return sum;
        });
  }
}
