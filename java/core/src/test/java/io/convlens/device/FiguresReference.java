package io.convlens.device;

import java.util.Arrays;

/** Numbers about maps by obvious loops in double precision. */
final class FiguresReference {
  private FiguresReference() {}

  private static int places(MapShape map) {
    return map.d() * map.h() * map.w();
  }

  static void figures(Spec.MapFigures s, float[] x, float[] out) {
    MapShape src = s.src();
    int count = s.figures().count();
    for (int n = 0; n < src.n(); n++) {
      for (int c = 0; c < src.c(); c++) {
        int place = 0;
        double largest = Double.NEGATIVE_INFINITY;
        double magnitude = 0;
        double sum = 0;
        int above = 0;
        int zero = 0;
        for (int p = 0; p < places(src); p++) {
          double v = x[(n * places(src) + p) * src.pitch() + c];
          if (v > largest) {
            largest = v;
            place = p;
          }
          magnitude = Math.max(magnitude, Math.abs(v));
          sum += v;
          above += v > 0 ? 1 : 0;
          zero += v == 0 ? 1 : 0;
        }
        double[] all = {largest, place, magnitude, sum, above, zero};
        for (int k = 0; k < count; k++) {
          out[(n * count + k) * src.c() + c] = (float) all[k];
        }
      }
    }
  }

  static void rank(Spec.MapRank s, float[] x, float[] out) {
    MapShape src = s.src();
    double[] values = new double[places(src)];
    for (int n = 0; n < src.n(); n++) {
      for (int c = 0; c < src.c(); c++) {
        for (int p = 0; p < values.length; p++) {
          double v = x[(n * values.length + p) * src.pitch() + c];
          values[p] = s.of() == Spec.RankOf.MAGNITUDES ? Math.abs(v) : v;
        }
        Arrays.sort(values);
        int at = n * Spec.MapRank.COUNT * src.c() + c;
        out[at] = (float) values[s.rank()];
        out[at + src.c()] = (float) Arrays.stream(values, s.rank(), values.length).sum();
        out[at + 2 * src.c()] = (float) Arrays.stream(values).sum();
      }
    }
  }
}
