package io.convlens.synthesis;

/** Steps downhill of about the same length for every number (Kingma and Ba 2015). */
final class Adam {
  /**
   * How much of the mean gradient and of the mean square is kept in a step: the authors' values.
   */
  private static final double KEPT = 0.9;

  private static final double SQUARES_KEPT = 0.999;

  /** Keeps numbers without a gradient where they are; far below any gradient that matters. */
  private static final double STILL = 1e-12;

  private final double[] means;
  private final double[] squares;
  private double lostMean = 1;
  private double lostSquare = 1;

  Adam(int size) {
    this.means = new double[size];
    this.squares = new double[size];
  }

  /**
   * A step.
   *
   * @param numbers to change
   * @param rate about how far
   */
  void step(float[] numbers, float[] gradient, double rate) {
    lostMean *= KEPT;
    lostSquare *= SQUARES_KEPT;
    for (int i = 0; i < numbers.length; i++) {
      double g = gradient[i];
      means[i] = KEPT * means[i] + (1 - KEPT) * g;
      squares[i] = SQUARES_KEPT * squares[i] + (1 - SQUARES_KEPT) * g * g;
      double mean = means[i] / (1 - lostMean);
      double size = Math.sqrt(squares[i] / (1 - lostSquare));
      numbers[i] = (float) (numbers[i] - rate * mean / (size + STILL));
    }
  }
}
