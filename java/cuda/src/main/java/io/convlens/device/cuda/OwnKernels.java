package io.convlens.device.cuda;

import io.convlens.device.Spec;

/** Every operation by our own kernels. */
final class OwnKernels {
  private OwnKernels() {}

  static void plan(KernelPlan plan, Spec spec) {
    switch (spec) {
      case Spec.Conv s -> WindowKernels.plan(plan, s);
      case Spec.ConvTranspose s -> WindowKernels.plan(plan, s);
      case Spec.Pool s -> WindowKernels.plan(plan, s);
      case Spec.MatMul s -> RowKernels.plan(plan, s);
      case Spec.LayerNorm s -> RowKernels.plan(plan, s);
      case Spec.Softmax s -> RowKernels.plan(plan, s);
      case Spec.Lrn s -> MapKernels.plan(plan, s);
      case Spec.ChannelAffine s -> MapKernels.plan(plan, s);
      case Spec.GroupNorm s -> MapKernels.plan(plan, s);
      case Spec.Pointwise s -> MapKernels.plan(plan, s);
      case Spec.Broadcast s -> ArrayKernels.plan(plan, s);
      case Spec.Copy s -> ArrayKernels.plan(plan, s);
      case Spec.Interpolate s -> ArrayKernels.plan(plan, s);
      case Spec.Reduce s -> ArrayKernels.plan(plan, s);
      case Spec.MapFigures s -> MapKernels.plan(plan, s);
      case Spec.MapRank s -> MapKernels.plan(plan, s);
      case Spec.Neighbours s -> PointKernels.plan(plan, s);
      case Spec.Repulsion s -> PointKernels.plan(plan, s);
      case Spec.Attraction s -> PointKernels.plan(plan, s);
      case Spec.Descent s -> PointKernels.plan(plan, s);
      case Spec.Patches s -> ChangeKernels.plan(plan, s);
      case Spec.Windows s -> ChangeKernels.plan(plan, s);
      case Spec.PoolWindows s -> ChangeKernels.plan(plan, s);
      case Spec.ActivationGradient s -> GradientKernels.plan(plan, s);
      case Spec.PoolGradient s -> GradientKernels.plan(plan, s);
    }
  }
}
