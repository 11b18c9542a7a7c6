package io.convlens.report;

import io.convlens.graph.PixelBox;
import io.convlens.image.Picture;
import java.util.Arrays;

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

  /** The share of values that are told apart. */
  private static final double WITHIN = 0.99;

  /**
   * A rectangle of a projection, on a scale of its own.
   *
   * @param projection {@code [channels, height, width]}, in the network's order
   */
  public Picture draw(float[] projection, PixelBox box) {
    int w = box.x1() - box.x0();
    int h = box.y1() - box.y0();
    double[] values = new double[3 * w * h];
    for (int i = 0; i < values.length; i++) {
      values[i] = colour(projection, i % 3, box.y0() + i / 3 / w, box.x0() + i / 3 % w);
    }
    double end = end(values);
    byte[] rgb = new byte[3 * w * h];
    for (int i = 0; i < rgb.length; i++) {
      double share = end > 0 ? Math.clamp(values[i] / end, -1, 1) : 0;
      rgb[i] = (byte) Math.rint(GREY + REACH * share);
    }
    return Picture.ofRgb("projection", w, h, rgb);
  }

  /** Where the scale ends: a few pixels that stand out would leave nothing of the others. */
  private static double end(double[] values) {
    double[] sizes = Arrays.stream(values).map(Math::abs).sorted().toArray();
    double usual = sizes[Math.min(sizes.length - 1, (int) (sizes.length * WITHIN))];
    return usual > 0 ? usual : sizes[sizes.length - 1];
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
