package io.convlens.device;

import io.convlens.device.OcclusionSpec.Rectangle;
import io.convlens.graph.Activation;
import java.util.List;

/** Operations on windows of a map, through the whole map: by obvious loops in double precision. */
final class WindowReference {
  private WindowReference() {}

  private static int at(MapShape m, int n, int y, int x, int c) {
    return ((n * m.h() + y) * m.w() + x) * m.pitch() + c;
  }

  private static boolean inside(MapShape m, int y, int x) {
    return y >= 0 && y < m.h() && x >= 0 && x < m.w();
  }

  @FunctionalInterface
  private interface Element {
    double of(int n, int y, int x, int c);
  }

  /** Every element of windows by its place in the map; 0 outside of it. */
  private static void fill(
      MapShape dst, Spec.Corners at, MapShape map, float[] out, Element element) {
    for (int n = 0; n < dst.n(); n++) {
      for (int y = 0; y < dst.h(); y++) {
        for (int x = 0; x < dst.w(); x++) {
          int row = at.tops().get(n) + y;
          int column = at.lefts().get(n) + x;
          for (int c = 0; c < dst.c(); c++) {
            out[at(dst, n, y, x, c)] =
                inside(map, row, column) ? (float) element.of(n, row, column, c) : 0;
          }
        }
      }
    }
  }

  /** The element of a window that lies at a place of the map; 0 where the window isn't. */
  private static double window(
      MapShape m, Spec.Corners at, float[] v, int n, int row, int column, int c) {
    int y = row - at.tops().get(n);
    int x = column - at.lefts().get(n);
    return inside(m, y, x) ? v[at(m, n, y, x, c)] : 0;
  }

  static void patches(Spec.Patches s, float[] picture, float[] out) {
    fill(
        s.dst(),
        s.at(),
        s.picture(),
        out,
        (n, y, x, c) -> {
          Rectangle r = s.rectangles().get(n);
          boolean hidden = y >= r.top() && y < r.bottom() && x >= r.left() && x < r.right();
          return hidden ? (double) s.fill().get(c) - picture[at(s.picture(), 0, y, x, c)] : 0;
        });
  }

  static void windows(Spec.Windows s, float[][] o) {
    fill(
        s.dst(),
        s.at(),
        s.map(),
        o[o.length - 1],
        (n, y, x, c) -> {
          double d = 0;
          for (int i = 0; i < s.sources().size(); i++) {
            Spec.Source source = s.sources().get(i);
            int own = c - source.channel();
            if (own >= 0 && own < source.map().c()) {
              double scale = source.scale() == null ? 1 : source.scale().get(own);
              d += scale * window(source.map(), source.at(), o[i], n, y, x, own);
            }
          }
          double b =
              s.result() == Spec.Windowed.CHANGE ? 0 : o[o.length - 2][at(s.map(), 0, y, x, c)];
          double value = apply(s.functions(), b + d);
          return s.result() == Spec.Windowed.DIFFERENCE ? value - apply(s.functions(), b) : value;
        });
  }

  private static double apply(List<Activation> functions, double x) {
    double v = x;
    for (Activation f : functions) {
      v = f.apply(v);
    }
    return v;
  }

  /** Rebuilds each picture's whole map, pools it, and takes the pooled base away. */
  static void pool(Spec.PoolWindows s, float[][] o) {
    MapShape map = MapShape.dense(s.dst().n(), 1, s.base().h(), s.base().w(), s.base().c());
    MapShape pooled = MapShape.dense(s.dst().n(), 1, s.pooled().h(), s.pooled().w(), map.c());
    float[] whole = new float[(int) map.span()];
    var everywhere =
        new Spec.Corners(
            java.util.Collections.nCopies(map.n(), 0), java.util.Collections.nCopies(map.n(), 0));
    fill(
        map,
        everywhere,
        map,
        whole,
        (n, y, x, c) ->
            o[1][at(s.base(), 0, y, x, c)] + window(s.src(), s.srcAt(), o[0], n, y, x, c));
    float[] out = new float[(int) pooled.span()];
    SpecReference.run(
        new Spec.Pool(map, pooled, s.kind(), s.window(), s.filePadEnd(), s.p()), whole, out);
    fill(
        s.dst(),
        s.dstAt(),
        s.pooled(),
        o[3],
        (n, y, x, c) -> out[at(pooled, n, y, x, c)] - (double) o[2][at(s.pooled(), 0, y, x, c)]);
  }
}
