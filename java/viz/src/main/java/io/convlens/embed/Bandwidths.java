package io.convlens.embed;

/**
 * For each point the width of the bell around it that makes its neighbours as many as the
 * perplexity says: p(j|i) = exp(−precision·d²) / sum, with entropy ln(perplexity). Van der Maaten
 * and Hinton, "Visualizing data using t-SNE", 2008, section 2.
 *
 * @param precisions one a point
 * @param sums of exp(−precision·(d² − the least d²)) over its neighbours
 * @param leasts the least d² to another point
 */
@SuppressWarnings("ArrayRecordComponent") // Made here, read here, compared by nobody.
record Bandwidths(double[] precisions, double[] sums, double[] leasts) {
  private static final int STEPS = 200;
  private static final double PRECISE = 1e-6;

  static Bandwidths of(int count) {
    return new Bandwidths(new double[count], new double[count], new double[count]);
  }

  /**
   * Finds one point's.
   *
   * @param distances squared, to the first {@code count} neighbours
   * @param itself the index of the point among them, or −1
   */
  void find(int point, float[] distances, int count, int itself, double perplexity) {
    double least = Double.POSITIVE_INFINITY;
    double mean = 0;
    for (int j = 0; j < count; j++) {
      if (j != itself) {
        least = Math.min(least, distances[j]);
        mean += distances[j] / count;
      }
    }
    double wanted = Math.log(perplexity);
    // Where distances tell nothing apart, any precision does.
    double precision = mean > least ? 1 / (mean - least) : 1;
    double low = 0;
    double high = Double.POSITIVE_INFINITY;
    double sum = 1;
    for (int step = 0; step < STEPS; step++) {
      sum = 0;
      double weighted = 0;
      for (int j = 0; j < count; j++) {
        if (j != itself) {
          double beyond = distances[j] - least;
          double p = Math.exp(-precision * beyond);
          sum += p;
          weighted += p * beyond;
        }
      }
      double entropy = Math.log(sum) + precision * weighted / sum;
      if (Math.abs(entropy - wanted) < PRECISE || mean <= least) {
        break;
      }
      if (entropy > wanted) {
        low = precision;
        precision = Double.isInfinite(high) ? precision * 2 : (low + high) / 2;
      } else {
        high = precision;
        precision = (low + high) / 2;
      }
      if (Double.isInfinite(precision)) {
        // More coincident points than the perplexity wants neighbours: those are its neighbours.
        precision = low;
        break;
      }
    }
    precisions[point] = precision;
    sums[point] = sum;
    leasts[point] = least;
  }

  /** p(j|i) for a squared distance. */
  double conditional(int i, double distance) {
    return Math.exp(-precisions[i] * (distance - leasts[i])) / sums[i];
  }
}
