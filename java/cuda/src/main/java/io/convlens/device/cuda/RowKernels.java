package io.convlens.device.cuda;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;

/** Operations on rows of dense arrays, by our kernels. */
final class RowKernels {
  private RowKernels() {}

  static void plan(KernelPlan plan, Spec.MatMul s) {
    Place a = plan.operand((long) s.batchA() * s.rows() * s.inner());
    Place b =
        s.weights() == null
            ? plan.operand((long) s.batchB() * s.inner() * s.columns())
            : plan.constant(s.weights());
    MapShape map = MapShape.dense(s.batch(), 1, 1, s.rows(), s.columns());
    PostChain posts = PostChain.of(plan, s.posts(), map.places(), s.columns());
    Place dst = plan.operand(map.span());
    Place bias = plan.constant(s.bias());
    if (map.span() == 0) {
      return;
    }
    long stepA = s.batchA() == 1 ? 0 : (long) s.rows() * s.inner();
    long stepB = s.weights() != null || s.batchB() == 1 ? 0 : (long) s.inner() * s.columns();
    PostChain first = posts.first();
    plan.add(
        Operation.MATMUL,
        o ->
            first.into(
                new Words()
                    .put(a.in(o), b.in(o), bias.in(o), dst.in(o))
                    .put(s.batch(), s.rows(), s.inner(), s.columns(), stepA, stepB)
                    .put(s.turned() ? 1 : 0)
                    .real(s.alpha()),
                o));
    MapKernels.rest(plan, posts.rest(), map, dst);
  }

  static void plan(KernelPlan plan, Spec.LayerNorm s) {
    long size = s.rows() * s.columns();
    Place src = plan.operand(size);
    Place dst = plan.operand(size);
    Place scale = plan.constant(s.scale());
    Place shift = plan.constant(s.shift());
    if (size == 0) {
      return;
    }
    plan.add(
        Operation.LAYER_NORM,
        o ->
            new Words()
                .put(src.in(o), scale.in(o), shift.in(o), dst.in(o), s.rows(), s.columns())
                .real(s.epsilon()));
  }

  static void plan(KernelPlan plan, Spec.Softmax s) {
    long size = s.outer() * s.length() * s.inner();
    Place src = plan.operand(size);
    Place dst = plan.operand(size);
    if (size == 0) {
      return;
    }
    plan.add(
        Operation.SOFTMAX,
        o ->
            new Words()
                .put(src.in(o), dst.in(o), s.outer(), s.length(), s.inner(), s.log() ? 1 : 0));
  }
}
