package io.convlens.device;

import io.convlens.tensor.Tensor;
import java.util.List;

/** Random problems of every operation, named by kind. */
final class SpecProblems {
  private SpecProblems() {}

  static Spec draw(String kind, Draws draws) {
    return switch (kind) {
      case "conv" -> WindowProblems.conv(draws, false);
      case "conv3x3" -> WindowProblems.conv3x3(draws);
      case "deconv3x3" -> WindowProblems.deconv3x3(draws);
      case "deconvphases" -> WindowProblems.deconvPhases(draws);
      case "deconv" -> WindowProblems.conv(draws, true);
      case "pool" -> WindowProblems.pool(draws);
      case "matmul" -> matMul(draws);
      case "lrn" -> lrn(draws);
      case "affine" -> affine(draws);
      case "groupnorm" -> groupNorm(draws);
      case "layernorm" -> layerNorm(draws);
      case "pointwise" -> pointwise(draws);
      case "broadcast" -> ArrayProblems.broadcast(draws);
      case "copy" -> ArrayProblems.copy(draws);
      case "interpolate" -> ArrayProblems.interpolate(draws);
      case "softmax" -> softmax(draws);
      case "reduce" -> ArrayProblems.reduce(draws);
      case "figures" -> figures(draws);
      case "rank" -> rank(draws);
      case "neighbours" -> EmbeddingProblems.neighbours(draws);
      case "repulsion" -> EmbeddingProblems.repulsion(draws);
      case "attraction" -> EmbeddingProblems.attraction(draws);
      case "descent" -> EmbeddingProblems.descent(draws);
      case "patches" -> ChangeProblems.patches(draws);
      case "windows" -> ChangeProblems.windows(draws);
      case "poolwindows" -> ChangeProblems.pool(draws);
      case "actgrad" -> ArrayProblems.activationGradient(draws);
      case "poolgrad" -> WindowProblems.poolGradient(draws);
      default -> throw new IllegalArgumentException(kind);
    };
  }

  private static Spec matMul(Draws draws) {
    boolean constant = draws.oneIn(2);
    boolean plain = constant && draws.oneIn(2);
    int batch = constant ? 1 : draws.of(1, 4);
    int shared = draws.of(0, 2);
    int rows = draws.of(1, 20);
    int inner = draws.of(1, 70);
    int columns = draws.of(1, 70);
    return new Spec.MatMul(
        batch,
        shared == 0 ? 1 : batch,
        shared == 1 ? 1 : batch,
        rows,
        inner,
        columns,
        draws.oneIn(2) ? 1 : draws.random().nextFloat(),
        constant ? weights(draws, plain, inner, columns) : null,
        plain,
        draws.oneIn(2) ? draws.tensor(1, columns) : null,
        draws.posts(MapShape.dense(batch, 1, 1, rows, columns)));
  }

  private static Tensor weights(Draws draws, boolean plain, int inner, int columns) {
    double scale = 1 / Math.sqrt(inner);
    return plain ? draws.tensor(scale, inner, columns) : draws.tensor(scale, columns, inner);
  }

  private static Spec lrn(Draws draws) {
    MapShape src = draws.map();
    return new Spec.Lrn(
        src,
        draws.repitched(src),
        draws.of(1, 9),
        draws.random().nextFloat(),
        draws.oneIn(2) ? 0.75f : 0.1f + draws.random().nextFloat(),
        0.5f + draws.random().nextFloat());
  }

  private static Spec affine(Draws draws) {
    MapShape src = draws.map();
    MapShape dst = draws.repitched(src);
    return new Spec.ChannelAffine(
        src, dst, draws.tensor(1, src.c()), draws.tensor(1, src.c()), draws.posts(dst));
  }

  private static Spec groupNorm(Draws draws) {
    MapShape some = draws.map();
    int groups = draws.of(1, 8);
    int c = groups * draws.of(1, 12);
    MapShape src = draws.map(some.n(), some.d(), some.h(), some.w(), c);
    return new Spec.GroupNorm(
        src,
        draws.repitched(src),
        draws.oneIn(4) ? c : groups,
        1e-3f + draws.random().nextFloat(),
        draws.tensor(1, c),
        draws.tensor(1, c));
  }

  private static Spec layerNorm(Draws draws) {
    int columns = draws.oneIn(8) ? draws.of(1000, 3000) : draws.of(1, 200);
    return new Spec.LayerNorm(
        draws.of(1, 20),
        columns,
        1e-3f + draws.random().nextFloat(),
        draws.tensor(1, columns),
        draws.oneIn(3) ? null : draws.tensor(1, columns));
  }

  private static Spec figures(Draws draws) {
    return new Spec.MapFigures(places(draws), draws.among(List.of(Spec.Figures.values())));
  }

  private static Spec rank(Draws draws) {
    MapShape src = places(draws);
    int places = src.d() * src.h() * src.w();
    return new Spec.MapRank(
        src,
        draws.among(List.of(Spec.RankOf.values())),
        draws.oneIn(4) ? (draws.oneIn(2) ? 0 : places - 1) : draws.of(0, places - 1));
  }

  /** Now and then so many places, or channels, that a device takes them in several parts. */
  private static MapShape places(Draws draws) {
    if (draws.oneIn(6)) {
      return draws.map(draws.of(1, 2), 1, draws.of(20, 60), draws.of(20, 60), draws.of(1, 40));
    }
    return draws.oneIn(6)
        ? draws.map(draws.of(1, 3), 1, 1, draws.of(1, 4), draws.of(500, 3000))
        : draws.map();
  }

  private static Spec pointwise(Draws draws) {
    MapShape src = draws.map();
    return new Spec.Pointwise(
        src,
        draws.repitched(src),
        draws.oneIn(2) ? draws.activations() : List.of(draws.anyActivation()));
  }

  private static Spec softmax(Draws draws) {
    return new Spec.Softmax(
        draws.of(1, 5),
        draws.oneIn(8) ? draws.of(1000, 2000) : draws.of(1, 40),
        draws.oneIn(2) ? 1 : draws.of(1, 20),
        draws.oneIn(2));
  }
}
