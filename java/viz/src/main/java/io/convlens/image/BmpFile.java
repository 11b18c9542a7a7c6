package io.convlens.image;

/** Checks a BMP's header against the file's length. Source: Microsoft, BITMAPINFOHEADER. */
final class BmpFile {
  private static final int CORE_HEADER = 12;
  private static final int INFO_HEADER = 40;
  private static final int RLE8 = 1;
  private static final int RLE4 = 2;
  private static final int BITFIELDS = 3;

  private BmpFile() {}

  static Container walk(FileBytes file) throws DamagedPictureException {
    long pixels = file.u32le(10);
    long header = file.u32le(14);
    boolean core = header == CORE_HEADER;
    if (!core && (header < INFO_HEADER || header > 256)) {
      throw new DamagedPictureException("a BMP with a header of " + header + " bytes");
    }
    file.need(14, header);
    long width = core ? file.u16le(18) : (int) file.u32le(18);
    // A negative height means rows from the top.
    long height = core ? file.u16le(20) : Math.abs((long) (int) file.u32le(22));
    int bits = file.u16le(core ? 24 : 28);
    long compression = core ? 0 : file.u32le(30);
    Container.checkSize(Container.Kind.BMP, width, height, file.length());
    if (compression == 0 || compression == BITFIELDS) {
      if (bits < 1 || bits > 32) {
        throw new DamagedPictureException("a BMP of " + bits + " bits a pixel");
      }
      long row = (width * bits + 31) / 32 * 4;
      file.need(pixels, row * height);
    } else if (compression == RLE8 || compression == RLE4) {
      file.need(pixels, file.u32le(34));
    } else {
      throw new DamagedPictureException("a BMP of unsupported compression " + compression);
    }
    return new Container(
        Container.Kind.BMP, (int) width, (int) height, 0, 0, Orientation.UPRIGHT, file);
  }
}
