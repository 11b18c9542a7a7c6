package io.convlens.device.cpu;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Window3;
import io.convlens.device.cpu.plain.WindowPool;
import io.convlens.graph.Node.PoolKind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/** Pooling by oneDNN, where it has the definition at hand, and by Java elsewhere. */
final class Pooling {
  private Pooling() {}

  /** Whether oneDNN computes this, and not by its reference implementation. */
  static boolean suits(Spec.Pool s) {
    return s.kind() != PoolKind.LP
        && !isDilated(s.window())
        && IntStream.range(0, 3).allMatch(axis -> suits(s, axis));
  }

  private static boolean isDilated(Window3 w) {
    return IntStream.range(0, 3).anyMatch(a -> w.dilation().get(a) != 1 && w.kernel().get(a) != 1);
  }

  /** oneDNN wants every window to touch the map, and divides by all taps or those inside. */
  private static boolean suits(Spec.Pool s, int axis) {
    Window3 w = s.window();
    int kernel = w.kernel().get(axis);
    boolean countsOverhang =
        s.kind() != PoolKind.AVERAGE_WITH_PADDING
            || w.padEnd().get(axis) <= s.filePadEnd().get(axis);
    return w.padBegin().get(axis) >= 0
        && w.padBegin().get(axis) < kernel
        && w.padEnd().get(axis) < kernel
        && countsOverhang;
  }

  static void plan(KernelPlan plan, Spec.Pool s) {
    Place.Operand in = plan.operand(s.src().span());
    Place.Operand out = plan.operand(s.dst().span());
    if (s.dst().span() == 0) {
      return;
    }
    int rank = Maps.spatialRank(s.src(), s.dst(), s.window());
    long src = desc(plan, Maps.dense(s.src()), rank);
    long dst = desc(plan, Maps.dense(s.dst()), rank);
    OptionalLong description =
        suits(s) ? describe(plan, s, rank, Dnnl.FORWARD_INFERENCE, src, dst) : OptionalLong.empty();
    if (description.isEmpty()) {
      plan.add(WindowPool.of(s), in, out);
      return;
    }
    plan.addOnDense(description.getAsLong(), s.src(), src, in, s.dst(), dst, out, List.of());
  }

  static long desc(KernelPlan plan, MapShape m, int rank) {
    return plan.scope().desc(Maps.dims(m, rank), Maps.strides(m, rank));
  }

  /**
   * The forward pass's description, if oneDNN has one.
   *
   * @param propagation for inference, or with what the backward pass needs
   */
  static OptionalLong describe(
      KernelPlan plan, Spec.Pool s, int rank, int propagation, long src, long dst) {
    Window3 w = s.window();
    long attr = plan.scope().attr(0);
    try (var arena = Arena.ofConfined()) {
      MemorySegment strides = DnnlScope.longs(arena, Maps.axes(w.stride(), rank));
      MemorySegment kernel = DnnlScope.longs(arena, Maps.axes(w.kernel(), rank));
      MemorySegment gaps = DnnlScope.longs(arena, new long[rank]);
      MemorySegment begin = DnnlScope.longs(arena, Maps.axes(w.padBegin(), rank));
      MemorySegment end = DnnlScope.longs(arena, Maps.axes(w.padEnd(), rank));
      return plan.describe(
          "pooling_forward_primitive_desc_create",
          out ->
              Dnnl.Operation.pooling(
                  out,
                  plan.device().engine(),
                  propagation,
                  algorithm(s.kind()),
                  src,
                  dst,
                  strides,
                  kernel,
                  gaps,
                  begin,
                  end,
                  attr));
    }
  }

  static int algorithm(PoolKind kind) {
    return switch (kind) {
      case MAX -> Dnnl.POOLING_MAX;
      case AVERAGE -> Dnnl.POOLING_AVG_EXCLUDE_PADDING;
      case AVERAGE_WITH_PADDING -> Dnnl.POOLING_AVG_INCLUDE_PADDING;
      case LP -> throw new IllegalArgumentException("oneDNN has no LP pooling");
    };
  }
}
