package io.convlens.selftest;

import io.convlens.device.Spec;
import java.util.List;
import java.util.function.Supplier;

/** What t-SNE is made of. */
final class EmbeddingShapes {
  private static final String SOURCE = "t-SNE";
  private static final int POINTS = 300;
  private static final int DIMENSIONS = 7;
  private static final int K = 20;

  private EmbeddingShapes() {}

  static List<Supplier<Trial>> all() {
    return List.of(
        EmbeddingShapes::neighbours,
        EmbeddingShapes::repulsion,
        EmbeddingShapes::attraction,
        EmbeddingShapes::descent);
  }

  private static Trial neighbours() {
    int rows = POINTS / 3;
    var spec = new Spec.Neighbours(POINTS, DIMENSIONS, rows, rows, K);
    return trial("neighbours", spec, List.of((long) DIMENSIONS * POINTS, 2L * rows * K));
  }

  private static Trial repulsion() {
    return trial("repulsion", new Spec.Repulsion(POINTS), List.of(2L * POINTS, 3L * POINTS));
  }

  /** Each with those that follow it, the last ones with none. */
  private static Trial attraction() {
    int rows = POINTS - K;
    int[] starts = new int[POINTS + 1];
    int[] others = new int[rows * K];
    float[] values = new float[others.length];
    for (int i = 0; i < POINTS; i++) {
      starts[i + 1] = Math.min(i + 1, rows) * K;
    }
    for (int e = 0; e < others.length; e++) {
      others[e] = e / K + 1 + e % K;
      values[e] = 1f / (1 + e % K);
    }
    return trial(
        "attraction",
        new Spec.Attraction(starts, others, values),
        List.of(2L * POINTS, 2L * POINTS));
  }

  private static Trial descent() {
    var spec = new Spec.Descent(POINTS, 12, 0.5f, 0.25f, 0.5f, 3);
    return trial("descent", spec, List.of(6L * POINTS, 2L * POINTS, 3L * POINTS, 6L * POINTS));
  }

  /** Positive operands: a sum of q is no small number. */
  private static Trial trial(String operation, Spec spec, List<Long> sizes) {
    return new Trial(operation, SOURCE, spec, sizes, true, List.of());
  }
}
