package io.convlens.image;

/**
 * The eight ways a camera may have been held: EXIF tag 0x0112, values 1 to 8, named by what must be
 * done to the stored pixels. Source: CIPA DC-008 (Exif 2.32), 4.6.4 A.
 */
enum Orientation {
  UPRIGHT,
  MIRRORED,
  ROTATED_180,
  FLIPPED,
  TRANSPOSED,
  ROTATED_RIGHT,
  TRANSVERSED,
  ROTATED_LEFT;

  private static final int TAG = 0x0112;
  private static final int TYPE_SHORT = 3;

  /** More entries than any camera writes; a larger count is noise. */
  private static final int MAX_ENTRIES = 1000;

  /** The orientation in a TIFF-shaped EXIF block; upright where it is absent or unreadable. */
  static Orientation ofExif(FileBytes tiff) {
    try {
      boolean little = tiff.has(0, "II");
      if (!little && !tiff.has(0, "MM")) {
        return UPRIGHT;
      }
      long directory = little ? tiff.u32le(4) : tiff.u32be(4);
      int entries = Math.min(u16(tiff, directory, little), MAX_ENTRIES);
      for (int i = 0; i < entries; i++) {
        long entry = directory + 2 + 12L * i;
        if (u16(tiff, entry, little) == TAG && u16(tiff, entry + 2, little) == TYPE_SHORT) {
          int value = u16(tiff, entry + 8, little);
          return value >= 1 && value <= 8 ? values()[value - 1] : UPRIGHT;
        }
      }
    } catch (DamagedPictureException e) {
      // The pixels don't depend on this block: a damaged one is as good as none.
    }
    return UPRIGHT;
  }

  private static int u16(FileBytes tiff, long at, boolean little) throws DamagedPictureException {
    return little ? tiff.u16le(at) : tiff.u16be(at);
  }

  /** Whether rows become columns. */
  boolean turns() {
    return switch (this) {
      case UPRIGHT, MIRRORED, ROTATED_180, FLIPPED -> false;
      case TRANSPOSED, ROTATED_RIGHT, TRANSVERSED, ROTATED_LEFT -> true;
    };
  }

  /** The picture as it was seen. */
  Picture apply(Picture stored) {
    if (this == UPRIGHT) {
      return stored;
    }
    int width = turns() ? stored.height() : stored.width();
    int height = turns() ? stored.width() : stored.height();
    byte[] from = stored.samples();
    byte[] to = new byte[from.length];
    int at = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        System.arraycopy(from, 3 * source(x, y, stored.width(), stored.height()), to, at, 3);
        at += 3;
      }
    }
    return new Picture(stored.name(), width, height, to);
  }

  /** The index of the stored pixel that is seen at (x, y). */
  private int source(int x, int y, int width, int height) {
    return switch (this) {
      case UPRIGHT -> y * width + x;
      case MIRRORED -> y * width + width - 1 - x;
      case ROTATED_180 -> (height - 1 - y) * width + width - 1 - x;
      case FLIPPED -> (height - 1 - y) * width + x;
      case TRANSPOSED -> x * width + y;
      case ROTATED_RIGHT -> (height - 1 - x) * width + y;
      case TRANSVERSED -> (height - 1 - x) * width + width - 1 - y;
      case ROTATED_LEFT -> x * width + width - 1 - y;
    };
  }
}
