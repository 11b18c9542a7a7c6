package io.convlens.embed;

import io.convlens.device.Spec;
import java.util.Arrays;

/** Affinities of all pairs: for few points, where computing on vectors beats leaving pairs out. */
final class DenseAffinities implements Affinities {
  private static final int BLOCK = 512;

  /** Smaller affinities than any that count; they keep logarithms finite. */
  private static final double TINY = 1e-300;

  private final Points points;
  private final Bandwidths bandwidths;
  private final int count;

  /** p by rows, or nothing where only the divergence is asked for. */
  private final float[][] rows;

  /**
   * Affinities at a perplexity.
   *
   * @param kept whether they are kept, as {@link #attract} needs them
   */
  DenseAffinities(Points points, double perplexity, boolean kept) {
    this.points = points;
    this.count = points.count();
    this.bandwidths = Bandwidths.of(count);
    Blocks.run(count, 1, (i, _, _) -> bandwidths.find(i, distances(i), count, i, perplexity));
    this.rows = new float[kept ? count : 0][];
    Blocks.run(rows.length, 1, (i, _, _) -> rows[i] = toFloats(row(i)));
  }

  private float[] distances(int i) {
    float[][] distances = new float[1][count];
    points.squaredDistances(new int[] {i}, distances);
    return distances[0];
  }

  /** p of one point with all. */
  private double[] row(int i) {
    float[] distances = distances(i);
    double[] row = new double[count];
    for (int j = 0; j < count; j++) {
      double both =
          bandwidths.conditional(i, distances[j]) + bandwidths.conditional(j, distances[j]);
      row[j] = i == j ? 0 : both / (2.0 * count);
    }
    return row;
  }

  private static float[] toFloats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  @Override
  public void attract(float[] x, float[] y, float[] fx, float[] fy) {
    Blocks.run(
        count,
        BLOCK,
        (_, from, to) -> {
          Arrays.fill(fx, from, to, 0);
          Arrays.fill(fy, from, to, 0);
          for (int i = 0; i < count; i++) {
            attract(rows[i], x, y, fx, fy, from, to, x[i], y[i]);
          }
        });
  }

  /** What one point does to a run of others. Apart, for the compiler's vectors. */
  private static void attract(
      float[] p,
      float[] x,
      float[] y,
      float[] fx,
      float[] fy,
      int from,
      int to,
      float ownX,
      float ownY) {
    for (int j = from; j < to; j++) {
      float dx = ownX - x[j];
      float dy = ownY - y[j];
      float force = p[j] / (1 + dx * dx + dy * dy);
      fx[j] += force * dx;
      fy[j] += force * dy;
    }
  }

  @Override
  public Spec.Attraction pairs() {
    int[] starts = new int[count + 1];
    for (int i = 0; i < count; i++) {
      starts[i + 1] = starts[i];
      for (float p : rows[i]) {
        starts[i + 1] += p > 0 ? 1 : 0;
      }
    }
    int[] others = new int[starts[count]];
    float[] values = new float[starts[count]];
    int at = 0;
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < count; j++) {
        if (rows[i][j] > 0) {
          others[at] = j;
          values[at++] = rows[i][j];
        }
      }
    }
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
            double[] row = row(i);
            for (int j = 0; j < count; j++) {
              if (row[j] > 0) {
                double dx = x[i] - x[j];
                double dy = y[i] - y[j];
                double q = 1 / (1 + dx * dx + dy * dy) / z;
                sum += row[j] * Math.log(row[j] / Math.max(q, TINY));
              }
            }
          }
          return sum;
        });
  }
}
