package io.convlens.gradient;

/** Mean and variance of samples, element by element, updated one by one (Welford 1962). */
final class Moments {
  private final double[] mean;
  private final double[] squares;
  private int count;

  Moments(int elements) {
    mean = new double[elements];
    squares = new double[elements];
  }

  /** Takes in some samples that lie one after another. */
  void add(float[] samples, int rows) {
    for (int row = 0; row < rows; row++) {
      count++;
      for (int i = 0; i < mean.length; i++) {
        double v = samples[row * mean.length + i];
        double off = v - mean[i];
        mean[i] += off / count;
        squares[i] += off * (v - mean[i]);
      }
    }
  }

  float[] mean() {
    float[] all = new float[mean.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) mean[i];
    }
    return all;
  }

  /** The mean squared distance from the mean. */
  float[] variance() {
    float[] all = new float[mean.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) (squares[i] / count);
    }
    return all;
  }
}
