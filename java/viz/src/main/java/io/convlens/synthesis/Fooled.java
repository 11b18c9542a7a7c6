package io.convlens.synthesis;

import io.convlens.network.Predictions;
import io.convlens.tensor.Shape;

/**
 * A picture that was changed so that a network says something else. Its samples are whole levels of
 * 0..255, so that a file of 8 bits holds it as it is.
 *
 * @param shape of the network's input: {@code [1,C,H,W]}, or {@code [1,H,W,C]} where it takes that
 * @param input the changed picture as the network takes it, row-major; not to be changed
 * @param target the wanted class
 * @param before what the network said of the picture
 * @param after what it says of the changed one
 * @param steps how many were taken
 * @param change its size
 */
@SuppressWarnings("ArrayRecordComponent") // Large; compared by nobody; copies would double them.
public record Fooled(
    Shape shape,
    float[] input,
    int target,
    Predictions before,
    Predictions after,
    int steps,
    Size change) {
  /**
   * The size of a change, in levels of 0..255 over all samples.
   *
   * @param l2 the root of the sum of squares
   * @param linf the largest
   * @param mean the mean of the absolute values
   * @param changed the share of samples that changed at all
   */
  public record Size(double l2, double linf, double mean, double changed) {
    static Size of(float[] from, float[] to) {
      double squares = 0;
      double largest = 0;
      double sum = 0;
      int changed = 0;
      for (int i = 0; i < from.length; i++) {
        double off = Math.abs((double) to[i] - from[i]);
        squares += off * off;
        largest = Math.max(largest, off);
        sum += off;
        changed += off > 0 ? 1 : 0;
      }
      return new Size(
          Math.sqrt(squares), largest, sum / from.length, (double) changed / from.length);
    }
  }

  /** Whether the network now takes the picture for the wanted class. */
  public boolean isTaken() {
    return after.best(0) == target;
  }
}
