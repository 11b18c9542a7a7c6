package io.convlens.synthesis;

import java.util.random.RandomGenerator;

/**
 * A shifted, turned and resized view of a picture, and the way of a gradient back through it. Each
 * pixel of the view is interpolated between four of the picture, with the border mirrored.
 */
final class Warp {
  private final int height;
  private final int width;

  /** Four places and four weights a pixel of the view. */
  private final int[] places;

  private final float[] weights;

  private Warp(int height, int width) {
    this.height = height;
    this.width = width;
    this.places = new int[4 * height * width];
    this.weights = new float[4 * height * width];
  }

  /**
   * Draws a view.
   *
   * @param jitter the most pixels it is shifted along each axis, whole ones
   * @param zoom the largest share by which it is resized
   * @param turn the most degrees it is turned
   */
  static Warp draw(
      int height, int width, int jitter, double zoom, double turn, RandomGenerator random) {
    int dx = random.nextInt(-jitter, jitter + 1);
    int dy = random.nextInt(-jitter, jitter + 1);
    double size = 1 + zoom * (2 * random.nextDouble() - 1);
    double angle = Math.toRadians(turn * (2 * random.nextDouble() - 1));
    var warp = new Warp(height, width);
    double cos = Math.cos(angle) / size;
    double sin = Math.sin(angle) / size;
    double middleY = (height - 1) / 2.0;
    double middleX = (width - 1) / 2.0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double u = x - middleX;
        double v = y - middleY;
        warp.set(y * width + x, middleY + sin * u + cos * v + dy, middleX + cos * u - sin * v + dx);
      }
    }
    return warp;
  }

  private void set(int pixel, double y, double x) {
    int top = (int) Math.floor(y);
    int left = (int) Math.floor(x);
    for (int k = 0; k < 4; k++) {
      int row = top + k / 2;
      int column = left + k % 2;
      places[4 * pixel + k] = Planes.mirrored(row, height) * width + Planes.mirrored(column, width);
      weights[4 * pixel + k] = (float) ((1 - Math.abs(y - row)) * (1 - Math.abs(x - column)));
    }
  }

  /** The view of a picture, channel by channel. */
  float[] view(float[] picture) {
    float[] view = new float[picture.length];
    int plane = height * width;
    for (int from = 0; from < picture.length; from += plane) {
      for (int i = 0; i < plane; i++) {
        float sum = 0;
        for (int k = 4 * i; k < 4 * i + 4; k++) {
          sum += weights[k] * picture[from + places[k]];
        }
        view[from + i] = sum;
      }
    }
    return view;
  }

  /** The gradient with respect to the picture, from that with respect to the view. */
  float[] back(float[] gradient) {
    float[] back = new float[gradient.length];
    int plane = height * width;
    for (int from = 0; from < gradient.length; from += plane) {
      for (int i = 0; i < plane; i++) {
        for (int k = 4 * i; k < 4 * i + 4; k++) {
          back[from + places[k]] += weights[k] * gradient[from + i];
        }
      }
    }
    return back;
  }
}
