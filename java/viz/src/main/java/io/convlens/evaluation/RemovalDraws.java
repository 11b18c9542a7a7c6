package io.convlens.evaluation;

import io.convlens.network.ScoreKind;
import java.util.SplittableRandom;

/** Draws sets of pixels, takes each from a picture and looks at the class's logit. */
final class RemovalDraws {
  /** A square's side is at most this part of the picture's shorter side. */
  private static final double LARGEST_SQUARE = 0.25;

  private final Places places;
  private final Scores scores;
  private final float[] filled;

  /**
   * For pictures of one size.
   *
   * @param filled what absent pixels are replaced by, as an input
   */
  RemovalDraws(Places places, Scores scores, float[] filled) {
    this.places = places;
    this.scores = scores;
    this.filled = filled;
  }

  /** Sets of {@code size} places anywhere, as sensitivity-n asks. */
  Removals scattered(float[] picture, int target, int size, int sets, long seed) {
    var random = new SplittableRandom(seed);
    int[] places = new int[this.places.count()];
    for (int i = 0; i < places.length; i++) {
      places[i] = i;
    }
    int[][] drawn = new int[sets][size];
    for (int[] set : drawn) {
      for (int i = 0; i < size; i++) {
        int other = i + random.nextInt(places.length - i);
        int swapped = places[other];
        places[other] = places[i];
        places[i] = swapped;
        set[i] = swapped;
      }
    }
    return asked(picture, target, drawn);
  }

  /** Squares of any side up to a quarter of the picture's, as Yeh et al.'s square removal. */
  Removals squares(float[] picture, int target, int sets, long seed) {
    var random = new SplittableRandom(seed);
    int shorter = Math.min(places.height(), places.width());
    int largest = Math.max(1, (int) (LARGEST_SQUARE * shorter));
    int[][] drawn = new int[sets][];
    for (int i = 0; i < sets; i++) {
      int side = 1 + random.nextInt(largest);
      int top = random.nextInt(places.height() - side + 1);
      int left = random.nextInt(places.width() - side + 1);
      drawn[i] = new int[side * side];
      for (int k = 0; k < side * side; k++) {
        drawn[i][k] = (top + k / side) * places.width() + left + k % side;
      }
    }
    return asked(picture, target, drawn);
  }

  private Removals asked(float[] picture, int target, int[][] sets) {
    // The last copy is the picture itself: one batch gives both ends of each difference.
    float[] left =
        scores.of(
            picture,
            sets.length + 1,
            target,
            ScoreKind.LOGIT,
            (copy, x) -> {
              if (copy < sets.length) {
                for (int place : sets[copy]) {
                  places.copy(place, filled, x);
                }
              }
            });
    double[] drops = new double[sets.length];
    for (int i = 0; i < drops.length; i++) {
      drops[i] = (double) left[sets.length] - left[i];
    }
    return new Removals(sets, drops);
  }
}
