package io.convlens.device.cpu;

import io.convlens.device.Spec;
import io.convlens.device.Window3;
import io.convlens.device.cpu.plain.PoolGradient;
import io.convlens.graph.Node.PoolKind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * The gradient through a pooling by oneDNN, where it has the pooling itself, and by Java elsewhere.
 * Which element was the largest is found by a forward pass of its own, a tenth of the time: so the
 * graph's need not keep it. Of equal elements that is the first in row-major order.
 */
final class PoolingGradient {
  private PoolingGradient() {}

  static void plan(KernelPlan plan, Spec.PoolGradient s) {
    Place.Operand gradient = plan.operand(s.gradient().span());
    Place.Operand x = plan.operand(s.x().span());
    Place.Operand dst = plan.operand(s.dst().span());
    var forward = new Spec.Pool(s.x(), s.gradient(), s.kind(), s.window(), s.filePadEnd(), s.p());
    if (s.dst().span() == 0
        || s.gradient().span() == 0
        || !Pooling.suits(forward)
        || !plan(plan, forward, s, gradient, x, dst)) {
      plan.add(PoolGradient.of(s), gradient, x, dst);
    }
  }

  private static boolean plan(
      KernelPlan plan, Spec.Pool forward, Spec.PoolGradient s, Place gradient, Place x, Place dst) {
    int rank = Maps.spatialRank(s.x(), s.gradient(), s.window());
    long large = Pooling.desc(plan, Maps.dense(s.x()), rank);
    long small = Pooling.desc(plan, Maps.dense(s.gradient()), rank);
    OptionalLong there = Pooling.describe(plan, forward, rank, Dnnl.FORWARD_TRAINING, large, small);
    if (there.isEmpty() || isSlow(plan, there.getAsLong())) {
      return false;
    }
    OptionalLong back = describe(plan, s, rank, large, small, there.getAsLong());
    if (back.isEmpty() || isSlow(plan, back.getAsLong())) {
      return false;
    }
    List<PrimitiveStage.Argument> arguments = new ArrayList<>();
    if (s.kind() == PoolKind.MAX) {
      PrimitiveStage.Argument switches = switches(plan, there.getAsLong());
      arguments.add(switches);
      plan.addOnDense(
          there.getAsLong(),
          s.x(),
          large,
          x,
          Maps.dense(s.gradient()),
          small,
          plan.scratchFor(s.gradient(), s.gradient().c()),
          List.of(switches));
    }
    Place result = s.dst().isDense() ? dst : plan.scratchFor(s.dst(), s.dst().c());
    arguments.add(
        new PrimitiveStage.Argument(
            Dnnl.ARG_DIFF_DST, small, plan.repitched(s.gradient(), gradient, s.gradient().c())));
    arguments.add(new PrimitiveStage.Argument(Dnnl.ARG_DIFF_SRC, large, result));
    plan.add(back.getAsLong(), arguments);
    if (!s.dst().isDense()) {
      plan.addCopy(Maps.dense(s.dst()), result, s.dst().pitch(), dst);
    }
    return true;
  }

  /** The reference implementations are slower than ours. */
  private static boolean isSlow(KernelPlan plan, long description) {
    return plan.scope().implementation(description).contains("ref");
  }

  /** Where the forward pass notes which element of each window it took. */
  private static PrimitiveStage.Argument switches(KernelPlan plan, long forward) {
    long desc = Dnnl.queryDesc(forward, Dnnl.QUERY_WORKSPACE, 0);
    return new PrimitiveStage.Argument(Dnnl.ARG_WORKSPACE, desc, plan.scratch(Dnnl.descSize(desc)));
  }

  private static OptionalLong describe(
      KernelPlan plan, Spec.PoolGradient s, int rank, long large, long small, long forward) {
    Window3 w = s.window();
    long attr = plan.scope().attr(0);
    try (var arena = Arena.ofConfined()) {
      MemorySegment strides = DnnlScope.longs(arena, Maps.axes(w.stride(), rank));
      MemorySegment kernel = DnnlScope.longs(arena, Maps.axes(w.kernel(), rank));
      MemorySegment gaps = DnnlScope.longs(arena, new long[rank]);
      MemorySegment begin = DnnlScope.longs(arena, Maps.axes(w.padBegin(), rank));
      MemorySegment end = DnnlScope.longs(arena, Maps.axes(w.padEnd(), rank));
      return plan.describe(
          "pooling_backward_primitive_desc_create",
          out ->
              DnnlGradient.pooling(
                  out,
                  plan.device().engine(),
                  Pooling.algorithm(s.kind()),
                  large,
                  small,
                  strides,
                  kernel,
                  gaps,
                  begin,
                  end,
                  forward,
                  attr));
    }
  }
}
