package io.convlens.device;

/** Gradients by obvious loops in double precision. */
final class GradientReference {
  private GradientReference() {}

  static void activation(Spec.ActivationGradient s, float[] g, float[] x, float[] out) {
    long count = s.dims().stream().reduce(1L, Math::multiplyExact);
    for (long i = 0; i < count; i++) {
      long rest = i;
      int[] at = new int[3];
      for (int axis = s.dims().size() - 1; axis >= 0; axis--) {
        long index = rest % s.dims().get(axis);
        rest /= s.dims().get(axis);
        at[0] += (int) (index * s.strideGradient().get(axis));
        at[1] += (int) (index * s.strideX().get(axis));
        at[2] += (int) (index * s.strideDst().get(axis));
      }
      out[at[2]] = (float) s.rule().apply(s.function(), g[at[0]], x[at[1]]);
    }
  }

  static void pool(Spec.PoolGradient s, float[] g, float[] x, float[] out) {
    MapShape from = s.gradient();
    double[] sums = new double[(int) s.dst().places() * s.dst().c()];
    for (int place = 0; place < from.places(); place++) {
      int[] p = SpecReference.split(from, place);
      for (int c = 0; c < from.c(); c++) {
        spread(s, x, p, c, g[place * from.pitch() + c], sums);
      }
    }
    for (int place = 0; place < s.dst().places(); place++) {
      for (int c = 0; c < s.dst().c(); c++) {
        out[place * s.dst().pitch() + c] = (float) sums[place * s.dst().c() + c];
      }
    }
  }

  private static void spread(
      Spec.PoolGradient s, float[] x, int[] p, int c, double gradient, double[] sums) {
    Window3.Axes k = s.window().kernel();
    int taps = k.d() * k.h() * k.w();
    int inside = 0;
    int counted = 0;
    int first = -1;
    double largest = 0;
    double powers = 0;
    for (int t = 0; t < taps; t++) {
      int[] q = SpecReference.tap(s.window(), p, t);
      counted += SpecReference.counted(s.x(), s.window(), s.filePadEnd(), q) ? 1 : 0;
      if (SpecReference.inside(s.x(), q)) {
        double v = x[SpecReference.at(s.x(), p[0], q[0], q[1], q[2], c)];
        if (first < 0 || v > largest) {
          first = t;
          largest = v;
        }
        powers += Math.pow(Math.abs(v), s.p());
        inside++;
      }
    }
    double norm = Math.pow(powers, 1.0 / s.p());
    for (int t = 0; t < taps; t++) {
      int[] q = SpecReference.tap(s.window(), p, t);
      if (SpecReference.inside(s.x(), q)) {
        double v = x[SpecReference.at(s.x(), p[0], q[0], q[1], q[2], c)];
        double share =
            switch (s.kind()) {
              case MAX -> t == first ? 1 : 0;
              case AVERAGE -> 1.0 / inside;
              case AVERAGE_WITH_PADDING -> 1.0 / counted;
              case LP -> lp(v, norm, s.p());
            };
        int to = ((p[0] * s.x().d() + q[0]) * s.x().h() + q[1]) * s.x().w() + q[2];
        sums[to * s.x().c() + c] += share * gradient;
      }
    }
  }

  private static double lp(double v, double norm, int p) {
    return norm == 0 ? 0 : Math.signum(v) * Math.pow(Math.abs(v) / norm, p - 1.0);
  }
}
