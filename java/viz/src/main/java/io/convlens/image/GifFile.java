package io.convlens.image;

/** Walks a GIF's blocks to its trailer. Source: CompuServe, GIF89a specification. */
final class GifFile {
  private static final int EXTENSION = 0x21;
  private static final int IMAGE = 0x2c;
  private static final int TRAILER = 0x3b;

  private GifFile() {}

  static Container walk(FileBytes file) throws DamagedPictureException {
    int width = file.u16le(6);
    int height = file.u16le(8);
    Container.checkSize(Container.Kind.GIF, width, height, file.length());
    long at = 13L + paletteBytes(file.u8(10));
    long first = -1;
    while (file.u8(at) != TRAILER) {
      switch (file.u8(at)) {
        case EXTENSION -> at = endOfData(file, at + 2);
        case IMAGE -> {
          first = first < 0 ? at : first;
          at = endOfData(file, at + 10 + paletteBytes(file.u8(at + 9)) + 1);
        }
        default ->
            throw new DamagedPictureException(
                "damaged GIF: unknown block type " + file.u8(at) + " at byte " + at);
      }
    }
    if (first < 0) {
      throw new DamagedPictureException("damaged GIF: no pixels in it");
    }
    checkFrame(file, first);
    return new Container(
        Container.Kind.GIF,
        width,
        height,
        file.u16le(first + 1),
        file.u16le(first + 3),
        Orientation.UPRIGHT,
        file);
  }

  private static void checkFrame(FileBytes file, long frame) throws DamagedPictureException {
    Container.checkSize(
        Container.Kind.GIF, file.u16le(frame + 5), file.u16le(frame + 7), file.length());
    int codeSize = file.u8(frame + 10 + paletteBytes(file.u8(frame + 9)));
    if (codeSize < 1 || codeSize > 11) {
      throw new DamagedPictureException("damaged GIF: codes of " + codeSize + " bits");
    }
  }

  private static int paletteBytes(int flags) {
    return (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
  }

  /** The end of a chain of sub-blocks, each led by its length, the last of length 0. */
  private static long endOfData(FileBytes file, long from) throws DamagedPictureException {
    long at = from;
    while (file.u8(at) != 0) {
      at += 1 + file.u8(at);
    }
    return at + 1;
  }
}
