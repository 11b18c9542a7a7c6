package io.convlens.image;

import java.awt.image.Raster;

/**
 * Four-component JPEGs as Pillow reads them: YCCK to CMYK by JFIF's equations, inverted where
 * Adobe's marker stands, and CMYK to RGB as (255-C)(255-K)/255. A printer's profile would be truer
 * to the print, but would depend on what the machine has installed.
 */
final class JpegColours {
  private static final int ADOBE = 0xee;
  private static final int YCCK = 2;

  private JpegColours() {}

  /** The number of components in the frame header. */
  static int components(FileBytes jpeg) throws DamagedPictureException {
    for (long at = 2; ; at += 2 + jpeg.u16be(at + 2)) {
      int marker = jpeg.u8(at + 1);
      if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
        return jpeg.u8(at + 9);
      }
    }
  }

  /** Adobe's colour transform, or -1 where its marker is absent. */
  private static int adobeTransform(FileBytes jpeg) throws DamagedPictureException {
    for (long at = 2; jpeg.u8(at + 1) != 0xda; at += 2 + jpeg.u16be(at + 2)) {
      if (jpeg.u8(at + 1) == ADOBE && jpeg.has(at + 4, "Adobe") && jpeg.u16be(at + 2) >= 14) {
        return jpeg.u8(at + 15);
      }
    }
    return -1;
  }

  static byte[] fromCmyk(Raster raster, FileBytes jpeg) throws DamagedPictureException {
    int transform = adobeTransform(jpeg);
    int width = raster.getWidth();
    byte[] rgb = new byte[3 * width * raster.getHeight()];
    int[] row = new int[4 * width];
    int at = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0; x < row.length; x += 4) {
        if (transform == YCCK) {
          toCmyk(row, x);
        }
        for (int c = 0; c < 3; c++) {
          int ink = transform >= 0 ? 255 - row[x + c] : row[x + c];
          int black = transform >= 0 ? 255 - row[x + 3] : row[x + 3];
          rgb[at++] = (byte) (255 - black - Samples.times(ink, 255 - black));
        }
      }
    }
    return rgb;
  }

  /** ITU-T T.871's equations give R, G, B in 16-bit fixed point; C, M, Y are their complements. */
  private static void toCmyk(int[] row, int x) {
    int luma = (row[x] << 16) + (1 << 15);
    int cb = row[x + 1] - 128;
    int cr = row[x + 2] - 128;
    row[x] = 255 - Math.clamp((luma + 91881L * cr) >> 16, 0, 255);
    row[x + 1] = 255 - Math.clamp((luma - 22554L * cb - 46802L * cr) >> 16, 0, 255);
    row[x + 2] = 255 - Math.clamp((luma + 116130L * cb) >> 16, 0, 255);
  }
}
