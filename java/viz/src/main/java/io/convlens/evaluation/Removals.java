package io.convlens.evaluation;

/**
 * Sets of pixels that were taken from a picture, and what each took from the score. The same for
 * all maps, so that they are compared on the same questions, and asked once.
 *
 * @param sets places, one set a question
 * @param drops the score of the picture less that without the set
 */
@SuppressWarnings("ArrayRecordComponent") // Large; compared by nobody.
record Removals(int[][] sets, double[] drops) {
  /** What a map says that each set contributes: the sum over its places. */
  double[] predicted(PixelMap shares) {
    double[] sums = new double[sets.length];
    for (int i = 0; i < sums.length; i++) {
      for (int place : sets[i]) {
        sums[i] += shares.values()[place];
      }
    }
    return sums;
  }

  /**
   * Sensitivity-n (Ancona et al. 2018): Pearson's correlation of what is predicted and what
   * happened. As there, features are replaced together and the sets are drawn uniformly among those
   * of one size; other than there, a feature is a pixel with all its channels. Xplique's MuFidelity
   * takes Spearman's over the cells of a grid.
   */
  double correlation(PixelMap shares) {
    return Correlation.pearson(predicted(shares), drops);
  }

  /**
   * Infidelity (Yeh et al. 2019): the mean of (β·predicted − drop)², with the β that makes it
   * least, as a part of the mean of drop²: 0 is perfect, 1 says nothing. The factor β is Captum's
   * {@code normalize}, since maps have units of their own; the division, which neither Captum nor
   * Quantus does, makes pictures comparable.
   */
  double infidelity(PixelMap shares) {
    double[] predicted = predicted(shares);
    double both = 0;
    double squares = 0;
    double all = 0;
    for (int i = 0; i < drops.length; i++) {
      both += predicted[i] * drops[i];
      squares += predicted[i] * predicted[i];
      all += drops[i] * drops[i];
    }
    if (all == 0) {
      return 0;
    }
    double beta = squares > 0 ? both / squares : 0;
    double error = 0;
    for (int i = 0; i < drops.length; i++) {
      double off = beta * predicted[i] - drops[i];
      error += off * off;
    }
    return error / all;
  }
}
