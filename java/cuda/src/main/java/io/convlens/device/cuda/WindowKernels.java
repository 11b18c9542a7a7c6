package io.convlens.device.cuda;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Spec.Post;
import io.convlens.device.Window3;
import io.convlens.graph.Node;
import io.convlens.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Convolutions and pooling by our kernels. */
final class WindowKernels {
  /** Rows of weights begin at multiples of four floats, which a kernel loads as one. */
  private static final long VECTOR = 4;

  private WindowKernels() {}

  /** What both convolutions have. */
  private record Convolution(
      MapShape src,
      MapShape dst,
      Window3 window,
      int groups,
      @Nullable Tensor bias,
      List<Post> posts,
      boolean transposed) {
    int taps() {
      Window3.Axes k = window.kernel();
      return k.d() * k.h() * k.w();
    }

    long weightPitch() {
      return Math.ceilDiv((long) dst.c(), VECTOR) * VECTOR;
    }
  }

  static void plan(KernelPlan plan, Spec.Conv s) {
    var c = new Convolution(s.src(), s.dst(), s.window(), s.groups(), s.bias(), s.posts(), false);
    plan(plan, c, s.weights(), ofConv(c));
  }

  static void plan(KernelPlan plan, Spec.ConvTranspose s) {
    var c = new Convolution(s.src(), s.dst(), s.window(), s.groups(), s.bias(), s.posts(), true);
    plan(plan, c, s.weights(), ofTransposed(c));
  }

  /** From {@code [M, C/groups, taps]} to {@code [taps][C/groups][M]}. */
  private static Arrangement ofConv(Convolution c) {
    long taps = c.taps();
    long inputs = c.src().c() / c.groups();
    return new Arrangement(
        List.of(taps, inputs, (long) c.dst().c()),
        List.of(1L, taps, taps * inputs),
        List.of(inputs * c.weightPitch(), c.weightPitch(), 1L),
        taps * inputs * c.weightPitch());
  }

  /**
   * From {@code [groups, C/groups, M/groups, taps]} to {@code [taps][C/groups][groups, M/groups]}.
   */
  private static Arrangement ofTransposed(Convolution c) {
    long taps = c.taps();
    long inputs = c.src().c() / c.groups();
    long outputs = c.dst().c() / c.groups();
    return new Arrangement(
        List.of(taps, inputs, (long) c.groups(), outputs),
        List.of(1L, outputs * taps, inputs * outputs * taps, taps),
        List.of(inputs * c.weightPitch(), c.weightPitch(), outputs, 1L),
        taps * inputs * c.weightPitch());
  }

  private static void plan(
      KernelPlan plan, Convolution c, Tensor weights, Arrangement arrangement) {
    Place src = plan.operand(c.src().span());
    PostChain posts = PostChain.of(plan, c.posts(), c.dst().places(), c.dst().c());
    Place dst = plan.operand(c.dst().span());
    if (c.dst().span() == 0) {
      return;
    }
    Place arranged = plan.constant(weights, arrangement);
    Place bias = plan.constant(c.bias());
    PostChain first = posts.first();
    plan.add(
        Operation.CONV,
        o ->
            first.into(
                new Words()
                    .put(src.in(o), arranged.in(o), bias.in(o), dst.in(o))
                    .map(c.src())
                    .map(c.dst())
                    .window(c.window())
                    .put(c.groups(), c.weightPitch(), c.transposed() ? 1 : 0, 0),
                o));
    MapKernels.rest(plan, posts.rest(), c.dst(), dst);
  }

  static void plan(KernelPlan plan, Spec.Pool s) {
    Place src = plan.operand(s.src().span());
    Place dst = plan.operand(s.dst().span());
    if (s.dst().span() == 0) {
      return;
    }
    plan.add(
        Operation.POOL,
        o ->
            new Words()
                .put(src.in(o), dst.in(o))
                .map(s.src())
                .map(s.dst())
                .window(s.window())
                .axes(s.filePadEnd())
                .put(code(s.kind()), s.p()));
  }

  /** The kernels' number for a kind of pooling. */
  static int code(Node.PoolKind kind) {
    return switch (kind) {
      case MAX -> 0;
      case AVERAGE -> 1;
      case AVERAGE_WITH_PADDING -> 2;
      case LP -> 3;
    };
  }
}
