package io.convlens.image;

import java.io.ByteArrayOutputStream;

/**
 * Walks a JPEG's segments to its end marker and keeps what decoding needs. Source: ITU-T T.81,
 * annex B.
 */
final class JpegFile {
  private static final int SOI = 0xd8;
  private static final int EOI = 0xd9;
  private static final int SOS = 0xda;
  private static final int APP0 = 0xe0;
  private static final int APP1 = 0xe1;
  private static final int APP14 = 0xee;
  private static final int APP15 = 0xef;
  private static final int COMMENT = 0xfe;

  private final FileBytes file;
  private final ByteArrayOutputStream kept;
  private Orientation orientation = Orientation.UPRIGHT;
  private int width;
  private int height;
  private boolean scanned;

  private JpegFile(FileBytes file) {
    this.file = file;
    this.kept = new ByteArrayOutputStream(file.length());
  }

  static Container walk(FileBytes file) throws DamagedPictureException {
    var jpeg = new JpegFile(file);
    jpeg.keep(0, 2);
    jpeg.segments();
    return new Container(
        Container.Kind.JPEG,
        jpeg.width,
        jpeg.height,
        0,
        0,
        jpeg.orientation,
        new FileBytes(jpeg.kept.toByteArray()));
  }

  private void segments() throws DamagedPictureException {
    long at = 2;
    while (true) {
      at = nextMarker(at);
      int marker = file.u8(at + 1);
      if (marker == EOI) {
        keep(at, 2);
        break;
      }
      if (isAlone(marker)) {
        at += 2;
        continue;
      }
      int length = file.u16be(at + 2);
      if (length < 2) {
        throw new DamagedPictureException("damaged JPEG: a segment of length " + length);
      }
      file.need(at + 2, length);
      segment(marker, at, length);
      at += 2 + length;
      if (marker == SOS) {
        long end = endOfScan(at);
        keep(at, end - at);
        at = end;
      }
    }
    if (!scanned) {
      throw new DamagedPictureException("damaged JPEG: it ends before any pixels");
    }
  }

  private void segment(int marker, long at, int length) throws DamagedPictureException {
    if (marker == APP1 && file.has(at + 4, "Exif\0\0") && orientation == Orientation.UPRIGHT) {
      orientation = Orientation.ofExif(file.slice(at + 10, Math.max(0, length - 8)));
    }
    if (isFrame(marker)) {
      frame(at, length);
    }
    if (marker == SOS) {
      if (width == 0) {
        throw new DamagedPictureException("damaged JPEG: pixels before their size");
      }
      scanned = true;
    }
    if (isNeeded(marker)) {
      keep(at, 2L + length);
    }
  }

  private void frame(long at, int length) throws DamagedPictureException {
    if (width != 0) {
      throw new DamagedPictureException("damaged JPEG: two frames in one picture");
    }
    if (length < 8) {
      throw new DamagedPictureException("damaged JPEG: a frame header of length " + length);
    }
    int precision = file.u8(at + 4);
    if (precision != 8) {
      throw new DamagedPictureException("a JPEG of " + precision + "-bit samples; 8 are supported");
    }
    height = file.u16be(at + 5);
    width = file.u16be(at + 7);
    Container.checkSize(Container.Kind.JPEG, width, height, file.length());
  }

  /** Where the next marker starts; bytes before it that belong to nothing are skipped. */
  private long nextMarker(long from) throws DamagedPictureException {
    long at = from;
    while (file.u8(at) != 0xff || file.u8(at + 1) == 0xff || file.u8(at + 1) == 0) {
      at++;
    }
    return at;
  }

  /** The first marker after a scan's data other than its restart markers. */
  private long endOfScan(long from) throws DamagedPictureException {
    long at = nextMarker(from);
    while (isAlone(file.u8(at + 1))) {
      at = nextMarker(at + 2);
    }
    return at;
  }

  /** Restart markers, TEM and a repeated start have no length. */
  private static boolean isAlone(int marker) {
    return (marker >= 0xd0 && marker <= 0xd7) || marker == 0x01 || marker == SOI;
  }

  /** SOF0 to SOF15, among which 0xc4, 0xc8 and 0xcc mean other things. */
  private static boolean isFrame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }

  /**
   * Comments and application segments go, except JFIF's and Adobe's, which say what the components
   * are: gone are thumbnails, colour profiles, and whatever a decoder could stumble over.
   */
  private boolean isNeeded(int marker) {
    return marker == APP0
        || marker == APP14
        || (marker != COMMENT && (marker < APP0 || marker > APP15));
  }

  private void keep(long at, long count) throws DamagedPictureException {
    kept.write(file.data(), file.need(at, count), (int) count);
  }
}
