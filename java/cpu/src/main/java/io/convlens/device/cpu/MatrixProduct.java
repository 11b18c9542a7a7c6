package io.convlens.device.cpu;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Spec.Post;
import io.convlens.graph.Activation;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Products of matrices by oneDNN. */
final class MatrixProduct {
  private MatrixProduct() {}

  static void plan(KernelPlan plan, Spec.MatMul s) {
    Place a = plan.operand((long) s.batchA() * s.rows() * s.inner());
    Place b =
        s.weights() == null
            ? plan.operand((long) s.batchB() * s.inner() * s.columns())
            : plan.constant(s.weights());
    MapShape out = MapShape.dense(s.batch(), 1, 1, s.rows(), s.columns());
    var adds = new ArrayList<Place>();
    for (Post p : s.posts()) {
      if (p instanceof Post.Add(int pitch)) {
        adds.add(plan.operand(new MapShape(s.batch(), 1, 1, s.rows(), s.columns(), pitch).span()));
      }
    }
    Place dst = plan.operand(out.span());
    if (out.span() == 0) {
      return;
    }
    new MatrixProduct.Shapes(s).plan(plan, a, b, adds, dst, out);
  }

  /** The arrays as oneDNN sees them: two axes if there is no batch, else three. */
  private record Shapes(Spec.MatMul s) {

    void plan(KernelPlan plan, Place a, Place b, List<Place> adds, Place dst, MapShape out) {
      DnnlScope scope = plan.scope();
      long src = dense(scope, s.batchA(), s.rows(), s.inner());
      long weights =
          s.weights() != null
              ? scope.descAny(dims(1, s.inner(), s.columns()))
              : dense(scope, s.batchB(), s.inner(), s.columns());
      long to = dense(scope, s.batch(), s.rows(), s.columns());
      // oneDNN adds the bias before any scaling, the operation after: a scaled product gets its
      // bias as a post-op.
      boolean scaled = s.alpha() != 1;
      long bias = s.bias() == null ? 0 : dense(scope, 1, 1, s.columns());
      var ops = new PostOps(scope);
      if (scaled) {
        ops.eltwise(Eltwise.of(new Activation.Affine(s.alpha(), 0)));
        if (s.bias() != null) {
          ops.add(bias, plan.constant(s.bias()));
        }
      }
      int fused = fusable();
      ops.apply(s.posts().subList(0, fused), to, adds);
      long attr = ops.attr();
      long plainBias = scaled ? 0 : bias;
      long description =
          plan.describe(
                  "matmul_primitive_desc_create",
                  o ->
                      Dnnl.Operation.matmul(
                          o, plan.device().engine(), src, weights, plainBias, to, attr))
              .orElseThrow(() -> plan.unsupported("no matrix product"));
      var arguments = new ArrayList<>(ops.arguments());
      arguments.add(new PrimitiveStage.Argument(Dnnl.ARG_SRC, src, a));
      arguments.add(weights(plan, description, weights, b));
      if (s.bias() != null && !scaled) {
        arguments.add(new PrimitiveStage.Argument(Dnnl.ARG_BIAS, bias, plan.constant(s.bias())));
      }
      arguments.add(new PrimitiveStage.Argument(Dnnl.ARG_DST, to, dst));
      plan.add(description, arguments);
      RestOfPosts.plan(plan, s.posts(), fused, out, adds, dst);
    }

    /** The posts that the primitive does: those that oneDNN has, up to a pitched operand. */
    private int fusable() {
      return IntStream.range(0, PostOps.fusable(s.posts()))
          .filter(i -> s.posts().get(i) instanceof Post.Add(int p) && p != s.columns())
          .findFirst()
          .orElse(PostOps.fusable(s.posts()));
    }

    private PrimitiveStage.Argument weights(
        KernelPlan plan, long description, long desc, Place operand) {
      if (s.weights() == null) {
        return new PrimitiveStage.Argument(Dnnl.ARG_WEIGHTS, desc, operand);
      }
      long[] strides = s.batch() == 1 ? new long[] {1, s.inner()} : new long[] {0, 1, s.inner()};
      long from = plan.scope().desc(dims(1, s.inner(), s.columns()), strides);
      long to = Dnnl.queryDesc(description, Dnnl.QUERY_WEIGHTS, 0);
      return new PrimitiveStage.Argument(Dnnl.ARG_WEIGHTS, to, plan.packed(s.weights(), from, to));
    }

    private long dense(DnnlScope scope, long batch, long rows, long columns) {
      long[] dims = dims(batch, rows, columns);
      return scope.desc(dims, Maps.rowMajor(dims));
    }

    private long[] dims(long batch, long rows, long columns) {
      return s.batch() == 1 ? new long[] {rows, columns} : new long[] {batch, rows, columns};
    }
  }
}
