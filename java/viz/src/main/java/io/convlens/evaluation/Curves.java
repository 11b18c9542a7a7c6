package io.convlens.evaluation;

import io.convlens.network.ScoreKind;

/**
 * Deletion and insertion as in RISE (Petsiuk et al. 2018): pixels, all channels at once, in the
 * order of a map, go from a picture to the fill, or come back into a blurred picture. The score is
 * the class's probability.
 *
 * <p>As RISE's code: equal numbers of pixels a step, the area by trapezoids, the untouched start
 * counted. Other than there: the number of steps is given instead of a step of one row's pixels,
 * and the blur is normalised at the picture's edges, where zeros come in there. Xplique's Deletion
 * and Insertion take the fill for both starts and any score; its area is by trapezoids too.
 */
final class Curves {
  private final Places places;
  private final Scores scores;
  private final int steps;

  Curves(Places places, Scores scores, int steps) {
    this.places = places;
    this.scores = scores;
    this.steps = steps;
  }

  /**
   * The scores while pixels change from one picture to another.
   *
   * @param order places, the first to change first
   */
  Curve curve(float[] from, float[] to, int[] order, int target) {
    return new Curve(
        scores.of(
            from,
            steps + 1,
            target,
            ScoreKind.PROBABILITY,
            (step, x) -> {
              int changed = (int) ((long) step * order.length / steps);
              for (int i = 0; i < changed; i++) {
                places.copy(order[i], to, x);
              }
            }));
  }
}
