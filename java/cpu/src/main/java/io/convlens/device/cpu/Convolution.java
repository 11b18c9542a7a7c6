package io.convlens.device.cpu;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Spec.Post;
import io.convlens.device.Window3;
import io.convlens.device.cpu.plain.StridedCopy;
import io.convlens.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Convolution and transposed convolution by oneDNN.
 *
 * <p>None of its fast implementations takes a map with a pitch (3.13: all of them want exactly nhwc
 * and leave the rest to {@code ref:any}, orders of magnitude slower), so such maps go through dense
 * scratch memory. The copy runs at 60 to 100 GB/s in the cache: 1 % of a 3x3 convolution with 128
 * inputs, 10 % of one with 16.
 */
final class Convolution {
  /** A description that oneDNN gave, with what it was made from; arrays are dense. */
  private record Found(
      long primitiveDesc, int fused, long src, long dst, long bias, PostOps posts) {}

  private final KernelPlan plan;
  private final boolean transposed;
  private final MapShape src;
  private final MapShape dst;
  private final Window3 window;
  private final int groups;
  private final Tensor weights;
  private final @Nullable Tensor bias;
  private final List<Post> posts;
  private final int rank;
  private final int factors;
  private final Place srcPlace;
  private final WeightMaking making;
  private final List<Place> adds;
  private final Place dstPlace;

  /** Where a convolution reads and writes. */
  private record Ends(Place in, List<Place> adds, Place out) {
    /** The kernel's operands, in their order. */
    static Ends operands(KernelPlan plan, MapShape src, MapShape dst, List<Post> posts) {
      Place in = plan.operand(src.span());
      List<Place> adds = new ArrayList<>();
      for (Post p : posts) {
        if (p instanceof Post.Add(int pitch)) {
          adds.add(plan.operand(Maps.withPitch(dst, pitch).span()));
        }
      }
      return new Ends(in, adds, plan.operand(dst.span()));
    }
  }

  private Convolution(
      KernelPlan plan,
      boolean transposed,
      MapShape src,
      MapShape dst,
      Window3 window,
      int groups,
      Tensor weights,
      @Nullable Tensor bias,
      List<Post> posts,
      WeightMaking making,
      Ends ends) {
    this.plan = plan;
    this.making = making;
    this.transposed = transposed;
    this.dst = dst;
    this.groups = groups;
    this.weights = weights;
    this.bias = bias;
    this.posts = posts;
    this.adds = ends.adds();
    this.dstPlace = ends.out();
    if (!transposed && dst.span() > 0 && ZeroPadding.needed(src, dst, window)) {
      ZeroPadding padded = ZeroPadding.of(src, dst, window);
      this.src = padded.map();
      this.window = Maps.withoutIdleStrides(padded.map(), dst, padded.window());
      this.srcPlace = plan.scratchFor(padded.map(), padded.map().pitch());
      plan.add(StridedCopy.of(padded.copy()), ends.in(), srcPlace);
    } else {
      this.src = src;
      this.window = transposed ? window : Maps.withoutIdleStrides(src, dst, window);
      this.srcPlace = ends.in();
    }
    this.factors = transposed ? Dnnl.F32 : plan.factors(src.c() / groups);
    this.rank = Maps.spatialRank(this.src, dst, this.window);
  }

  static void plan(KernelPlan plan, Spec.Conv s) {
    plan(plan, s, WeightMaking.AS_IS);
  }

  /** A convolution by what is made of the weights that it names. */
  static void plan(KernelPlan plan, Spec.Conv s, WeightMaking making) {
    plan(plan, s, making, Ends.operands(plan, s.src(), s.dst(), s.posts()));
  }

  /** The same without posts between places that are not the kernel's operands. */
  static void plan(KernelPlan plan, Spec.Conv s, WeightMaking making, Place in, Place out) {
    plan(plan, s, making, new Ends(in, List.of(), out));
  }

  private static void plan(KernelPlan plan, Spec.Conv s, WeightMaking making, Ends ends) {
    new Convolution(
            plan,
            false,
            s.src(),
            s.dst(),
            s.window(),
            s.groups(),
            s.weights(),
            s.bias(),
            s.posts(),
            making,
            ends)
        .build();
  }

  static void plan(KernelPlan plan, Spec.ConvTranspose s) {
    new Convolution(
            plan,
            true,
            s.src(),
            s.dst(),
            s.window(),
            s.groups(),
            s.weights(),
            s.bias(),
            s.posts(),
            WeightMaking.AS_IS,
            Ends.operands(plan, s.src(), s.dst(), s.posts()))
        .build();
  }

  private void build() {
    if (dst.span() == 0) {
      return;
    }
    Found found = choose();
    var arguments = new ArrayList<>(found.posts.arguments(plan));
    arguments.add(weights(found.primitiveDesc));
    if (bias != null) {
      arguments.add(new PrimitiveStage.Argument(Dnnl.ARG_BIAS, found.bias, plan.constant(bias)));
    }
    boolean rounds = factors == Dnnl.BF16;
    plan.addOnDense(
        found.primitiveDesc,
        rounds ? Maps.dense(src) : src,
        found.src,
        rounds ? plan.rounded(src.places(), src.c(), src.pitch(), srcPlace) : srcPlace,
        dst,
        found.dst,
        dstPlace,
        arguments);
    RestOfPosts.plan(plan, posts, found.fused, dst, adds, dstPlace);
  }

