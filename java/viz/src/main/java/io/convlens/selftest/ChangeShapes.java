package io.convlens.selftest;

import io.convlens.device.MapShape;
import io.convlens.device.OcclusionSpec.Rectangle;
import io.convlens.device.Spec;
import io.convlens.device.Spec.Corners;
import io.convlens.device.Window3;
import io.convlens.device.Window3.Axes;
import io.convlens.graph.Activation;
import io.convlens.graph.Node;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What sweeps by differences are made of: windows of maps, some of which reach outside. */
final class ChangeShapes {
  private static final String SOURCE = "sweep";
  private static final int ROWS = 14;
  private static final int COLUMNS = 11;
  private static final int SIDE = 6;

  /** One that goes by vectors of four, and one that does not. */
  private static final List<Integer> CHANNELS = List.of(36, 37);

  /** Where windows begin: outside, inside, over the end. */
  private static final Corners AT = new Corners(List.of(-2, 0, 5, 10), List.of(-1, 3, 4, 8));

  private static final Corners ELSEWHERE = new Corners(List.of(-1, 1, 5, 9), List.of(0, 2, 5, 7));

  private static final Corners POOLED = new Corners(List.of(-1, 0, 2, 5), List.of(-1, 1, 2, 4));

  private ChangeShapes() {}

  static List<Supplier<Trial>> all() {
    List<Supplier<Trial>> all = new ArrayList<>();
    for (int channels : CHANNELS) {
      all.add(() -> patches(channels));
      for (Spec.Windowed result : Spec.Windowed.values()) {
        all.add(() -> windows(result, channels));
      }
      for (Node.PoolKind kind : Node.PoolKind.values()) {
        all.add(() -> pool(kind, channels));
      }
    }
    return all;
  }

  private static MapShape whole(int channels) {
    return MapShape.dense(1, 1, ROWS, COLUMNS, channels);
  }

  private static MapShape windows(int side, int channels) {
    return MapShape.dense(AT.tops().size(), 1, side, side, channels);
  }

  private static Trial patches(int channels) {
    MapShape dst = windows(SIDE, channels);
    List<Rectangle> rectangles = new ArrayList<>();
    for (int i = 0; i < dst.n(); i++) {
      rectangles.add(new Rectangle(i, 2 * i, i + 4, Math.min(COLUMNS, 2 * i + 5)));
    }
    List<Float> fill = new ArrayList<>();
    for (int c = 0; c < channels; c++) {
      fill.add(c / 16f - 1);
    }
    var spec = new Spec.Patches(dst, AT, whole(channels), rectangles, fill);
    return trial("patches", spec, List.of(whole(channels).span(), dst.span()), List.of());
  }

  /** Two sources, of which one brings a part of the channels, scaled. */
  private static Trial windows(Spec.Windowed result, int channels) {
    MapShape all = windows(SIDE, channels);
    MapShape some = windows(SIDE - 1, channels - 4);
    MapShape dst = windows(SIDE + 1, channels);
    Tensor scale = Numbers.tensor(1, 1, some.c());
    var sources =
        List.of(new Spec.Source(all, AT, 0, null), new Spec.Source(some, ELSEWHERE, 4, scale));
    boolean alone = result == Spec.Windowed.CHANGE;
    List<Activation> functions = alone ? List.of() : List.of(new Activation.Relu());
    var spec = new Spec.Windows(sources, whole(channels), dst, ELSEWHERE, result, functions);
    List<Long> sizes = new ArrayList<>(List.of(all.span(), some.span()));
    if (!alone) {
      sizes.add(whole(channels).span());
    }
    sizes.add(dst.span());
    return trial("windows", spec, sizes, List.of(scale));
  }

  private static Trial pool(Node.PoolKind kind, int channels) {
    MapShape src = windows(SIDE, channels);
    MapShape dst = windows(SIDE / 2 + 1, channels);
    var one = new Axes(1, 1, 1);
    var pads = new Axes(0, 1, 1);
    var window = new Window3(new Axes(1, 3, 3), new Axes(1, 2, 2), one, pads, pads);
    MapShape pooled = MapShape.dense(1, 1, (ROWS - 1) / 2 + 1, (COLUMNS - 1) / 2 + 1, channels);
    var spec =
        new Spec.PoolWindows(
            src, AT, whole(channels), pooled, dst, POOLED, kind, window, window.padEnd(), 2);
    return trial(
        "pool windows",
        spec,
        List.of(src.span(), whole(channels).span(), pooled.span(), dst.span()),
        List.of());
  }

  private static Trial trial(
      String operation, Spec spec, List<Long> sizes, List<Tensor> constants) {
    return new Trial(operation, SOURCE, spec, sizes, false, constants);
  }
}
