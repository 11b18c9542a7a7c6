package io.convlens.embed;

import java.util.Arrays;

/** Every point by every other, on vectors. */
final class ExactRepulsion implements Repulsion {
  private static final int BLOCK = 512;

  private final float[] sums;

  ExactRepulsion(int count) {
    this.sums = new float[count];
  }

  @Override
  public double repel(float[] x, float[] y, float[] fx, float[] fy) {
    Arrays.fill(fx, 0);
    Arrays.fill(fy, 0);
    Arrays.fill(sums, 0);
    Blocks.run(
        x.length,
        BLOCK,
        (_, from, to) -> {
          for (int i = 0; i < x.length; i++) {
            repel(x, y, fx, fy, sums, from, to, x[i], y[i]);
          }
        });
    double z = 0;
    for (float sum : sums) {
      // Each met itself, too.
      z += sum - 1.0;
    }
    return z;
  }

  /** What one point does to a run of others. Apart, for the compiler's vectors. */
  private static void repel(
      float[] x,
      float[] y,
      float[] fx,
      float[] fy,
      float[] sums,
      int from,
      int to,
      float ownX,
      float ownY) {
    for (int j = from; j < to; j++) {
      float dx = x[j] - ownX;
      float dy = y[j] - ownY;
      float q = 1 / (1 + dx * dx + dy * dy);
      float square = q * q;
      fx[j] += square * dx;
      fy[j] += square * dy;
      sums[j] += q;
    }
  }

  /** Σ q̃ over all pairs in both orders, in double precision. */
  static double normalisation(float[] x, float[] y) {
    return Blocks.sum(
        x.length,
        BLOCK,
        (from, to) -> {
          double z = 0;
          for (int i = from; i < to; i++) {
            for (int j = 0; j < x.length; j++) {
              double dx = x[i] - x[j];
              double dy = y[i] - y[j];
              z += 1 / (1 + dx * dx + dy * dy);
            }
          }
          return z - (to - from);
        });
  }
}
