package io.convlens.image;

import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * A decoded image's samples as 8-bit RGB on white, taken from the raster as they are: Java's own
 * conversion would push grey through a linear colour space and change it.
 */
final class Samples {
  private Samples() {}

  /** Interleaved RGB, row-major. */
  static byte[] rgbOnWhite(BufferedImage image) {
    byte[] rgb = new byte[Math.multiplyExact(3, image.getWidth() * image.getHeight())];
    switch (image.getColorModel()) {
      case IndexColorModel palette -> ofPalette(image.getRaster(), palette, rgb);
      case ComponentColorModel model -> ofComponents(image.getRaster(), model, rgb);
      default -> ofPacked(image, rgb);
    }
    return rgb;
  }

  private static void ofPalette(Raster raster, IndexColorModel palette, byte[] rgb) {
    int[] colours = new int[palette.getMapSize()];
    palette.getRGBs(colours);
    int width = raster.getWidth();
    int[] row = new int[width];
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getSamples(0, y, width, 1, 0, row);
      for (int x = 0; x < width; x++) {
        // A pixel beyond the palette is black, as in libpng.
        put(rgb, y * width + x, row[x] < colours.length ? colours[row[x]] : 0xff000000);
      }
    }
  }

  private static void ofComponents(Raster raster, ComponentColorModel model, byte[] rgb) {
    int bands = raster.getNumBands();
    boolean alpha = model.hasAlpha();
    int colours = alpha ? bands - 1 : bands;
    if (colours != 1 && colours != 3) {
      throw new IllegalArgumentException(colours + " colour components");
    }
    int shift = model.getComponentSize(0) - 8;
    int width = raster.getWidth();
    int[] row = new int[bands * width];
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(0, y, width, 1, row);
      for (int x = 0; x < width; x++) {
        int at = x * bands;
        int r = row[at] >> shift;
        int g = colours == 1 ? r : row[at + 1] >> shift;
        int b = colours == 1 ? r : row[at + 2] >> shift;
        int a = alpha ? row[at + colours] >> shift : 255;
        put(rgb, y * width + x, (a << 24) | (r << 16) | (g << 8) | b);
      }
    }
  }

  private static void ofPacked(BufferedImage image, byte[] rgb) {
    int[] row = new int[image.getWidth()];
    for (int y = 0; y < image.getHeight(); y++) {
      image.getRGB(0, y, row.length, 1, row, 0, row.length);
      for (int x = 0; x < row.length; x++) {
        put(rgb, y * row.length + x, row[x]);
      }
    }
  }

  /** Writes a pixel, composited on white. */
  private static void put(byte[] rgb, int pixel, int argb) {
    int alpha = argb >>> 24;
    for (int c = 0; c < 3; c++) {
      int sample = (argb >> (16 - 8 * c)) & 0xff;
      rgb[3 * pixel + c] = (byte) (alpha == 255 ? sample : onWhite(sample, alpha));
    }
  }

  private static int onWhite(int sample, int alpha) {
    int sum = sample * alpha + 255 * (255 - alpha);
    return divide255(sum);
  }

  /** {@code a * b / 255}, rounded, for 8-bit a and b. */
  static int times(int a, int b) {
    return divide255(a * b);
  }

  /** Exact rounding of {@code sum / 255} for sums up to 255 * 255. */
  private static int divide255(int sum) {
    int biased = sum + 128;
    return (biased + (biased >> 8)) >> 8;
  }
}
