package io.convlens.render;

import io.convlens.image.Picture;

/**
 * What colours stand for in maps of a layer: from 0 up where nothing is below 0, else as far below
 * 0 as above it, with 0 in the middle.
 *
 * @param colors the colours
 * @param low the value of the first colour
 * @param high the value of the last
 */
public record ValueScale(ColorMap colors, double low, double high) {
  /** For values between these two. */
  public static ValueScale of(double least, double most) {
    if (least >= 0) {
      return new ValueScale(ColorMap.BLUE_YELLOW, 0, most > 0 ? most : 1);
    }
    double reach = Math.max(-least, most);
    return new ValueScale(ColorMap.BLUE_RED, -reach, reach);
  }

  /** The colour of a value as {@code 0xRRGGBB}. */
  public int rgb(double value) {
    return colors.rgb((value - low) / (high - low));
  }

  /**
   * A map as a picture, a pixel a value.
   *
   * @param values row-major from {@code from} on, finite
   */
  public Picture picture(String name, float[] values, int from, int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < width * height; i++) {
      int colour = rgb(values[from + i]);
      rgb[3 * i] = (byte) (colour >> 16);
      rgb[3 * i + 1] = (byte) (colour >> 8);
      rgb[3 * i + 2] = (byte) colour;
    }
    return Picture.ofRgb(name, width, height, rgb);
  }
}
