package io.convlens.device.cuda;

import io.convlens.device.DeviceException;
import io.convlens.device.MapShape;
import io.convlens.device.OcclusionSpec.Rectangle;
import io.convlens.device.Spec;
import java.util.ArrayList;
import java.util.List;

/** Operations on windows of maps, which sweeps by differences are made of, by our kernels. */
final class ChangeKernels {
  /** {@code CLK_SOURCES}: the most sources of one launch. */
  private static final int SOURCES = 16;

  /** The fields of a {@code clk_source}. */
  private static final int SOURCE_WORDS = 10;

  private ChangeKernels() {}

  /** A {@code clk_windows}: where the windows of one launch begin. */
  private record Windows(MapShape map, Place corners) {
    static Windows of(KernelPlan plan, MapShape map, Spec.Corners at) {
      int[] numbers = new int[2 * at.count()];
      for (int i = 0; i < at.count(); i++) {
        numbers[2 * i] = at.tops().get(i);
        numbers[2 * i + 1] = at.lefts().get(i);
      }
      plan.windows(at.count(), map.n());
      return new Windows(map, plan.numbers(numbers).entry(2L * Integer.BYTES));
    }

    Words into(Words words, long[] operands) {
      return words.map(map).put(corners.in(operands));
    }
  }

  /** A {@code clk_source}. */
  private record Source(Place src, Place scale, Windows windows, int channel) {
    void into(Words words, long[] operands) {
      words.put(src.in(operands), scale.in(operands));
      windows.into(words, operands).put(channel);
    }
  }

  static void plan(KernelPlan plan, Spec.Patches s) {
    Place picture = plan.operand(s.picture().span());
    Place dst = plan.operand(s.dst().span());
    if (s.dst().span() == 0) {
      return;
    }
    int[] rectangles = new int[4 * s.rectangles().size()];
    int at = 0;
    for (Rectangle r : s.rectangles()) {
      rectangles[at++] = r.top();
      rectangles[at++] = r.left();
      rectangles[at++] = r.bottom();
      rectangles[at++] = r.right();
    }
    float[] fill = new float[s.fill().size()];
    for (int i = 0; i < fill.length; i++) {
      fill[i] = s.fill().get(i);
    }
    Place where = plan.numbers(rectangles).entry(4L * Integer.BYTES);
    Place values = plan.numbers(fill);
    Windows windows = Windows.of(plan, s.dst(), s.at());
    plan.add(
        Operation.PATCHES,
        o ->
            windows.into(
                new Words()
                    .put(picture.in(o), where.in(o), values.in(o), dst.in(o))
                    .map(s.picture()),
                o));
  }

  static void plan(KernelPlan plan, Spec.Windows s) {
    List<Source> sources = new ArrayList<>();
    for (Spec.Source source : s.sources()) {
      Place src = plan.operand(source.map().span());
      if (s.dst().span() > 0 && source.map().span() > 0) {
        Windows windows = Windows.of(plan, source.map(), source.at());
        Place scale = plan.constant(source.scale());
        sources.add(new Source(src, scale, windows, source.channel()));
      }
    }
    Place base = s.result() == Spec.Windowed.CHANGE ? Place.NONE : plan.operand(s.map().span());
    Place dst = plan.operand(s.dst().span());
    if (s.dst().span() == 0) {
      return;
    }
    Windows windows = Windows.of(plan, s.dst(), s.at());
    PostChain posts = PostChain.of(s.functions());
    if (!posts.rest().isEmpty()) {
      throw new DeviceException(
          DeviceException.Kind.UNSUPPORTED,
          "more activations than a kernel takes: " + plan.problem());
    }
    while (sources.size() > SOURCES) {
      change(
          plan,
          s,
          Spec.Windowed.CHANGE,
          sources.subList(0, SOURCES),
          Place.NONE,
          windows,
          dst,
          PostChain.none());
      List<Source> rest = new ArrayList<>();
      rest.add(new Source(dst, Place.NONE, windows, 0));
      rest.addAll(sources.subList(SOURCES, sources.size()));
      sources = rest;
    }
    change(plan, s, s.result(), sources, base, windows, dst, posts);
  }

  private static void change(
      KernelPlan plan,
      Spec.Windows s,
      Spec.Windowed result,
      List<Source> sources,
      Place base,
      Windows windows,
      Place dst,
      PostChain posts) {
    int code =
        switch (result) {
          case CHANGE -> 0;
          case DIFFERENCE -> 1;
          case VALUE -> 2;
        };
    List<Source> all = List.copyOf(sources);
    plan.add(
        Operation.CHANGE,
        o -> {
          var words = new Words().put(base.in(o), dst.in(o), code, all.size());
          all.forEach(source -> source.into(words, o));
          words.put(new long[(SOURCES - all.size()) * SOURCE_WORDS]).map(s.map());
          return posts.into(windows.into(words, o), o);
        });
  }

  static void plan(KernelPlan plan, Spec.PoolWindows s) {
    Place src = plan.operand(s.src().span());
    Place base = plan.operand(s.base().span());
    Place pooled = plan.operand(s.pooled().span());
    Place dst = plan.operand(s.dst().span());
    if (s.dst().span() == 0) {
      return;
    }
    Windows from = Windows.of(plan, s.src(), s.srcAt());
    Windows to = Windows.of(plan, s.dst(), s.dstAt());
    plan.add(
        Operation.POOL_CHANGE,
        o -> {
          var words = new Words().put(src.in(o), base.in(o), pooled.in(o), dst.in(o));
          from.into(words, o).map(s.base()).map(s.pooled());
          return to.into(words, o)
              .window(s.window())
              .axes(s.filePadEnd())
              .put(WindowKernels.code(s.kind()), s.p());
        });
  }
}
