package io.convlens.device.cpu;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Spec.Post;
import io.convlens.device.cpu.plain.ChannelAffine;
import io.convlens.device.cpu.plain.Pointwise;
import io.convlens.device.cpu.plain.ResponseNorm;
import io.convlens.graph.Activation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Softmax, activations, scaling by channels and response normalisation by oneDNN. */
final class ElementKernels {
  private ElementKernels() {}

  static void plan(KernelPlan plan, Spec.Softmax s) {
    long size = s.outer() * s.length() * s.inner();
    Place in = plan.operand(size);
    Place out = plan.operand(size);
    if (size == 0) {
      return;
    }
    long[] dims =
        s.inner() == 1
            ? new long[] {s.outer(), s.length()}
            : new long[] {s.outer(), s.length(), s.inner()};
    long desc = plan.scope().desc(dims, Maps.rowMajor(dims));
    long attr = plan.scope().attr(0);
    int algorithm = s.log() ? Dnnl.SOFTMAX_LOG : Dnnl.SOFTMAX_ACCURATE;
    long description =
        plan.describe(
                "softmax_forward_primitive_desc_create",
                o ->
                    Dnnl.Operation.softmax(
                        o, plan.device().engine(), algorithm, desc, desc, 1, attr))
            .orElseThrow(() -> plan.unsupported("no softmax"));
    addSrcToDst(plan, description, desc, in, out);
  }

  static void plan(KernelPlan plan, Spec.Pointwise s) {
    Place.Operand in = plan.operand(s.src().span());
    Place.Operand out = plan.operand(s.dst().span());
    if (s.dst().span() == 0) {
      return;
    }
    List<Optional<Eltwise>> functions = s.functions().stream().map(Eltwise::of).toList();
    boolean all = functions.stream().allMatch(Optional::isPresent);
    if (!all || functions.isEmpty()) {
      plan.add(Pointwise.of(s), in, out);
      return;
    }
    // oneDNN fuses nothing behind an activation: those that follow run in place, one by one.
    MapShape from = s.src();
    Place source = in;
    for (Optional<Eltwise> f : functions) {
      eltwise(plan, f.orElseThrow(), from, source, s.dst(), out);
      from = s.dst();
      source = out;
    }
  }

  private static void eltwise(
      KernelPlan plan, Eltwise f, MapShape src, Place in, MapShape dst, Place out) {
    long desc = plan.scope().descVector(Maps.dense(dst).span());
    long attr = plan.scope().attr(0);
    long description =
        plan.describe(
                "eltwise_forward_primitive_desc_create",
                o ->
                    Dnnl.Operation.eltwise(
                        o,
                        plan.device().engine(),
                        f.algorithm(),
                        desc,
                        desc,
                        f.alpha(),
                        f.beta(),
                        attr))
            .orElseThrow(() -> plan.unsupported("no activation"));
    plan.addOnDense(description, src, desc, in, dst, desc, out, List.of());
  }

  /**
   * A batch normalisation with mean 0, variance 1 and epsilon 0: the quotient is exactly the input,
   * and a ReLU comes free. Pitched maps go through dense memory: in DenseNet-121 the 62 of them
   * take 2.9 ms a picture so, 3.9 ms by threads of Java's that wake up for each. oneDNN has fast
   * code for channels in sixteens, eights and fours; the rest is faster in Java.
   */
  static void plan(KernelPlan plan, Spec.ChannelAffine s) {
    MapShape m = s.dst();
    Place.Operand in = plan.operand(s.src().span());
    var adds = new ArrayList<Place.Operand>();
    for (Post p : s.posts()) {
      if (p instanceof Post.Add(int pitch)) {
        adds.add(plan.operand(new MapShape(m.n(), m.d(), m.h(), m.w(), m.c(), pitch).span()));
      }
    }
    Place.Operand out = plan.operand(m.span());
    if (m.span() == 0) {
      return;
    }
    boolean relu =
        !s.posts().isEmpty() && s.posts().getFirst().equals(new Post.Act(new Activation.Relu()));
    DnnlScope scope = plan.scope();
    long desc = scope.desc(Maps.dims(m, 3), Maps.strides(Maps.dense(m), 3));
    long vector = scope.descVector(m.c());
    long attr = scope.attr(0);
    int flags =
        Dnnl.USE_GLOBAL_STATS | Dnnl.USE_SCALE | Dnnl.USE_SHIFT | (relu ? Dnnl.FUSE_NORM_RELU : 0);
    OptionalLong description =
        plan.describe(
            "batch_normalization_forward_primitive_desc_create",
            o ->
                Dnnl.Operation.batchNormalization(
                    o, plan.device().engine(), desc, desc, 0, flags, attr));
    if (description.isEmpty() || !isJit(plan, description.getAsLong())) {
      var operands = new ArrayList<Place.Operand>();
      operands.add(in);
      operands.addAll(adds);
      operands.add(out);
      plan.add(ChannelAffine.of(s), operands.toArray(Place.Operand[]::new));
      return;
    }
    float[] ones = new float[m.c()];
    Arrays.fill(ones, 1);
    plan.addOnDense(
        description.getAsLong(),
        s.src(),
        desc,
        in,
        m,
        desc,
        out,
        List.of(
            new PrimitiveStage.Argument(Dnnl.ARG_MEAN, vector, plan.floats(new float[m.c()])),
            new PrimitiveStage.Argument(Dnnl.ARG_VARIANCE, vector, plan.floats(ones)),
            new PrimitiveStage.Argument(Dnnl.ARG_SCALE, vector, plan.constant(s.scale())),
            new PrimitiveStage.Argument(Dnnl.ARG_SHIFT, vector, plan.constant(s.shift()))));
    RestOfPosts.plan(plan, s.posts(), relu ? 1 : 0, m, adds, out);
  }

  static void plan(KernelPlan plan, Spec.Lrn s) {
    Place.Operand in = plan.operand(s.src().span());
    Place.Operand out = plan.operand(s.dst().span());
    if (s.dst().span() == 0) {
      return;
    }
    // oneDNN's window is symmetric: an even size would lose its last channel.
    if (s.size() % 2 == 0) {
      plan.add(ResponseNorm.of(s), in, out);
      return;
    }
    MapShape m = s.dst();
    int rank = m.d() == 1 ? 2 : 3;
    long desc = plan.scope().desc(Maps.dims(m, rank), Maps.strides(Maps.dense(m), rank));
    long attr = plan.scope().attr(0);
    OptionalLong description =
        plan.describe(
            "lrn_forward_primitive_desc_create",
            o ->
                Dnnl.Operation.lrn(
                    o,
                    plan.device().engine(),
                    desc,
                    desc,
                    s.size(),
                    s.alpha(),
                    s.beta(),
                    s.bias(),
                    attr));
    // For exponents other than 0.75 oneDNN has its reference implementation only.
    if (description.isEmpty()
        || plan.scope().implementation(description.getAsLong()).contains("ref")) {
      plan.add(ResponseNorm.of(s), in, out);
      return;
    }
    plan.addOnDense(description.getAsLong(), s.src(), desc, in, s.dst(), desc, out, List.of());
  }

  private static boolean isJit(KernelPlan plan, long primitiveDesc) {
    return plan.scope().implementation(primitiveDesc).contains("jit");
  }

  private static void addSrcToDst(
      KernelPlan plan, long description, long desc, Place in, Place out) {
    plan.add(
        description,
        List.of(
            new PrimitiveStage.Argument(Dnnl.ARG_SRC, desc, in),
            new PrimitiveStage.Argument(Dnnl.ARG_DST, desc, out)));
  }
}
