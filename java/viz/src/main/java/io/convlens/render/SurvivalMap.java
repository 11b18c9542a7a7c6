package io.convlens.render;

import io.convlens.tensor.Tensor;
import java.util.Arrays;

/**
 * For each pixel, how much of an answer is left when it is covered: the mean score over the windows
 * that cover it. Where no window does, and where a score is not a number, the pixel has no value.
 * Immutable, safe from several threads.
 */
public final class SurvivalMap {
  private final int height;
  private final int width;
  private final float[] values;

  private SurvivalMap(int height, int width, float[] values) {
    this.height = height;
    this.width = width;
    this.values = values;
  }

  /**
   * A map with a copy of these values.
   *
   * @param values the mean score with the pixel covered, row-major, {@code height * width}; a pixel
   *     without a value is NaN
   * @throws IllegalArgumentException if the lengths don't fit
   */
  public static SurvivalMap of(int height, int width, float[] values) {
    if (height < 1 || width < 1 || values.length != (long) height * width) {
      throw new IllegalArgumentException(
          values.length + " values for " + height + "x" + width + " pixels");
    }
    return new SurvivalMap(height, width, values.clone());
  }

  /**
   * From an attribution: what is left is the base less what the window took.
   *
   * @param attribution {@code [N,H,W]}
   * @param index which of the N
   * @param base the untouched picture's score
   * @param covered for each pixel, row-major, whether a window covers it
   * @throws IllegalArgumentException if shapes or index don't fit
   */
  public static SurvivalMap ofAttribution(
      Tensor attribution, int index, double base, boolean[] covered) {
    if (attribution.shape().rank() != 3 || index < 0 || index >= attribution.shape().dim(0)) {
      throw new IllegalArgumentException("item " + index + " of " + attribution);
    }
    int height = attribution.shape().intDim(1);
    int width = attribution.shape().intDim(2);
    if (covered.length != height * width) {
      throw new IllegalArgumentException(covered.length + " flags for " + attribution);
    }
    float[] values = new float[height * width];
    for (int i = 0; i < values.length; i++) {
      float taken = attribution.get((long) index * values.length + i);
      values[i] = covered[i] ? (float) (base - taken) : Float.NaN;
    }
    return new SurvivalMap(height, width, values);
  }

  /** Rows of pixels. */
  public int height() {
    return height;
  }

  /** Pixels in a row. */
  public int width() {
    return width;
  }

  /** The value at column {@code x} of row {@code y}; NaN where there is none. */
  public float at(int x, int y) {
    return values[y * width + x];
  }

  /** Whether that pixel has a value. */
  boolean has(int x, int y) {
    return Float.isFinite(values[y * width + x]);
  }

  /** Whether every pixel has a value. */
  boolean isComplete() {
    for (float v : values) {
      if (!Float.isFinite(v)) {
        return false;
      }
    }
    return true;
  }

  /** The least value, or NaN where no pixel has one. */
  public double min() {
    double least = Double.NaN;
    for (float v : values) {
      least = Float.isFinite(v) && !(v >= least) ? v : least;
    }
    return least;
  }

  /** The largest value, or NaN where no pixel has one. */
  public double max() {
    double largest = Double.NaN;
    for (float v : values) {
      largest = Float.isFinite(v) && !(v <= largest) ? v : largest;
    }
    return largest;
  }

  /**
   * The mean over the pixels with a value in a box around each. A map of windows is constant over
   * cells of one stride; a box of that size turns its steps into slopes and moves nothing by more
   * than half a stride.
   */
  SurvivalMap smoothed(int boxHeight, int boxWidth) {
    float[] rows = new float[values.length];
    for (int y = 0; y < height; y++) {
      boxMean(values, rows, y * width, 1, width, boxWidth);
    }
    float[] out = new float[values.length];
    for (int x = 0; x < width; x++) {
      boxMean(rows, out, x, width, height, boxHeight);
    }
    for (int i = 0; i < out.length; i++) {
      out[i] = Float.isFinite(values[i]) ? out[i] : Float.NaN;
    }
    return new SurvivalMap(height, width, out);
  }

  private static void boxMean(float[] from, float[] to, int start, int step, int count, int box) {
    double[] sums = new double[count + 1];
    int[] counts = new int[count + 1];
    for (int i = 0; i < count; i++) {
      float v = from[start + i * step];
      sums[i + 1] = sums[i] + (Float.isFinite(v) ? v : 0);
      counts[i + 1] = counts[i] + (Float.isFinite(v) ? 1 : 0);
    }
    for (int i = 0; i < count; i++) {
      int low = Math.max(0, i - box / 2);
      int high = Math.min(count, i - box / 2 + Math.max(1, box));
      int n = counts[high] - counts[low];
      to[start + i * step] = n == 0 ? Float.NaN : (float) ((sums[high] - sums[low]) / n);
    }
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof SurvivalMap m
        && height == m.height
        && width == m.width
        && Arrays.equals(values, m.values);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * height + width) + Arrays.hashCode(values);
  }
}