  /**
   * With as many posts as it can do, unless that has no fast implementation and the bare one has.
   */
  private Found choose() {
    int fusable = PostOps.fusable(posts);
    Optional<Found> fused = describe(fusable);
    if (fusable == 0 || (fused.isPresent() && !isSlow(fused.get()))) {
      return fused.orElseThrow(() -> plan.unsupported("no implementation"));
    }
    Optional<Found> bare = describe(0);
    return bare.filter(b -> !isSlow(b))
        .or(() -> fused)
        .or(() -> bare)
        .orElseThrow(() -> plan.unsupported("no implementation"));
  }

  /** The reference implementations are orders of magnitude slower than the others. */
  private boolean isSlow(Found found) {
    return plan.scope().implementation(found.primitiveDesc).contains("ref");
  }

  private Optional<Found> describe(int fused) {
    DnnlScope scope = plan.scope();
    MapShape from = Maps.dense(src);
    long srcDesc = plan.scope().desc(factors, Maps.dims(from, rank), Maps.strides(from, rank));
    long dstDesc = desc(Maps.dense(dst));
    long biasDesc = bias == null ? 0 : scope.descVector(dst.c());
    var ops = new PostOps(scope);
    ops.apply(posts.subList(0, fused), Maps.dense(dst), dstDesc, adds);
    OptionalLong description = describe(srcDesc, biasDesc, dstDesc, ops.attr());
    return description.isPresent()
        ? Optional.of(new Found(description.getAsLong(), fused, srcDesc, dstDesc, biasDesc, ops))
        : Optional.empty();
  }

  private OptionalLong describe(long srcDesc, long biasDesc, long dstDesc, long attr) {
    long weightsDesc = plan.scope().descAny(factors, weightDims());
    long engine = plan.device().engine();
    try (var arena = Arena.ofConfined()) {
      MemorySegment strides = DnnlScope.longs(arena, Maps.axes(window.stride(), rank));
      MemorySegment gaps = DnnlScope.longs(arena, Maps.gaps(window.dilation(), rank));
      MemorySegment begin = DnnlScope.longs(arena, Maps.axes(window.padBegin(), rank));
      MemorySegment end = DnnlScope.longs(arena, Maps.axes(window.padEnd(), rank));
      return transposed
          ? plan.describe(
              "deconvolution_forward_primitive_desc_create",
              out ->
                  Dnnl.Operation.deconvolution(
                      out,
                      engine,
                      srcDesc,
                      weightsDesc,
                      biasDesc,
                      dstDesc,
                      strides,
                      gaps,
                      begin,
                      end,
                      attr))
          : plan.describe(
              "convolution_forward_primitive_desc_create",
              out ->
                  Dnnl.Operation.convolution(
                      out,
                      engine,
                      srcDesc,
                      weightsDesc,
                      biasDesc,
                      dstDesc,
                      strides,
                      gaps,
                      begin,
                      end,
                      attr));
    }
  }

  private long desc(MapShape m) {
    return plan.scope().desc(Maps.dims(m, rank), Maps.strides(m, rank));
  }

  private PrimitiveStage.Argument weights(long primitiveDesc) {
    long from = plan.scope().desc(weightDims(), weightStrides());
    long to = Dnnl.queryDesc(primitiveDesc, Dnnl.QUERY_WEIGHTS, 0);
    Place packed =
        making.equals(WeightMaking.AS_IS)
            ? plan.packed(weights, from, to)
            : plan.packed(weights, making, from, to);
    return new PrimitiveStage.Argument(Dnnl.ARG_WEIGHTS, to, packed);
  }

  /** oneDNN's order: groups where there are several, outputs, inputs, taps. */
  private long[] weightDims() {
    return join(groups, dst.c() / groups, src.c() / groups, Maps.axes(window.kernel(), rank));
  }

  /** Where ONNX puts them: outputs before inputs, and the reverse for the transposed. */
  private long[] weightStrides() {
    long outputs = dst.c() / groups;
    long inputs = src.c() / groups;
    long[] kernel = Maps.axes(window.kernel(), rank);
    long[] tapStrides = Maps.rowMajor(kernel);
    long taps = tapStrides[0] * kernel[0];
    return transposed
        ? join(outputs * inputs * taps, taps, outputs * taps, tapStrides)
        : join(outputs * inputs * taps, inputs * taps, taps, tapStrides);
  }

  private long[] join(long group, long output, long input, long[] taps) {
    long[] head = groups == 1 ? new long[] {output, input} : new long[] {group, output, input};
    long[] all = Arrays.copyOf(head, head.length + taps.length);
    System.arraycopy(taps, 0, all, head.length, taps.length);
    return all;
  }
}
