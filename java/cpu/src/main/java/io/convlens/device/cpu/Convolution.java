package io.convlens.device.cpu;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Spec.Post;
import io.convlens.device.Window3;
import io.convlens.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Convolution and transposed convolution by oneDNN. Where its fast implementations don't take a
 * map's pitch or the posts, maps are copied to dense scratch memory and posts run afterwards.
 */
final class Convolution {
  /** How a convolution may be put to oneDNN, the cheapest first. */
  private enum Way {
    AS_IS(false, true),
    DENSE(true, true),
    WITHOUT_POSTS(false, false),
    DENSE_WITHOUT_POSTS(true, false);

    final boolean dense;
    final boolean fused;

    Way(boolean dense, boolean fused) {
      this.dense = dense;
      this.fused = fused;
    }
  }

  /** A description that oneDNN gave, with what it was made from. */
  private record Found(
      long primitiveDesc, Way way, int fused, long src, long dst, long bias, PostOps posts) {}

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
  private final Place srcPlace;
  private final List<Place> adds = new ArrayList<>();
  private final Place dstPlace;

  private Convolution(
      KernelPlan plan,
      boolean transposed,
      MapShape src,
      MapShape dst,
      Window3 window,
      int groups,
      Tensor weights,
      @Nullable Tensor bias,
      List<Post> posts) {
    this.plan = plan;
    this.transposed = transposed;
    this.src = src;
    this.dst = dst;
    this.window = window;
    this.groups = groups;
    this.weights = weights;
    this.bias = bias;
    this.posts = posts;
    this.rank = Maps.spatialRank(src, dst, window);
    this.srcPlace = plan.operand(src.span());
    for (Post p : posts) {
      if (p instanceof Post.Add(int pitch)) {
        adds.add(plan.operand(withPitch(dst, pitch).span()));
      }
    }
    this.dstPlace = plan.operand(dst.span());
  }

  static void plan(KernelPlan plan, Spec.Conv s) {
    new Convolution(
            plan, false, s.src(), s.dst(), s.window(), s.groups(), s.weights(), s.bias(), s.posts())
        .build();
  }

  static void plan(KernelPlan plan, Spec.ConvTranspose s) {
    new Convolution(
            plan, true, s.src(), s.dst(), s.window(), s.groups(), s.weights(), s.bias(), s.posts())
        .build();
  }

  private static MapShape withPitch(MapShape m, int pitch) {
    return new MapShape(m.n(), m.d(), m.h(), m.w(), m.c(), pitch);
  }

  private static MapShape dense(MapShape m) {
    return withPitch(m, m.c());
  }

  private void build() {
    if (dst.span() == 0) {
      return;
    }
    Found found = choose();
    Place in = found.way.dense ? stagedIn(src, srcPlace) : srcPlace;
    boolean stageOut = found.way.dense && !dst.isDense();
    MapShape written = stageOut ? dense(dst) : dst;
    Place out = stageOut ? plan.scratch(written.span() * Float.BYTES) : dstPlace;
    var arguments = new ArrayList<PrimitiveStage.Argument>();
    arguments.add(new PrimitiveStage.Argument(Dnnl.ARG_SRC, found.src, in));
    arguments.add(weights(found.primitiveDesc));
    if (bias != null) {
      arguments.add(new PrimitiveStage.Argument(Dnnl.ARG_BIAS, found.bias, plan.constant(bias)));
    }
    arguments.addAll(found.posts.arguments());
    arguments.add(new PrimitiveStage.Argument(Dnnl.ARG_DST, found.dst, out));
    plan.add(found.primitiveDesc, arguments);
    if (stageOut) {
      plan.addReorder(desc(written), out, desc(dst), dstPlace);
    }
    RestOfPosts.plan(plan, posts, found.fused, dst, adds, dstPlace);
  }

  /** The first way that has a fast implementation, or the first that has one at all. */
  private Found choose() {
    Optional<Found> slow = Optional.empty();
    for (Way way : Way.values()) {
      Optional<Found> found = describe(way);
      if (found.isPresent()) {
        if (!isSlow(plan.scope().implementation(found.get().primitiveDesc))) {
          return found.get();
        }
        slow = slow.or(() -> found);
      }
    }
    return slow.orElseThrow(() -> plan.unsupported("no implementation"));
  }

  /** The reference implementations are orders of magnitude slower than the others. */
  private static boolean isSlow(String implementation) {
    return implementation.contains("ref");
  }

  private Optional<Found> describe(Way way) {
    if (!differs(way)) {
      return Optional.empty();
    }
    int fused = way.fused ? PostOps.fusable(posts) : 0;
    DnnlScope scope = plan.scope();
    long srcDesc = desc(way.dense ? dense(src) : src);
    long dstDesc = desc(way.dense ? dense(dst) : dst);
    long biasDesc = bias == null ? 0 : scope.descVector(dst.c());
    var ops = new PostOps(scope);
    ops.apply(posts.subList(0, fused), dstDesc, adds);
    OptionalLong description = describe(srcDesc, biasDesc, dstDesc, ops.attr());
    return description.isPresent()
        ? Optional.of(
            new Found(description.getAsLong(), way, fused, srcDesc, dstDesc, biasDesc, ops))
        : Optional.empty();
  }

  /** Whether a way is possible, and other than those before it. */
  private boolean differs(Way way) {
    int fusable = PostOps.fusable(posts);
    // A binary post-op's operand is laid out as the destination is.
    int pitch = way.dense ? dst.c() : dst.pitch();
    boolean addsFit =
        IntStream.range(0, fusable)
            .allMatch(i -> !(posts.get(i) instanceof Post.Add(int p)) || p == pitch);
    boolean dense = src.isDense() && dst.isDense();
    return !(way.dense && dense) && (way.fused ? addsFit : fusable > 0);
  }

  private OptionalLong describe(long srcDesc, long biasDesc, long dstDesc, long attr) {
    long weightsDesc = plan.scope().descAny(weightDims());
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

  private Place stagedIn(MapShape map, Place place) {
    if (map.isDense()) {
      return place;
    }
    Place staged = plan.scratch(dense(map).span() * Float.BYTES);
    plan.addReorder(desc(map), place, desc(dense(map)), staged);
    return staged;
  }

  private PrimitiveStage.Argument weights(long primitiveDesc) {
    long from = plan.scope().desc(weightDims(), weightStrides());
    long to = Dnnl.queryDesc(primitiveDesc, Dnnl.QUERY_WEIGHTS, 0);
    return new PrimitiveStage.Argument(Dnnl.ARG_WEIGHTS, to, plan.packed(weights, from, to));
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
