package io.convlens.device;

import io.convlens.device.OcclusionSpec.Rectangle;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Random problems of operations on windows of a map. Each lists a few more windows than its maps
 * hold.
 */
final class ChangeProblems {
  /** How many more windows are listed than run at once. */
  static final int MORE = 2;

  private ChangeProblems() {}

  /** Corners that leave a window partly outside of the map now and then, or beyond it. */
  private static Spec.Corners corners(Draws draws, int n, MapShape map, MapShape window) {
    List<Integer> tops = new ArrayList<>();
    List<Integer> lefts = new ArrayList<>();
    for (int i = 0; i < listed(n); i++) {
      tops.add(draws.of(-2, Math.max(0, map.h() - window.h()) + 2));
      lefts.add(draws.of(-2, Math.max(0, map.w() - window.w()) + 2));
    }
    return new Spec.Corners(tops, lefts);
  }

  private static int listed(int n) {
    return n + MORE;
  }

  /**
   * The problem whose first windows are those from an entry of the lists on, if it is on windows.
   */
  static Optional<Spec> from(int first, Spec spec) {
    return switch (spec) {
      case Spec.Patches s ->
          Optional.of(
              new Spec.Patches(
                  s.dst(),
                  from(first, s.at()),
                  s.picture(),
                  from(first, s.rectangles()),
                  s.fill()));
      case Spec.Windows s ->
          Optional.of(
              new Spec.Windows(
                  s.sources().stream()
                      .map(
                          c ->
                              new Spec.Source(c.map(), from(first, c.at()), c.channel(), c.scale()))
                      .toList(),
                  s.map(),
                  s.dst(),
                  from(first, s.at()),
                  s.result(),
                  s.functions()));
      case Spec.PoolWindows s ->
          Optional.of(
              new Spec.PoolWindows(
                  s.src(),
                  from(first, s.srcAt()),
                  s.base(),
                  s.pooled(),
                  s.dst(),
                  from(first, s.dstAt()),
                  s.kind(),
                  s.window(),
                  s.filePadEnd(),
                  s.p()));
      default -> Optional.empty();
    };
  }

  private static Spec.Corners from(int first, Spec.Corners at) {
    return new Spec.Corners(from(first, at.tops()), from(first, at.lefts()));
  }

  private static <T> List<T> from(int first, List<T> list) {
    return list.subList(first, list.size());
  }

  private static MapShape window(Draws draws, int n, MapShape map, int c) {
    return draws.map(n, 1, draws.of(1, map.h() + 1), draws.of(1, map.w() + 1), c);
  }

  static Spec patches(Draws draws) {
    int c = draws.channels();
    MapShape picture = draws.map(1, 1, draws.of(1, 12), draws.of(1, 12), c);
    MapShape dst = window(draws, draws.of(1, 5), picture, c);
    List<Rectangle> rectangles = new ArrayList<>();
    for (int i = 0; i < listed(dst.n()); i++) {
      int top = draws.of(0, picture.h());
      int left = draws.of(0, picture.w());
      rectangles.add(
          new Rectangle(top, left, draws.of(top, picture.h()), draws.of(left, picture.w())));
    }
    List<Float> fill = new ArrayList<>();
    for (float f : draws.values(c)) {
      fill.add(f);
    }
    return new Spec.Patches(dst, corners(draws, dst.n(), picture, dst), picture, rectangles, fill);
  }

  static Spec windows(Draws draws) {
    int c = draws.channels();
    MapShape map = draws.map(1, 1, draws.of(1, 12), draws.of(1, 12), c);
    MapShape dst = window(draws, draws.of(1, 5), map, c);
    List<Spec.Source> sources = new ArrayList<>();
    int count = draws.of(1, 4);
    for (int i = 0; i < count; i++) {
      int first = draws.oneIn(2) ? 0 : draws.of(0, c - 1);
      int own = first == 0 && draws.oneIn(2) ? c : draws.of(1, c - first);
      MapShape source = window(draws, dst.n(), map, own);
      sources.add(
          new Spec.Source(
              source,
              corners(draws, dst.n(), map, source),
              first,
              draws.oneIn(3) ? draws.tensor(1, own) : null));
    }
    Spec.Windowed result = draws.among(List.of(Spec.Windowed.values()));
    return new Spec.Windows(
        sources,
        map,
        dst,
        corners(draws, dst.n(), map, dst),
        result,
        result == Spec.Windowed.CHANGE ? List.of() : draws.activations());
  }

  static Spec pool(Draws draws) {
    var whole = (Spec.Pool) WindowProblems.pool(draws, 2);
    MapShape base = draws.map(1, 1, whole.src().h(), whole.src().w(), whole.src().c());
    MapShape pooled = draws.map(1, 1, whole.dst().h(), whole.dst().w(), whole.dst().c());
    int n = draws.of(1, 4);
    MapShape src = window(draws, n, base, base.c());
    MapShape dst = window(draws, n, pooled, base.c());
    return new Spec.PoolWindows(
        src,
        corners(draws, n, base, src),
        base,
        pooled,
        dst,
        corners(draws, n, pooled, dst),
        whole.kind(),
        whole.window(),
        whole.filePadEnd(),
        whole.p());
  }
}
