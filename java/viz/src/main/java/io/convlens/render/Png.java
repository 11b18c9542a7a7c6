package io.convlens.render;

import io.convlens.image.Picture;
import io.convlens.io.WholeFile;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Writes pictures as PNG: 8-bit RGB, no metadata, nothing that depends on time, machine or fonts.
 * Equal pictures give equal bytes with one Java runtime. Source: W3C PNG, third edition.
 */
public final class Png {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  private static final int FILTERS = 5;

  private Png() {}

  /**
   * Writes a file, whole or not at all.
   *
   * @throws io.convlens.io.UnwritableOutputException if that fails
   */
  public static void write(Path file, Picture picture) {
    byte[] bytes = bytes(picture);
    WholeFile.write(file, out -> out.write(bytes));
  }

  /** The file's content. */
  public static byte[] bytes(Picture picture) {
    var out = new ByteArrayOutputStream();
    out.writeBytes(SIGNATURE);
    ByteBuffer header = ByteBuffer.allocate(13).putInt(picture.width()).putInt(picture.height());
    // 8 bits a sample, colour type 2 (RGB), no interlacing.
    chunk(out, "IHDR", header.put((byte) 8).put((byte) 2).array());
    chunk(out, "IDAT", compressed(picture));
    chunk(out, "IEND", new byte[0]);
    return out.toByteArray();
  }

  private static void chunk(ByteArrayOutputStream out, String type, byte[] data) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    var crc = new CRC32();
    crc.update(name);
    crc.update(data);
    out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
    out.writeBytes(name);
    out.writeBytes(data);
    out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }

  private static byte[] compressed(Picture picture) {
    int rowBytes = 3 * picture.width();
    byte[] rgb = picture.toRgb();
    var out = new ByteArrayOutputStream(rgb.length / 4);
    byte[] buffer = new byte[1 << 16];
    byte[][] candidates = new byte[FILTERS][1 + rowBytes];
    try (var deflater = new Deflater()) {
      for (int y = 0; y < picture.height(); y++) {
        deflater.setInput(filtered(rgb, y * rowBytes, rowBytes, candidates));
        drain(deflater, buffer, out);
      }
      deflater.finish();
      drain(deflater, buffer, out);
    }
    return out.toByteArray();
  }

  private static void drain(Deflater deflater, byte[] buffer, ByteArrayOutputStream out) {
    int n;
    while ((n = deflater.deflate(buffer)) > 0) {
      out.write(buffer, 0, n);
    }
  }

  /** The row under the filter with the least sum of magnitudes, the standard's own advice. */
  private static byte[] filtered(byte[] rgb, int row, int rowBytes, byte[][] candidates) {
    int best = 0;
    long least = Long.MAX_VALUE;
    for (int filter = 0; filter < FILTERS; filter++) {
      byte[] out = candidates[filter];
      out[0] = (byte) filter;
      long sum = 0;
      for (int i = 0; i < rowBytes; i++) {
        int left = i < 3 ? 0 : rgb[row + i - 3] & 0xff;
        int up = row == 0 ? 0 : rgb[row - rowBytes + i] & 0xff;
        int corner = row == 0 || i < 3 ? 0 : rgb[row - rowBytes + i - 3] & 0xff;
        out[1 + i] = (byte) (rgb[row + i] - predicted(filter, left, up, corner));
        sum += Math.abs(out[1 + i]);
      }
      if (sum < least) {
        least = sum;
        best = filter;
      }
    }
    return candidates[best];
  }

  private static int predicted(int filter, int left, int up, int corner) {
    return switch (filter) {
      case 0 -> 0;
      case 1 -> left;
      case 2 -> up;
      case 3 -> (left + up) / 2;
      default -> paeth(left, up, corner);
    };
  }

  private static int paeth(int left, int up, int corner) {
    int guess = left + up - corner;
    int byLeft = Math.abs(guess - left);
    int byUp = Math.abs(guess - up);
    int byCorner = Math.abs(guess - corner);
    if (byLeft <= byUp && byLeft <= byCorner) {
      return left;
    }
    return byUp <= byCorner ? up : corner;
  }
}
