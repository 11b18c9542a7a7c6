package io.convlens.evaluation;

import io.convlens.tensor.Shape;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * One number a pixel of the network's input.
 *
 * @param height rows
 * @param width columns
 * @param values row-major; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // Large; compared by nobody.
public record PixelMap(int height, int width, float[] values) {
  /** How the numbers of several channels become one. */
  enum Joining {
    /** Their sum: shares add up. */
    SUM,
    /** The largest absolute value, as Simonyan et al. (2013) draw gradients. */
    LARGEST
  }

  /**
   * A map of an attribution, enlarged to the input by bilinear interpolation where it is smaller.
   *
   * @param shape {@code [C,h,w]}
   */
  static PixelMap of(Shape shape, float[] values, Joining how, int height, int width) {
    int places = shape.intDim(1) * shape.intDim(2);
    float[] map = new float[places];
    for (int i = 0; i < values.length; i++) {
      int at = i % places;
      map[at] = how == Joining.SUM ? map[at] + values[i] : Math.max(map[at], Math.abs(values[i]));
    }
    return new PixelMap(shape.intDim(1), shape.intDim(2), map).resized(height, width);
  }

  /** Bilinear interpolation between the middles of pixels, the last ones going on at the edges. */
  private PixelMap resized(int rows, int columns) {
    if (rows == height && columns == width) {
      return this;
    }
    float[] map = new float[rows * columns];
    for (int y = 0; y < rows; y++) {
      double fromY = Math.clamp((y + 0.5) * height / rows - 0.5, 0, height - 1.0);
      int top = (int) fromY;
      int bottom = Math.min(top + 1, height - 1);
      for (int x = 0; x < columns; x++) {
        double fromX = Math.clamp((x + 0.5) * width / columns - 0.5, 0, width - 1.0);
        int left = (int) fromX;
        int right = Math.min(left + 1, width - 1);
        double above = between(top * width + left, top * width + right, fromX - left);
        double below = between(bottom * width + left, bottom * width + right, fromX - left);
        map[y * columns + x] = (float) (above + (below - above) * (fromY - top));
      }
    }
    return new PixelMap(rows, columns, map);
  }

  private double between(int a, int b, double part) {
    return values[a] + ((double) values[b] - values[a]) * part;
  }

  /**
   * Places from the most to the least relevant. Equal ones come in an order drawn by chance, so
   * that a flat map does not profit from where a picture's subject usually is.
   */
  int[] order(long seed) {
    int[] shuffled = shuffled(values.length, new SplittableRandom(seed));
    long[] keys = new long[values.length];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = ((long) ~ascending(values[shuffled[i]]) << 32) | i;
    }
    Arrays.sort(keys);
    int[] order = new int[keys.length];
    for (int i = 0; i < order.length; i++) {
      order[i] = shuffled[(int) keys[i]];
    }
    return order;
  }

  /** A whole number that grows with the value; −0 and 0 are one. */
  private static int ascending(float value) {
    int bits = Float.floatToIntBits(value + 0f);
    return bits >= 0 ? bits : bits ^ Integer.MAX_VALUE;
  }

  private static int[] shuffled(int count, SplittableRandom random) {
    int[] all = new int[count];
    for (int i = 0; i < count; i++) {
      int other = random.nextInt(i + 1);
      all[i] = all[other];
      all[other] = i;
    }
    return all;
  }

  /** The most relevant place; the first of equals in row-major order. */
  int peak() {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }

  /** The absolute values. */
  PixelMap absolute() {
    float[] sizes = new float[values.length];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = Math.abs(values[i]);
    }
    return new PixelMap(height, width, sizes);
  }
}
