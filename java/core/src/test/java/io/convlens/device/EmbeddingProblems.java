package io.convlens.device;

/** Random problems of what t-SNE is made of. */
final class EmbeddingProblems {
  private EmbeddingProblems() {}

  static Spec neighbours(Draws draws) {
    int points = draws.oneIn(4) ? draws.of(200, 500) : draws.of(2, 80);
    int first = draws.of(0, points - 1);
    return new Spec.Neighbours(
        points,
        draws.oneIn(3) ? draws.of(17, 40) : draws.of(1, 6),
        first,
        draws.of(1, Math.min(70, points - first)),
        draws.oneIn(4) ? points - 1 : draws.of(1, points - 1));
  }

  /** Now and then so many that a device takes them in several parts. */
  private static int points(Draws draws) {
    return draws.oneIn(4) ? draws.of(250, 700) : draws.of(1, 70);
  }

  static Spec repulsion(Draws draws) {
    return new Spec.Repulsion(points(draws));
  }

  static Spec attraction(Draws draws) {
    int points = points(draws);
    int[] starts = new int[points + 1];
    for (int i = 0; i < points; i++) {
      int most = draws.oneIn(5) ? 0 : draws.oneIn(5) ? 150 : 10;
      starts[i + 1] = starts[i] + draws.of(0, most);
    }
    int[] others = new int[starts[points]];
    float[] values = draws.values(others.length);
    for (int e = 0; e < others.length; e++) {
      others[e] = draws.of(0, points - 1);
      values[e] = Math.abs(values[e]);
    }
    return new Spec.Attraction(starts, others, values);
  }

  static Spec descent(Draws draws) {
    return new Spec.Descent(points(draws), draws.oneIn(2) ? 12 : 1, 0.5f, 0.25f, 0.5f, 3);
  }

  /** Exact distances, many of them equal; sums of q as such sums are. */
  static void tame(Spec spec, float[][] operands) {
    if (spec instanceof Spec.Neighbours) {
      for (int i = 0; i < operands[0].length; i++) {
        operands[0][i] = Math.round(operands[0][i]);
      }
    }
    if (spec instanceof Spec.Descent s) {
      for (int i = 2 * s.points(); i < operands[2].length; i++) {
        operands[2][i] = Math.abs(operands[2][i]) + 0.1f;
      }
    }
  }
}
