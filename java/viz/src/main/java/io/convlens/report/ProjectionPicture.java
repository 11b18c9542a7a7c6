package io.convlens.report;

import io.convlens.graph.PixelBox;
import io.convlens.image.Picture;

/**
 * Draws what a unit was carried back to: grey where nothing is, brighter and darker where pixels
 * speak for and against it, in the picture's own colours.
 *
 * @param channels of the network's input; other than 3 become one grey
 * @param height of the input
 * @param width of the input
 * @param blueFirst whether the network takes blue, green, red
 */
public record ProjectionPicture(int channels, int height, int width, boolean blueFirst) {
  private static final double GREY = 128;
  private static final double REACH = 127;

  /**
   * A rectangle of a projection, on a scale of its own.
   *
   * @param values {@code [channels, height, width]}, in the network's order
   */
  public Picture draw(float[] values, PixelBox box) {
    int w = box.x1() - box.x0();
    int h = box.y1() - box.y0();
    double largest = 0;
    for (int y = box.y0(); y < box.y1(); y++) {
      for (int x = box.x0(); x < box.x1(); x++) {
        for (int k = 0; k < 3; k++) {
          largest = Math.max(largest, Math.abs(colour(values, k, y, x)));
        }
      }
    }
    byte[] rgb = new byte[3 * w * h];
    for (int i = 0; i < rgb.length; i++) {
      double v = colour(values, i % 3, box.y0() + i / 3 / w, box.x0() + i / 3 % w);
      rgb[i] = (byte) Math.rint(GREY + (largest > 0 ? REACH * v / largest : 0));
    }
    return Picture.ofRgb("projection", w, h, rgb);
  }

  private double colour(float[] values, int colour, int y, int x) {
    int plane = height * width;
    int place = y * width + x;
    if (channels == 3) {
      return values[(blueFirst ? 2 - colour : colour) * plane + place];
    }
    double sum = 0;
    for (int c = 0; c < channels; c++) {
      sum += values[c * plane + place];
    }
    return sum / channels;
  }
}
