package io.convlens.evaluation;

import io.convlens.network.Predictions;
import io.convlens.network.ScoreKind;
import io.convlens.network.SizedNetwork;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;

/** A class's scores for changed copies of a picture, many copies a pass. */
final class Scores {
  /** Copies a pass: what the network makes of them goes in smaller batches where it needs to. */
  private static final int AT_ONCE = 64;

  /** How a copy differs from the picture. */
  interface Change {
    /**
     * Changes a copy.
     *
     * @param copy which one
     * @param input the picture's numbers, to be changed
     */
    void make(int copy, float[] input);
  }

  private final SizedNetwork network;
  private final Shape one;

  Scores(SizedNetwork network) {
    this.network = network;
    this.one = network.graph().input().shape();
  }

  /** The class's scores for so many copies. */
  float[] of(float[] picture, int copies, int target, ScoreKind kind, Change change) {
    float[] scores = new float[copies];
    int rows = Math.min(AT_ONCE, copies);
    try (Tensor inputs = Tensor.zeros(one.with(0, rows))) {
      for (int first = 0; first < copies; first += rows) {
        int count = Math.min(rows, copies - first);
        for (int row = 0; row < count; row++) {
          float[] input = picture.clone();
          change.make(first + row, input);
          inputs.copyFrom(input, (long) row * input.length);
        }
        Predictions said = network.predict(inputs);
        for (int row = 0; row < count; row++) {
          scores[first + row] = said.score(row, target, kind);
        }
      }
    }
    return scores;
  }
}
