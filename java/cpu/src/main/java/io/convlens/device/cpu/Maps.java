package io.convlens.device.cpu;

import io.convlens.device.MapShape;
import io.convlens.device.Window3;
import io.convlens.device.Window3.Axes;

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

  /**
   * The same window with stride 1 along axes with one output, where no stride is ever taken. With
   * the stride given, oneDNN (3.13) computes some convolutions between single channels wrongly. An
   * axis whose last elements are not read keeps its stride: oneDNN wants it to explain them.
   */
  static Window3 withoutIdleStrides(MapShape src, MapShape dst, Window3 w) {
    int[] stride = new int[3];
    int[] end = new int[3];
    for (int axis = 0; axis < 3; axis++) {
      boolean idle = extents(dst).get(axis) == 1 && tightEnd(src, w, axis) >= 0;
      stride[axis] = idle ? 1 : w.stride().get(axis);
      end[axis] = idle ? tightEnd(src, w, axis) : w.padEnd().get(axis);
    }
    return new Window3(
        w.kernel(),
        new Axes(stride[0], stride[1], stride[2]),
        w.dilation(),
        w.padBegin(),
        new Axes(end[0], end[1], end[2]));
  }

  /** The padding after the end that one window just fills. */
  static int tightEnd(MapShape src, Window3 w, int axis) {
    int reach = (w.kernel().get(axis) - 1) * w.dilation().get(axis) + 1;
    return reach - extents(src).get(axis) - w.padBegin().get(axis);
  }

  /** Planes, rows and columns. */
  static Axes extents(MapShape m) {
    return new Axes(m.d(), m.h(), m.w());
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
