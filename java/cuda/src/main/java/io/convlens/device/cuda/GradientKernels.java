package io.convlens.device.cuda;

import io.convlens.device.Spec;
import io.convlens.graph.GradientRule;
import io.convlens.graph.Node;
import java.util.List;

/** What only gradients need, by our kernels. */
final class GradientKernels {
  private GradientKernels() {}

  static void plan(KernelPlan plan, Spec.ActivationGradient s) {
    Place gradient = plan.operand(ArrayKernels.span(s.dims(), s.strideGradient()));
    Place x = plan.operand(ArrayKernels.span(s.dims(), s.strideX()));
    Place dst = plan.operand(ArrayKernels.span(s.dims(), s.strideDst()));
    if (s.dims().contains(0L)) {
      return;
    }
    Axes axes = Axes.of(plan, s.dims(), List.of(s.strideGradient(), s.strideX(), s.strideDst()));
    plan.add(
        Operation.ACTIVATION_GRADIENT,
        o ->
            PostChain.into(new Words().put(gradient.in(o), x.in(o), dst.in(o)), s.function())
                .put(code(s.rule()), axes.count())
                .perAxis(axes.dims())
                .perAxis(axes.strides().get(0))
                .perAxis(axes.strides().get(1))
                .perAxis(axes.strides().get(2)));
  }

  private static int code(GradientRule rule) {
    return switch (rule) {
      case GRADIENT -> 0;
      case GUIDED -> 1;
      case DECONVNET -> 2;
    };
  }

  static void plan(KernelPlan plan, Spec.PoolGradient s) {
    Place gradient = plan.operand(s.gradient().span());
    Place x = plan.operand(s.x().span());
    Place dst = plan.operand(s.dst().span());
    if (s.dst().span() == 0) {
      return;
    }
    boolean noted = s.kind() == Node.PoolKind.MAX || s.kind() == Node.PoolKind.LP;
    long windows = s.gradient().places() * s.gradient().c();
    Place notes = noted ? plan.scratch(Float.BYTES * Math.max(1, windows)) : Place.NONE;
    plan.add(
        Operation.POOL_GRADIENT,
        o ->
            new Words()
                .put(gradient.in(o), x.in(o), dst.in(o), notes.in(o))
                .map(s.gradient())
                .map(s.x())
                .map(s.dst())
                .window(s.window())
                .axes(s.filePadEnd())
                .put(WindowKernels.code(s.kind()), s.p()));
  }
}
