package io.convlens.device.cpu;

import io.convlens.device.MapShape;
import io.convlens.device.Window3;

/**
 * Maps and windows as oneDNN describes them: logical axes (n, c, spatial...), physical order
 * channels last. A plane axis that does nothing is left out, because oneDNN is fastest and has most
 * implementations in two dimensions.
 */
final class Maps {
  private Maps() {}

  /** The spatial axes that matter: 3, or 2 where planes do nothing. */
  static int spatialRank(MapShape src, MapShape dst, Window3 window) {
    boolean flat =
        src.d() == 1
            && dst.d() == 1
            && window.kernel().d() == 1
            && window.padBegin().d() == 0
            && window.padEnd().d() == 0;
    return flat ? 2 : 3;
  }

  static MapShape withPitch(MapShape m, int pitch) {
    return new MapShape(m.n(), m.d(), m.h(), m.w(), m.c(), pitch);
  }

  static MapShape dense(MapShape m) {
    return withPitch(m, m.c());
  }

  static long[] dims(MapShape m, int rank) {
    return rank == 2
        ? new long[] {m.n(), m.c(), m.h(), m.w()}
        : new long[] {m.n(), m.c(), m.d(), m.h(), m.w()};
  }

  static long[] strides(MapShape m, int rank) {
    long w = m.pitch();
    long h = w * m.w();
    long d = h * m.h();
    long n = d * m.d();
    return rank == 2 ? new long[] {n, 1, h, w} : new long[] {n, 1, d, h, w};
  }

  /** A window's numbers for the axes that matter. */
  static long[] axes(Window3.Axes a, int rank) {
    return rank == 2 ? new long[] {a.h(), a.w()} : new long[] {a.d(), a.h(), a.w()};
  }

  /** Dilations as oneDNN counts them: elements left out between taps. */
  static long[] gaps(Window3.Axes dilation, int rank) {
    long[] gaps = axes(dilation, rank);
    for (int i = 0; i < gaps.length; i++) {
      gaps[i]--;
    }
    return gaps;
  }

  /** Row-major strides. */
  static long[] rowMajor(long... dims) {
    long[] strides = new long[dims.length];
    long s = 1;
    for (int i = dims.length - 1; i >= 0; i--) {
      strides[i] = s;
      s *= dims[i];
    }
    return strides;
  }
}
