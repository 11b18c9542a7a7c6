package io.convlens.image;

import io.convlens.io.UnusableInputException;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * A picture of 8-bit sRGB samples, immutable and safe from several threads.
 *
 * <p>Layout: red, green, blue interleaved, rows from the top, no padding. Transparency has been
 * composited on white.
 *
 * <pre>{@code
 * Picture cat = Picture.read(Path.of("cat.jpg"));
 * int red = cat.rgb(0, 0) >> 16;
 * }</pre>
 */
public final class Picture {
  /** The most pixels a side may have. */
  public static final int MAX_SIDE = 1 << 16;

  /** The most pixels a picture may have: 16384 x 16384, 768 MiB of samples. */
  public static final long MAX_PIXELS = 1L << 28;

  private final String name;
  private final int width;
  private final int height;
  private final byte[] samples;

  /** Takes the array over without copying: callers in this package give it away. */
  Picture(String name, int width, int height, byte[] samples) {
    if (width < 1
        || height < 1
        || width > MAX_SIDE
        || height > MAX_SIDE
        || (long) width * height > MAX_PIXELS) {
      throw new IllegalArgumentException("a picture of " + width + "x" + height + " pixels");
    }
    if (samples.length != 3 * width * height) {
      throw new IllegalArgumentException(
          samples.length + " samples for " + width + "x" + height + " pixels of 3");
    }
    this.name = name;
    this.width = width;
    this.height = height;
    this.samples = samples;
  }

  /**
   * Reads a JPEG, PNG, GIF (its first frame), BMP or WebP file; the content decides, not the name.
   *
   * <p>EXIF orientation is applied. Samples are those of the file: as in Pillow and torchvision,
   * embedded colour profiles are ignored, because networks were trained that way; grey stays
   * exactly grey; 16-bit samples keep their upper byte; CMYK becomes (255-C)(255-K)/255. The
   * samples of a lossy WebP differ from Pillow's by about 2 of 255 on average (its chroma is not
   * interpolated); all others are equal.
   *
   * @return the picture, named as the file without its folder
   * @throws UnusableInputException if there is no such file, or it is no whole picture of these
   *     kinds, or has more than {@link #MAX_PIXELS}; nothing is half-decoded
   */
  public static Picture read(Path file) {
    return read(file, _ -> {});
  }

  /**
   * Like {@link #read(Path)}, for who wants to know the file again.
   *
   * @param content hears what the file held when it was read, before that is decoded
   */
  public static Picture read(Path file, Consumer<byte[]> content) {
    return PictureFile.read(file, content);
  }

  /**
   * A picture with a copy of these samples.
   *
   * @param rgb {@code 3 * width * height} bytes, interleaved, row-major
   * @throws IllegalArgumentException if the sides or the length don't fit
   */
  public static Picture ofRgb(String name, int width, int height, byte[] rgb) {
    return new Picture(name, width, height, rgb.clone());
  }

  /**
   * A picture of an array that was no picture: a network's input as it is fed, scaled so that its
   * least value is 0 and its largest 255. Three channels are taken as RGB, any other number as grey
   * by their mean; values that are not finite are drawn as the least. For an array made by a known
   * preprocessing, {@link FittedPreprocess#toPicture} gives back true colours.
   *
   * @param input {@code [N,C,H,W]}
   * @param index which of the N
   * @throws IllegalArgumentException if the shape or index doesn't fit
   */
  public static Picture ofTensor(String name, Tensor input, int index) {
    return TensorPicture.stretched(name, input, index);
  }

  /** What to call it: a file's name without its folder. */
  public String name() {
    return name;
  }

  /** Pixels in a row. */
  public int width() {
    return width;
  }

  /** Rows. */
  public int height() {
    return height;
  }

  /**
   * The pixel in column {@code x} of row {@code y} as {@code 0xRRGGBB}.
   *
   * @throws IndexOutOfBoundsException if it lies outside
   */
  public int rgb(int x, int y) {
    if (x < 0 || y < 0 || x >= width || y >= height) {
      throw new IndexOutOfBoundsException("pixel (" + x + "," + y + ") of " + width + "x" + height);
    }
    int at = 3 * (y * width + x);
    return ((samples[at] & 0xff) << 16)
        | ((samples[at + 1] & 0xff) << 8)
        | (samples[at + 2] & 0xff);
  }

  /** A copy of all samples: {@code 3 * width * height} bytes, interleaved, row-major. */
  public byte[] toRgb() {
    return samples.clone();
  }

  /** The same pixels under another name. */
  public Picture named(String newName) {
    return new Picture(newName, width, height, samples);
  }

  /**
   * This picture resized by {@link Resampling}.
   *
   * @throws IllegalArgumentException if a side is less than 1 or too large
   */
  public Picture resized(int newWidth, int newHeight) {
    return Resampling.resize(this, newWidth, newHeight);
  }

  /**
   * A rectangle of this picture; what lies outside is left out.
   *
   * @param x0 first column, likewise {@code y0} the first row
   * @param x1 the column after the last, likewise {@code y1}
   * @throws IllegalArgumentException if nothing is left
   */
  public Picture part(int x0, int y0, int x1, int y1) {
    int left = Math.max(0, x0);
    int top = Math.max(0, y0);
    int w = Math.min(width, x1) - left;
    int h = Math.min(height, y1) - top;
    if (w < 1 || h < 1) {
      throw new IllegalArgumentException(
          "no part [%d,%d,%d,%d] of %s".formatted(x0, y0, x1, y1, this));
    }
    byte[] cut = new byte[3 * w * h];
    for (int y = 0; y < h; y++) {
      System.arraycopy(samples, 3 * ((top + y) * width + left), cut, 3 * y * w, 3 * w);
    }
    return new Picture(name, w, h, cut);
  }

  /** The samples themselves; not to be written. */
  byte[] samples() {
    return samples;
  }

  @Override
  public String toString() {
    return name + " (" + width + "x" + height + ")";
  }
}
