package io.convlens.device.cpu;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Spec.Post;
import io.convlens.device.Window3.Axes;
import io.convlens.graph.Activation;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Products of matrices by oneDNN, and convolutions with one tap, which are the same thing: places
 * by channels times channels by channels.
 *
 * @param pitchA elements from one row of a to the next
 * @param pitchDst likewise of dst
 * @param turned whether the weights are {@code [columns, inner]}
 */
record MatrixProduct(
    int batch,
    int batchA,
    int batchB,
    int rows,
    int inner,
    int columns,
    int pitchA,
    int pitchDst,
    float alpha,
    @Nullable Tensor weights,
    boolean turned,
    @Nullable Tensor bias,
    List<Post> posts) {

  private static final Axes ONES = new Axes(1, 1, 1);
  private static final Axes ZEROS = new Axes(0, 0, 0);

  static void plan(KernelPlan plan, Spec.MatMul s) {
    new MatrixProduct(
            s.batch(),
            s.batchA(),
            s.batchB(),
            s.rows(),
            s.inner(),
            s.columns(),
            s.inner(),
            s.columns(),
            s.alpha(),
            s.weights(),
            s.turned(),
            s.bias(),
            s.posts())
        .plan(plan);
  }

  /**
   * Whether a convolution is a product. As one it is as fast as oneDNN's convolution (measured on
   * 30 shapes of ResNet-50, MobileNetV2, DenseNet-121 and GoogLeNet, within 3 %), and unlike that
   * it reads and writes pitched maps at no cost, and its packed weights serve any map size.
   */
  static boolean is(Spec.Conv s) {
    return s.groups() == 1
        && s.window().kernel().equals(ONES)
        && s.window().stride().equals(ONES)
        && s.window().padBegin().equals(ZEROS)
        && s.window().padEnd().equals(ZEROS)
        && s.dst().places() <= Integer.MAX_VALUE;
  }

  /**
   * A convolution that {@link #is} a product.
   *
   * @param turned whether its weights are {@code [outputs, inputs]}, not the reverse
   */
  static void plan(KernelPlan plan, Spec.Conv s, boolean turned) {
    new MatrixProduct(
            1,
            1,
            1,
            (int) s.dst().places(),
            s.src().c(),
            s.dst().c(),
            s.src().pitch(),
            s.dst().pitch(),
            1,
            s.weights(),
            turned,
            s.bias(),
            s.posts())
        .plan(plan);
  }

  private void plan(KernelPlan plan) {
    Place a = plan.operand(matrix(batchA, rows, inner, pitchA).span());
    Place b =
        weights == null ? plan.operand((long) batchB * inner * columns) : plan.constant(weights);
    var adds = new ArrayList<Place.Operand>();
    for (Post p : posts) {
      if (p instanceof Post.Add(int pitch)) {
        adds.add(plan.operand(matrix(batch, rows, columns, pitch).span()));
      }
    }
    MapShape out = matrix(batch, rows, columns, pitchDst);
    Place.Operand dst = plan.operand(out.span());
    if (out.span() > 0) {
      plan(plan, a, b, adds, dst, out);
    }
  }

  private static MapShape matrix(int batch, int rows, int columns, int pitch) {
    return new MapShape(batch, 1, 1, rows, columns, pitch);
  }

  private void plan(
      KernelPlan plan,
      Place a,
      Place b,
      List<Place.Operand> adds,
      Place.Operand dst,
      MapShape out) {
    DnnlScope scope = plan.scope();
    int factors = weights != null && batch == 1 ? plan.factors(inner) : Dnnl.F32;
    boolean rounds = factors == Dnnl.BF16;
    long src =
        rounds
            ? scope.desc(factors, new long[] {rows, inner}, new long[] {inner, 1})
            : desc(scope, batchA, rows, inner, pitchA);
    long packed =
        weights != null
            ? scope.descAny(factors, dims(1, inner, columns))
            : desc(scope, batchB, inner, columns, columns);
    long to = desc(scope, batch, rows, columns, pitchDst);
    // oneDNN adds the bias before any scaling, the operation after: a scaled product gets its
    // bias as a post-op.
    boolean scaled = alpha != 1;
    long biasDesc = bias == null ? 0 : desc(scope, 1, 1, columns, columns);
    var ops = new PostOps(scope);
    if (scaled) {
      ops.eltwise(Eltwise.of(new Activation.Affine(alpha, 0)));
      if (bias != null) {
        ops.addVector(biasDesc, columns, plan.constant(bias));
      }
    }
    int fused = PostOps.fusable(posts);
    ops.apply(posts.subList(0, fused), out, to, adds);
    long attr = ops.attr();
    long ownBias = scaled ? 0 : biasDesc;
    long description =
        plan.describe(
                "matmul_primitive_desc_create",
                o ->
                    Dnnl.Operation.matmul(
                        o, plan.device().engine(), src, packed, ownBias, to, attr))
            .orElseThrow(() -> plan.unsupported("no matrix product"));
    var arguments = new ArrayList<>(ops.arguments(plan));
    arguments.add(
        new PrimitiveStage.Argument(
            Dnnl.ARG_SRC, src, rounds ? plan.rounded(rows, inner, pitchA, a) : a));
    arguments.add(weights(plan, description, packed, b));
    if (bias != null && !scaled) {
      arguments.add(new PrimitiveStage.Argument(Dnnl.ARG_BIAS, biasDesc, plan.constant(bias)));
    }
    arguments.add(new PrimitiveStage.Argument(Dnnl.ARG_DST, to, dst));
    plan.add(description, arguments);
    RestOfPosts.plan(plan, posts, fused, out, adds, dst);
  }

  private PrimitiveStage.Argument weights(
      KernelPlan plan, long description, long desc, Place operand) {
    if (weights == null) {
      return new PrimitiveStage.Argument(Dnnl.ARG_WEIGHTS, desc, operand);
    }
    long[] strides = turned ? new long[] {1, inner} : new long[] {columns, 1};
    long from = plan.scope().desc(dims(1, inner, columns), strides);
    long to = Dnnl.queryDesc(description, Dnnl.QUERY_WEIGHTS, 0);
    return new PrimitiveStage.Argument(Dnnl.ARG_WEIGHTS, to, plan.packed(weights, from, to));
  }

  private long desc(DnnlScope scope, long matrices, long height, long width, long pitch) {
    long[] strides = batch == 1 ? new long[] {pitch, 1} : new long[] {height * pitch, pitch, 1};
    return scope.desc(dims(matrices, height, width), strides);
  }

  /** The extents: two axes if there is no batch, else three. */
  private long[] dims(long matrices, long height, long width) {
    return batch == 1 ? new long[] {height, width} : new long[] {matrices, height, width};
  }
}
