package io.convlens.device.cuda;

import io.convlens.device.Spec;

/** What t-SNE is made of, by our kernels. */
final class PointKernels {
  /** Points of a block, and what {@code clk_descent} keeps of each block: three sums. */
  private static final int BLOCK = 256;

  private static final int BYTES_A_BLOCK = 24;

  private PointKernels() {}

  static void plan(KernelPlan plan, Spec.Neighbours s) {
    Place src = plan.operand((long) s.dimensions() * s.points());
    Place dst = plan.operand(2L * s.rows() * s.k());
    Place scratch = plan.scratch((long) s.rows() * s.points() * Float.BYTES);
    plan.add(
        Operation.NEIGHBOURS,
        o ->
            new Words()
                .put(src.in(o), dst.in(o), scratch.in(o))
                .put(s.points(), s.dimensions(), s.first(), s.rows(), s.k()));
  }

  static void plan(KernelPlan plan, Spec.Repulsion s) {
    Place src = plan.operand(2L * s.points());
    Place dst = plan.operand(3L * s.points());
    plan.add(Operation.REPULSION, o -> new Words().put(src.in(o), dst.in(o), s.points()));
  }

  static void plan(KernelPlan plan, Spec.Attraction s) {
    Place src = plan.operand(2L * s.points());
    Place dst = plan.operand(2L * s.points());
    // Without pairs there are no arrays, and nothing of them is read.
    Place starts = plan.numbers(s.starts());
    boolean none = s.others().length == 0;
    Place others = none ? starts : plan.numbers(s.others());
    Place values = none ? starts : plan.numbers(s.values());
    plan.add(
        Operation.ATTRACTION,
        o ->
            new Words()
                .put(src.in(o), starts.in(o), others.in(o), values.in(o), dst.in(o))
                .put(s.points()));
  }

  static void plan(KernelPlan plan, Spec.Descent s) {
    Place state = plan.operand(6L * s.points());
    Place attraction = plan.operand(2L * s.points());
    Place repulsion = plan.operand(3L * s.points());
    Place dst = plan.operand(6L * s.points());
    long blocks = (s.points() + BLOCK - 1L) / BLOCK;
    Place scratch = plan.scratch(BYTES_A_BLOCK * blocks);
    plan.add(
        Operation.DESCENT,
        o ->
            new Words()
                .put(state.in(o), attraction.in(o), repulsion.in(o), dst.in(o), scratch.in(o))
                .put(s.points())
                .real(s.exaggeration())
                .real(s.momentum())
                .real(s.rate())
                .real(s.leastGain())
                .real(s.longest()));
  }
}
