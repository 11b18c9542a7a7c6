package io.convlens.image;

import java.util.zip.CRC32;

/** Walks a PNG's chunks to its end chunk, checksums included. Source: W3C PNG, third edition. */
final class PngFile {
  private PngFile() {}

  static Container walk(FileBytes file) throws DamagedPictureException {
    if (!file.has(12, "IHDR") || file.u32be(8) != 13) {
      file.need(0, 33);
      throw new DamagedPictureException("damaged PNG: it does not start with its header");
    }
    long width = file.u32be(16);
    long height = file.u32be(20);
    Container.checkSize(Container.Kind.PNG, width, height, file.length());
    var orientation = Orientation.UPRIGHT;
    boolean pixels = false;
    for (long at = 8; ; ) {
      long length = file.u32be(at);
      file.need(at, 12 + length);
      checkSum(file, at, length);
      if (file.has(at + 4, "IEND")) {
        break;
      }
      pixels |= file.has(at + 4, "IDAT");
      if (file.has(at + 4, "eXIf")) {
        orientation = Orientation.ofExif(file.slice(at + 8, length));
      }
      at += 12 + length;
    }
    if (!pixels) {
      throw new DamagedPictureException("damaged PNG: no pixels in it");
    }
    return new Container(Container.Kind.PNG, (int) width, (int) height, 0, 0, orientation, file);
  }

  private static void checkSum(FileBytes file, long at, long length)
      throws DamagedPictureException {
    var crc = new CRC32();
    crc.update(file.data(), (int) at + 4, (int) length + 4);
    if (crc.getValue() != file.u32be(at + 8 + length)) {
      throw new DamagedPictureException("damaged PNG: a checksum is wrong");
    }
  }
}
