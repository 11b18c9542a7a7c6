package io.convlens.device;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** What t-SNE is made of, by obvious loops in double precision. */
final class EmbeddingReference {
  private EmbeddingReference() {}

  static void neighbours(Spec.Neighbours s, float[] x, float[] out) {
    for (int row = 0; row < s.rows(); row++) {
      int own = s.first() + row;
      double[] distances = new double[s.points()];
      for (int j = 0; j < s.points(); j++) {
        for (int d = 0; d < s.dimensions(); d++) {
          double apart = (double) x[d * s.points() + j] - x[d * s.points() + own];
          distances[j] += apart * apart;
        }
      }
      int[] nearest =
          IntStream.range(0, s.points())
              .filter(j -> j != own)
              .boxed()
              .sorted(Comparator.comparingDouble(j -> distances[j]))
              .limit(s.k())
              .mapToInt(j -> j)
              .sorted()
              .toArray();
      for (int r = 0; r < s.k(); r++) {
        out[2 * row * s.k() + r] = (float) distances[nearest[r]];
        out[(2 * row + 1) * s.k() + r] = nearest[r];
      }
    }
  }

  static void repulsion(Spec.Repulsion s, float[] x, float[] out) {
    int n = s.points();
    for (int i = 0; i < n; i++) {
      double[] sums = new double[3];
      for (int j = 0; j < n; j++) {
        double dx = (double) x[i] - x[j];
        double dy = (double) x[n + i] - x[n + j];
        double q = i == j ? 0 : 1 / (1 + dx * dx + dy * dy);
        sums[0] += q * q * dx;
        sums[1] += q * q * dy;
        sums[2] += q;
      }
      for (int k = 0; k < 3; k++) {
        out[k * n + i] = (float) sums[k];
      }
    }
  }

  static void attraction(Spec.Attraction s, float[] x, float[] out) {
    int n = s.points();
    for (int i = 0; i < n; i++) {
      double[] sums = new double[2];
      for (int e = s.starts()[i]; e < s.starts()[i + 1]; e++) {
        int j = s.others()[e];
        double dx = (double) x[j] - x[i];
        double dy = (double) x[n + j] - x[n + i];
        double force = s.values()[e] / (1 + dx * dx + dy * dy);
        sums[0] += force * dx;
        sums[1] += force * dy;
      }
      out[i] = (float) sums[0];
      out[n + i] = (float) sums[1];
    }
  }

  static void descent(Spec.Descent s, float[][] o) {
    int n = s.points();
    float[] state = o[0].clone();
    double z = IntStream.range(2 * n, 3 * n).mapToDouble(i -> o[2][i]).sum();
    double[] to = new double[6 * n];
    for (int i = 0; i < n; i++) {
      for (int axis = 0; axis < 2; axis++) {
        int at = axis * n + i;
        double force = s.exaggeration() * (double) o[1][at] + o[2][at] / z;
        double last = state[2 * n + at];
        double gain = state[4 * n + at];
        gain = Math.max(s.leastGain(), force > 0 == last > 0 ? gain + 0.2 : gain * 0.8);
        to[4 * n + at] = gain;
        to[2 * n + at] = s.momentum() * last + s.rate() * gain * force;
      }
      double length = Math.hypot(to[2 * n + i], to[3 * n + i]);
      for (int axis = 0; axis < 2; axis++) {
        int at = axis * n + i;
        to[2 * n + at] *= length > s.longest() ? s.longest() / length : 1;
        to[at] = state[at] + to[2 * n + at];
      }
    }
    for (int axis = 0; axis < 2; axis++) {
      double middle = Arrays.stream(to, axis * n, (axis + 1) * n).sum() / n;
      for (int i = 0; i < n; i++) {
        to[axis * n + i] -= middle;
      }
    }
    for (int i = 0; i < to.length; i++) {
      o[3][i] = (float) to[i];
    }
  }
}
