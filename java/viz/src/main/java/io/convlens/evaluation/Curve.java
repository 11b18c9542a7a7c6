package io.convlens.evaluation;

/**
 * A class's probability while a picture is taken apart or put together.
 *
 * @param scores at equal steps from no pixel to all pixels; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by nobody.
public record Curve(float[] scores) {
  /** The area beneath, by trapezoids, of a width of 1: RISE's {@code auc}. */
  public double area() {
    double sum = 0;
    for (float s : scores) {
      sum += s;
    }
    int last = scores.length - 1;
    return (sum - (scores[0] + (double) scores[last]) / 2) / last;
  }
}
