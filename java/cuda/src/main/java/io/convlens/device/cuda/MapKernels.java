package io.convlens.device.cuda;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;

/** Operations on each place of a map, by our kernels. */
final class MapKernels {
  private MapKernels() {}

  static void plan(KernelPlan plan, Spec.ChannelAffine s) {
    Place src = plan.operand(s.src().span());
    PostChain posts = PostChain.of(plan, s.posts(), s.dst().places(), s.dst().c());
    Place dst = plan.operand(s.dst().span());
    Place scale = plan.constant(s.scale());
    Place shift = plan.constant(s.shift());
    affine(plan, s.src(), src, scale, shift, s.dst(), dst, posts);
  }

  static void plan(KernelPlan plan, Spec.Pointwise s) {
    Place src = plan.operand(s.src().span());
    Place dst = plan.operand(s.dst().span());
    affine(plan, s.src(), src, Place.NONE, Place.NONE, s.dst(), dst, PostChain.of(s.functions()));
  }

  /** The steps of a chain that an operation had no room for, in place on its output. */
  static void rest(KernelPlan plan, PostChain rest, MapShape map, Place dst) {
    if (!rest.isEmpty()) {
      affine(plan, map, dst, Place.NONE, Place.NONE, map, dst, rest);
    }
  }

  /** dst = posts(scale·src + shift): either may be {@link Place#NONE}. */
  static void affine(
      KernelPlan plan,
      MapShape srcMap,
      Place src,
      Place scale,
      Place shift,
      MapShape dstMap,
      Place dst,
      PostChain posts) {
    if (dstMap.span() == 0) {
      return;
    }
    PostChain first = posts.first();
    plan.add(
        Operation.AFFINE,
        o ->
            first.into(
                new Words()
                    .put(src.in(o), scale.in(o), shift.in(o), dst.in(o))
                    .put(dstMap.places(), dstMap.c(), srcMap.pitch(), dstMap.pitch()),
                o));
    rest(plan, posts.rest(), dstMap, dst);
  }

  static void plan(KernelPlan plan, Spec.Lrn s) {
    Place src = plan.operand(s.src().span());
    Place dst = plan.operand(s.dst().span());
    if (s.dst().span() == 0) {
      return;
    }
    plan.add(
        Operation.LRN,
        o ->
            new Words()
                .put(src.in(o), dst.in(o), s.src().places(), s.src().c())
                .put(s.src().pitch(), s.dst().pitch(), s.size())
                .real(s.alpha())
                .real(s.beta())
                .real(s.bias()));
  }

  static void plan(KernelPlan plan, Spec.GroupNorm s) {
    Place src = plan.operand(s.src().span());
    Place dst = plan.operand(s.dst().span());
    Place scale = plan.constant(s.scale());
    Place shift = plan.constant(s.shift());
    MapShape map = s.src();
    if (map.span() == 0) {
      return;
    }
    plan.add(
        Operation.GROUP_NORM,
        o ->
            new Words()
                .put(src.in(o), scale.in(o), shift.in(o), dst.in(o))
                .put(map.n(), map.places() / map.n(), map.c(), map.pitch(), s.dst().pitch())
                .put(s.groups())
                .real(s.epsilon()));
  }

  static void plan(KernelPlan plan, Spec.MapFigures s) {
    Place src = plan.operand(s.src().span());
    Place dst = plan.operand((long) s.src().n() * s.figures().count() * s.src().c());
    plan.add(
        Operation.MAP_FIGURES,
        o -> new Words().put(src.in(o), dst.in(o)).map(s.src()).put(s.figures().count()));
  }

  static void plan(KernelPlan plan, Spec.MapRank s) {
    Place src = plan.operand(s.src().span());
    Place dst = plan.operand((long) s.src().n() * Spec.MapRank.COUNT * s.src().c());
    long magnitudes = s.of() == Spec.RankOf.MAGNITUDES ? 1 : 0;
    plan.add(
        Operation.MAP_RANK,
        o -> new Words().put(src.in(o), dst.in(o)).map(s.src()).put(s.rank(), magnitudes));
  }
}
