package io.convlens.render;

import io.convlens.image.Picture;
import java.util.Arrays;
import java.util.List;

/**
 * A drawing surface of our own: pixels, rectangles, and strokes with round ends, antialiased by
 * their distance from the pixel's centre. Java2D would do, but asks for a graphics environment and
 * its fonts; this gives the same bytes on every machine. Not safe from several threads.
 */
final class Canvas {
  private final int width;
  private final int height;
  private final int[] pixels;

  Canvas(int width, int height, int background) {
    this.width = width;
    this.height = height;
    this.pixels = new int[Math.multiplyExact(width, height)];
    Arrays.fill(pixels, background);
  }

  /** Sets a pixel; outside nothing happens. */
  void set(int x, int y, int rgb) {
    if (x >= 0 && y >= 0 && x < width && y < height) {
      pixels[y * width + x] = rgb;
    }
  }

  /** Lays a colour over a pixel; {@code opacity} 0 leaves it, 1 replaces it. */
  void blend(int x, int y, int rgb, double opacity) {
    if (x >= 0 && y >= 0 && x < width && y < height) {
      pixels[y * width + x] = mix(pixels[y * width + x], rgb, opacity);
    }
  }

  /** The colour {@code part} of the way from one to the other, sample by sample. */
  static int mix(int from, int to, double part) {
    int mixed = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
      int a = (from >> shift) & 0xff;
      int b = (to >> shift) & 0xff;
      mixed |= (int) Math.rint(a + (b - a) * part) << shift;
    }
    return mixed;
  }

  void fill(int left, int top, int w, int h, int rgb) {
    for (int y = top; y < top + h; y++) {
      for (int x = left; x < left + w; x++) {
        set(x, y, rgb);
      }
    }
  }

  /** A frame of {@code line} pixels just inside the rectangle. */
  void frame(int left, int top, int w, int h, int line, int rgb) {
    fill(left, top, w, line, rgb);
    fill(left, top + h - line, w, line, rgb);
    fill(left, top, line, h, rgb);
    fill(left + w - line, top, line, h, rgb);
  }

  /**
   * Strokes polylines with a round pen. Crossings are as dark as the rest: a pixel takes the
   * distance to the nearest of all segments.
   *
   * @param lines points as x, y, x, y, ... in pixels; a single point is a dot
   */
  void stroke(List<double[]> lines, double penWidth, int rgb) {
    double reach = penWidth / 2 + 1;
    double left = Double.POSITIVE_INFINITY;
    double top = Double.POSITIVE_INFINITY;
    double right = Double.NEGATIVE_INFINITY;
    double bottom = Double.NEGATIVE_INFINITY;
    for (double[] line : lines) {
      for (int i = 0; i < line.length; i += 2) {
        left = Math.min(left, line[i]);
        right = Math.max(right, line[i]);
        top = Math.min(top, line[i + 1]);
        bottom = Math.max(bottom, line[i + 1]);
      }
    }
    for (int y = (int) Math.floor(top - reach); y <= bottom + reach; y++) {
      for (int x = (int) Math.floor(left - reach); x <= right + reach; x++) {
        double cover = penWidth / 2 + 0.5 - distance(lines, x + 0.5, y + 0.5);
        if (cover > 0) {
          // A pen thinner than a pixel never covers one wholly.
          blend(x, y, rgb, Math.min(Math.min(cover, 1), penWidth));
        }
      }
    }
  }

  private static double distance(List<double[]> lines, double x, double y) {
    double least = Double.POSITIVE_INFINITY;
    for (double[] p : lines) {
      least = Math.min(least, square(x - p[0]) + square(y - p[1]));
      for (int i = 0; i + 3 < p.length; i += 2) {
        double dx = p[i + 2] - p[i];
        double dy = p[i + 3] - p[i + 1];
        double length = dx * dx + dy * dy;
        double along = length == 0 ? 0 : ((x - p[i]) * dx + (y - p[i + 1]) * dy) / length;
        double t = Math.clamp(along, 0.0, 1.0);
        least = Math.min(least, square(x - p[i] - t * dx) + square(y - p[i + 1] - t * dy));
      }
    }
    return Math.sqrt(least);
  }

  private static double square(double x) {
    return x * x;
  }

  Picture toPicture(String name) {
    byte[] rgb = new byte[3 * pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      rgb[3 * i] = (byte) (pixels[i] >> 16);
      rgb[3 * i + 1] = (byte) (pixels[i] >> 8);
      rgb[3 * i + 2] = (byte) pixels[i];
    }
    return Picture.ofRgb(name, width, height, rgb);
  }
}
