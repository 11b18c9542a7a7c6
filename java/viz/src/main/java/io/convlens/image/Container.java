package io.convlens.image;

/**
 * A picture file whose structure was walked from start to end, so that what a decoder gets is whole
 * and of a size that the file's length can bear.
 *
 * @param kind the file format
 * @param width pixels in a row, as stored
 * @param height rows, as stored
 * @param left where the first frame lies in the canvas (GIF, animated WebP), else 0
 * @param top as {@code left}
 * @param orientation what EXIF says
 * @param bytes what to decode: the file, without what would change its colours or isn't needed
 */
record Container(
    Kind kind, int width, int height, int left, int top, Orientation orientation, FileBytes bytes) {

  /** The file formats, by the name ImageIO knows them under. */
  enum Kind {
    JPEG("JPEG", 512),
    PNG("PNG", 8 * 1032),
    GIF("GIF", 2731),
    BMP("BMP", 128),
    WEBP("WebP", 4096);

    /** How people call it. */
    final String title;

    /**
     * The most pixels that a byte of the file can describe. JPEG: one bit a block of 64. PNG:
     * deflate's largest ratio, one-bit pixels. GIF: a 12-bit code for 4096. BMP: run lengths, 255
     * for two bytes. WebP has no bound; a photo never comes near this one.
     */
    private final int pixelsPerByte;

    Kind(String title, int pixelsPerByte) {
      this.title = title;
      this.pixelsPerByte = pixelsPerByte;
    }
  }

  /** A picture of fewer pixels is decoded whatever its file's length: its memory is no matter. */
  private static final long SMALL = 1L << 22;

  /**
   * The file's structure, by its first bytes.
   *
   * @throws DamagedPictureException if it is of no known kind, not whole, or too large
   */
  static Container of(FileBytes file) throws DamagedPictureException {
    Container found;
    if (file.has(0, "\u00ff\u00d8\u00ff")) {
      found = JpegFile.walk(file);
    } else if (file.has(0, "\u0089PNG\r\n\u001a\n")) {
      found = PngFile.walk(file);
    } else if (file.has(0, "GIF87a") || file.has(0, "GIF89a")) {
      found = GifFile.walk(file);
    } else if (file.has(0, "RIFF") && file.has(8, "WEBP")) {
      found = WebpFile.walk(file);
    } else if (file.has(0, "BM")) {
      found = BmpFile.walk(file);
    } else {
      throw new DamagedPictureException("not a JPEG, PNG, GIF, BMP or WebP picture");
    }
    return found;
  }

  /**
   * Refuses sides that no picture has or that the file is too short for, before anything of that
   * size is allocated.
   */
  static void checkSize(Kind kind, long width, long height, long fileLength)
      throws DamagedPictureException {
    String size = width + "x" + height + " pixels";
    if (width < 1 || height < 1) {
      throw new DamagedPictureException("a " + kind.title + " of " + size);
    }
    if (width > Picture.MAX_SIDE || height > Picture.MAX_SIDE) {
      throw new DamagedPictureException(size + ": no side may be longer than " + Picture.MAX_SIDE);
    }
    if (width * height > Picture.MAX_PIXELS) {
      throw new DamagedPictureException(
          size + ": more than the limit of " + Picture.MAX_PIXELS + " pixels");
    }
    if (width * height > SMALL && width * height / kind.pixelsPerByte > fileLength) {
      throw new DamagedPictureException(
          "says " + size + ", which " + fileLength + " bytes can't hold");
    }
  }
}
