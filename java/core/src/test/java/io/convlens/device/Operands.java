package io.convlens.device;

import io.convlens.device.Spec.Post;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** How many elements each operand of an operation has. */
final class Operands {
  private Operands() {}

  static List<Long> sizes(Spec spec) {
    return switch (spec) {
      case Spec.Conv s -> maps(s.src(), s.posts(), s.dst());
      case Spec.ConvTranspose s -> maps(s.src(), s.posts(), s.dst());
      case Spec.Pool s -> maps(s.src(), List.of(), s.dst());
      case Spec.Lrn s -> maps(s.src(), List.of(), s.dst());
      case Spec.ChannelAffine s -> maps(s.src(), s.posts(), s.dst());
      case Spec.GroupNorm s -> maps(s.src(), List.of(), s.dst());
      case Spec.Pointwise s -> maps(s.src(), List.of(), s.dst());
      case Spec.LayerNorm s -> List.of(s.rows() * s.columns(), s.rows() * s.columns());
      case Spec.Softmax s ->
          List.of(s.outer() * s.length() * s.inner(), s.outer() * s.length() * s.inner());
      case Spec.Interpolate s ->
          List.of(s.outer() * s.length() * s.inner(), s.outer() * s.indices().size() * s.inner());
      case Spec.MatMul s -> matMul(s);
      case Spec.Broadcast s ->
          List.of(
              span(s.dims(), s.strideA()),
              span(s.dims(), s.strideB()),
              span(s.dims(), s.strideDst()));
      case Spec.Copy s -> List.of(picked(s), span(s.dims(), s.strideDst()));
      case Spec.ActivationGradient s ->
          List.of(
              span(s.dims(), s.strideGradient()),
              span(s.dims(), s.strideX()),
              span(s.dims(), s.strideDst()));
      case Spec.PoolGradient s -> List.of(s.gradient().span(), s.x().span(), s.dst().span());
      case Spec.Reduce s -> List.of(span(s.dims(), s.strideSrc()), span(s.dims(), s.strideDst()));
      case Spec.MapFigures s ->
          List.of(s.src().span(), (long) s.src().n() * s.figures().count() * s.src().c());
      case Spec.MapRank s ->
          List.of(s.src().span(), (long) s.src().n() * Spec.MapRank.COUNT * s.src().c());
      case Spec.Neighbours s -> List.of((long) s.dimensions() * s.points(), 2L * s.rows() * s.k());
      case Spec.Repulsion s -> List.of(2L * s.points(), 3L * s.points());
      case Spec.Attraction s -> List.of(2L * s.points(), 2L * s.points());
      case Spec.Descent s ->
          List.of(6L * s.points(), 2L * s.points(), 3L * s.points(), 6L * s.points());
      case Spec.Patches s -> List.of(s.picture().span(), s.dst().span());
      case Spec.Windows s -> windows(s);
      case Spec.PoolWindows s ->
          List.of(s.src().span(), s.base().span(), s.pooled().span(), s.dst().span());
    };
  }

  private static List<Long> matMul(Spec.MatMul s) {
    var all = new ArrayList<Long>();
    all.add((long) s.batchA() * s.rows() * s.inner());
    if (s.weights() == null) {
      all.add((long) s.batchB() * s.inner() * s.columns());
    }
    MapShape dst = MapShape.dense(s.batch(), 1, 1, s.rows(), s.columns());
    List<Long> rest = maps(dst, s.posts(), dst);
    all.addAll(rest.subList(1, rest.size()));
    return all;
  }

  private static List<Long> windows(Spec.Windows s) {
    var all = new ArrayList<Long>();
    s.sources().forEach(source -> all.add(source.map().span()));
    if (s.result() != Spec.Windowed.CHANGE) {
      all.add(s.map().span());
    }
    all.add(s.dst().span());
    return all;
  }

  private static List<Long> maps(MapShape src, List<Post> posts, MapShape dst) {
    var all = new ArrayList<Long>();
    all.add(src.span());
    for (Post p : posts) {
      if (p instanceof Post.Add(int pitch)) {
        all.add(new MapShape(dst.n(), dst.d(), dst.h(), dst.w(), dst.c(), pitch).span());
      }
    }
    all.add(dst.span());
    return all;
  }

  private static long span(List<Long> dims, List<Long> strides) {
    long last = 0;
    for (int i = 0; i < dims.size(); i++) {
      if (dims.get(i) == 0) {
        return 0;
      }
      last += (dims.get(i) - 1) * strides.get(i);
    }
    return last + 1;
  }

  /** The elements of a copy's source from the first to the last that is read. */
  private static long picked(Spec.Copy s) {
    var extents = new ArrayList<Long>();
    for (int i = 0; i < s.dims().size(); i++) {
      int[] map = s.maps().get(i);
      extents.add(map == null ? s.dims().get(i) : Arrays.stream(map).max().orElse(-1) + 1L);
    }
    return span(extents, s.strideSrc());
  }
}
