package io.convlens.synthesis;

import java.util.Arrays;

/** Filters over planes of pixels, each channel by itself, with the border mirrored. */
final class Planes {
  /** A Gaussian's weights beyond so many deviations don't matter. */
  private static final double REACH = 3;

  /** The cubic B-spline at whole numbers, the scaling filter of the transform with holes. */
  private static final float[] SPLINE = {1 / 16f, 4 / 16f, 6 / 16f, 4 / 16f, 1 / 16f};

  private final int height;
  private final int width;

  Planes(int height, int width) {
    this.height = height;
    this.width = width;
  }

  /** Convolved with a Gaussian of so many pixels' deviation; the picture itself for 0. */
  float[] blurred(float[] picture, double sigma) {
    if (sigma == 0) {
      return picture;
    }
    int reach = (int) Math.ceil(REACH * sigma);
    float[] kernel = new float[2 * reach + 1];
    double sum = 0;
    for (int i = -reach; i <= reach; i++) {
      sum += Math.exp(-i * i / (2 * sigma * sigma));
    }
    for (int i = -reach; i <= reach; i++) {
      kernel[i + reach] = (float) (Math.exp(-i * i / (2 * sigma * sigma)) / sum);
    }
    return convolved(picture, kernel, 1);
  }

  /** The next coarser version of the wavelet transform with holes (Holschneider et al. 1989). */
  float[] coarser(float[] picture, int level) {
    return convolved(picture, SPLINE, 1 << level);
  }

  /** Along rows, then along columns; taps are {@code step} pixels apart. */
  private float[] convolved(float[] picture, float[] kernel, int step) {
    float[] along = new float[picture.length];
    float[] out = new float[picture.length];
    int[] columns = places(kernel.length, step, width);
    int[] rows = places(kernel.length, step, height);
    for (int row = 0; row < picture.length; row += width) {
      for (int x = 0; x < width; x++) {
        float sum = 0;
        for (int k = 0; k < kernel.length; k++) {
          sum += kernel[k] * picture[row + columns[k * width + x]];
        }
        along[row + x] = sum;
      }
    }
    for (int plane = 0; plane < picture.length; plane += height * width) {
      for (int y = 0; y < height; y++) {
        int to = plane + y * width;
        for (int k = 0; k < kernel.length; k++) {
          int from = plane + rows[k * height + y] * width;
          for (int x = 0; x < width; x++) {
            out[to + x] += kernel[k] * along[from + x];
          }
        }
      }
    }
    return out;
  }

  /** Where each tap of each place reads, with the border mirrored. */
  private static int[] places(int taps, int step, int extent) {
    int[] places = new int[taps * extent];
    for (int k = 0; k < taps; k++) {
      for (int i = 0; i < extent; i++) {
        places[k * extent + i] = mirrored(i + (k - taps / 2) * step, extent);
      }
    }
    return places;
  }

  /** The place inside that a place outside mirrors, the edge pixel not repeated. */
  static int mirrored(int place, int extent) {
    if (extent == 1) {
      return 0;
    }
    int period = 2 * (extent - 1);
    int p = Math.floorMod(place, period);
    return p < extent ? p : period - p;
  }

  /**
   * The gradient of Σ (|∇x|² + ε)^(β/2), the total variation with forward differences of Mahendran
   * and Vedaldi 2015, a channel at a time.
   */
  float[] variationGradient(float[] picture, double beta) {
    float[] gradient = new float[picture.length];
    for (int plane = 0; plane < picture.length; plane += height * width) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          int i = plane + y * width + x;
          float right = x + 1 < width ? picture[i + 1] - picture[i] : 0;
          float down = y + 1 < height ? picture[i + width] - picture[i] : 0;
          double steep = (double) right * right + (double) down * down + STILL;
          float weight = (float) (beta * Math.pow(steep, beta / 2 - 1));
          if (x + 1 < width) {
            gradient[i + 1] += weight * right;
            gradient[i] -= weight * right;
          }
          if (y + 1 < height) {
            gradient[i + width] += weight * down;
            gradient[i] -= weight * down;
          }
        }
      }
    }
    return gradient;
  }

  /** Keeps the slope of the total variation finite on even areas: a tenth of a level of 255. */
  private static final double STILL = 1.5e-7;

  /** Σ (|∇x|² + ε)^(β/2). */
  double variation(float[] picture, double beta) {
    double sum = 0;
    for (int plane = 0; plane < picture.length; plane += height * width) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          int i = plane + y * width + x;
          double right = x + 1 < width ? picture[i + 1] - picture[i] : 0;
          double down = y + 1 < height ? picture[i + width] - picture[i] : 0;
          sum += Math.pow(right * right + down * down + STILL, beta / 2);
        }
      }
    }
    return sum;
  }

  /** A copy of a number for every element. */
  static float[] filled(int size, float value) {
    float[] all = new float[size];
    Arrays.fill(all, value);
    return all;
  }
}
