package io.convlens.gradient;

/**
 * Blurs planes of numbers by a Gaussian, rows and columns one after the other. Beyond the edges
 * there is nothing: the weights that are left count for all. Immutable.
 */
public final class GaussianBlur {
  private final double[] half;

  /**
   * A blur.
   *
   * @param deviation in places, above 0
   * @param reach how many places to each side count
   */
  public GaussianBlur(double deviation, int reach) {
    half = new double[reach + 1];
    for (int d = 0; d <= reach; d++) {
      half[d] = Math.exp(-d * (double) d / (2 * deviation * deviation));
    }
  }

  /**
   * Blurs one plane of an array in place.
   *
   * @param first where the plane's first element is
   * @param step from one element of a row to the next
   */
  public void blur(float[] values, int first, int step, int height, int width) {
    double[] line = new double[Math.max(height, width)];
    for (int y = 0; y < height; y++) {
      along(values, first + y * width * step, step, width, line);
    }
    for (int x = 0; x < width; x++) {
      along(values, first + x * step, width * step, height, line);
    }
  }

  private void along(float[] values, int first, int step, int length, double[] line) {
    for (int i = 0; i < length; i++) {
      double sum = 0;
      double weights = 0;
      int last = Math.min(length - 1, i + half.length - 1);
      for (int k = Math.max(0, i - half.length + 1); k <= last; k++) {
        sum += half[Math.abs(k - i)] * values[first + k * step];
        weights += half[Math.abs(k - i)];
      }
      line[i] = sum / weights;
    }
    for (int i = 0; i < length; i++) {
      values[first + i * step] = (float) line[i];
    }
  }
}
