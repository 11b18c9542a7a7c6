package io.convlens.gradient;

import io.convlens.tensor.Shape;
import java.util.Optional;

/**
 * How a score is shared out for one picture.
 *
 * @param shape {@code [C,H,W]} of the input, of a layer's values, or {@code [1,h,w]} of a Grad-CAM
 * @param values row-major, signed and unscaled; not to be changed
 * @param target the class
 * @param score its score for the picture
 * @param completeness how well the shares add up, for integrated gradients
 */
@SuppressWarnings("ArrayRecordComponent") // Large; compared by nobody; copies would double them.
public record Attribution(
    Shape shape, float[] values, int target, float score, Optional<Completeness> completeness) {

  /**
   * What integrated gradients are to add up to, and how near they come.
   *
   * @param difference the score of the input less that of the baseline
   * @param gap the sum of the attribution less the difference
   * @param steps how many were taken
   */
  public record Completeness(double difference, double gap, int steps) {}
}
