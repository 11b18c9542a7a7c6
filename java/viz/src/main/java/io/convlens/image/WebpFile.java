package io.convlens.image;

/**
 * Walks a WebP's chunks to the end its header names. Source: Google, WebP Container Specification;
 * RFC 6386 and RFC 9649 for the frame headers.
 */
final class WebpFile {
  private static final int EXTENDED_HEADER = 10;
  private static final int FRAME_HEADER = 16;
  private static final int HAS_COLOUR_PROFILE = 0x20;

  private final FileBytes file;
  private final long end;
  private int width;
  private int height;
  private int left;
  private int top;
  private boolean pixels;
  private Orientation orientation = Orientation.UPRIGHT;

  private WebpFile(FileBytes file, long end) {
    this.file = file;
    this.end = end;
  }

  static Container walk(FileBytes file) throws DamagedPictureException {
    long end = 8 + file.u32le(4);
    file.need(0, end);
    var webp = new WebpFile(new FileBytes(file.data().clone()), end);
    webp.chunks();
    if (!webp.pixels) {
      throw new DamagedPictureException("damaged WebP: no pixels in it");
    }
    return new Container(
        Container.Kind.WEBP,
        webp.width,
        webp.height,
        webp.left,
        webp.top,
        webp.orientation,
        webp.file);
  }

  private void chunks() throws DamagedPictureException {
    for (long at = 12; at < end; ) {
      long length = file.u32le(at + 4);
      if (length > end - at - 8) {
        throw new DamagedPictureException("damaged WebP: a chunk is longer than the file");
      }
      chunk(at, length);
      at += 8 + length + (length & 1);
    }
  }

  private void chunk(long at, long length) throws DamagedPictureException {
    long data = at + 8;
    if (file.has(at, "VP8X") && width == 0) {
      file.need(data, EXTENDED_HEADER);
      canvas(1 + u24(data + 4), 1 + u24(data + 7));
      // The decoder would convert to sRGB; see Picture.read for why it must not.
      file.data()[(int) data] &= (byte) ~HAS_COLOUR_PROFILE;
    } else if (file.has(at, "ANMF") && !pixels) {
      animationFrame(data, length);
    } else if (file.has(at, "VP8 ") || file.has(at, "VP8L")) {
      int frameWidth = frameWidth(at);
      int frameHeight = frameHeight(at);
      if (width == 0) {
        canvas(frameWidth, frameHeight);
      }
      frame(frameWidth, frameHeight, width, height);
    } else if (file.has(at, "EXIF")) {
      // Some writers put JPEG's prefix before the block.
      int prefix = file.has(data, "Exif\0\0") ? 6 : 0;
      orientation = Orientation.ofExif(file.slice(data + prefix, Math.max(0, length - prefix)));
    }
  }

  private void canvas(int canvasWidth, int canvasHeight) throws DamagedPictureException {
    Container.checkSize(Container.Kind.WEBP, canvasWidth, canvasHeight, file.length());
    width = canvasWidth;
    height = canvasHeight;
  }

  private void animationFrame(long data, long length) throws DamagedPictureException {
    left = 2 * u24(data);
    top = 2 * u24(data + 3);
    int frameWidth = 1 + u24(data + 6);
    int frameHeight = 1 + u24(data + 9);
    long stop = data + length;
    for (long at = data + FRAME_HEADER; at < stop; ) {
      long inner = file.u32le(at + 4);
      if (file.has(at, "VP8 ") || file.has(at, "VP8L")) {
        frame(frameWidth(at), frameHeight(at), frameWidth, frameHeight);
      }
      at += 8 + inner + (inner & 1);
    }
  }

  private void frame(int frameWidth, int frameHeight, int wantWidth, int wantHeight)
      throws DamagedPictureException {
    if (frameWidth != wantWidth || frameHeight != wantHeight) {
      throw new DamagedPictureException(
          "damaged WebP: pixels for %dx%d in a frame of %dx%d"
              .formatted(frameWidth, frameHeight, wantWidth, wantHeight));
    }
    pixels = true;
  }

  private int frameWidth(long chunk) throws DamagedPictureException {
    long data = chunk + 8;
    return file.has(chunk, "VP8L")
        ? 1 + ((int) file.u32le(data + 1) & 0x3fff)
        : file.u16le(data + 6) & 0x3fff;
  }

  private int frameHeight(long chunk) throws DamagedPictureException {
    long data = chunk + 8;
    return file.has(chunk, "VP8L")
        ? 1 + ((int) (file.u32le(data + 1) >> 14) & 0x3fff)
        : file.u16le(data + 8) & 0x3fff;
  }

  private int u24(long at) throws DamagedPictureException {
    return file.u16le(at) | (file.u8(at + 2) << 16);
  }
}
