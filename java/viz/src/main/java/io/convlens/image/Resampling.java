package io.convlens.image;

/**
 * Bilinear resizing with antialias: the triangle filter, widened by the ratio where a side shrinks.
 *
 * <p>The arithmetic is Pillow's {@code Image.resize(size, BILINEAR)} for 8-bit pictures, bit for
 * bit: weights in 22-bit fixed point, the horizontal pass first, rounded to 8 bits before the
 * vertical one. So people get torchvision's numbers. Source: Pillow, {@code
 * src/libImaging/Resample.c}.
 */
public final class Resampling {
  /** Fraction bits of a weight: 8 bits of sample, 22 of weight and 2 of headroom make 32. */
  private static final int PRECISION_BITS = 32 - 8 - 2;

  private static final double TRIANGLE_SUPPORT = 1.0;

  private Resampling() {}

  /**
   * What each output sample of one axis takes: {@code length[i]} input samples from {@code
   * first[i]}, times {@code weight[i * stride ...]}.
   */
  private static final class Weights {
    private final int[] first;
    private final int[] length;
    private final int[] weight;
    private final int stride;

    Weights(int count, int stride) {
      this.first = new int[count];
      this.length = new int[count];
      this.weight = new int[Math.multiplyExact(count, stride)];
      this.stride = stride;
    }

    int from() {
      return first[0];
    }

    int to() {
      return first[first.length - 1] + length[length.length - 1];
    }
  }

  /**
   * A picture resized to {@code width} x {@code height}.
   *
   * @throws IllegalArgumentException if a side is less than 1 or too large for a picture
   */
  public static Picture resize(Picture picture, int width, int height) {
    return resize(picture, width, height, 0, 0, width, height);
  }

  /**
   * The window of {@code cropWidth} x {@code cropHeight} pixels at ({@code left}, {@code top}) of
   * the picture resized to {@code width} x {@code height}; the rest is never computed, so that an
   * extreme aspect ratio costs nothing.
   *
   * @throws IllegalArgumentException if the window does not lie within the resized picture
   */
  public static Picture resize(
      Picture picture, int width, int height, int left, int top, int cropWidth, int cropHeight) {
    if (left < 0
        || top < 0
        || cropWidth < 1
        || cropHeight < 1
        || left > width - cropWidth
        || top > height - cropHeight) {
      throw new IllegalArgumentException(
          "window %dx%d at (%d,%d) of a picture of %dx%d"
              .formatted(cropWidth, cropHeight, left, top, width, height));
    }
    Weights columns = weights(picture.width(), width, left, cropWidth);
    Weights rows = weights(picture.height(), height, top, cropHeight);
    byte[] narrow = horizontal(picture, columns, rows.from(), rows.to());
    byte[] out = vertical(narrow, cropWidth, rows);
    return new Picture(picture.name(), cropWidth, cropHeight, out);
  }

  private static Weights weights(int inSize, int outSize, int from, int count) {
    double scale = (double) inSize / outSize;
    double filterScale = Math.max(scale, 1.0);
    double support = TRIANGLE_SUPPORT * filterScale;
    int stride = Math.min((int) Math.ceil(support) * 2 + 1, inSize);
    var weights = new Weights(count, stride);
    double[] exact = new double[stride];
    for (int i = 0; i < count; i++) {
      double centre = (from + i + 0.5) * scale;
      int low = Math.max((int) (centre - support + 0.5), 0);
      int n = Math.min((int) (centre + support + 0.5), inSize) - low;
      double sum = 0;
      for (int k = 0; k < n; k++) {
        double distance = Math.abs((k + low - centre + 0.5) * (1.0 / filterScale));
        exact[k] = distance < 1.0 ? 1.0 - distance : 0.0;
        sum += exact[k];
      }
      for (int k = 0; k < n; k++) {
        double share = sum == 0 ? exact[k] : exact[k] / sum;
        weights.weight[i * stride + k] = (int) (0.5 + share * (1 << PRECISION_BITS));
      }
      weights.first[i] = low;
      weights.length[i] = n;
    }
    return weights;
  }

  /** Rows {@code firstRow} to {@code endRow} of the picture at their new width. */
  private static byte[] horizontal(Picture picture, Weights columns, int firstRow, int endRow) {
    byte[] in = picture.samples();
    int outWidth = columns.first.length;
    byte[] out = new byte[Math.multiplyExact(3 * outWidth, endRow - firstRow)];
    int at = 0;
    for (int y = firstRow; y < endRow; y++) {
      for (int x = 0; x < outWidth; x++) {
        int pixel = 3 * (y * picture.width() + columns.first[x]);
        weigh(in, pixel, 3, columns, x, out, at);
        at += 3;
      }
    }
    return out;
  }

  /** The rows' weighted sums; {@code in} starts with the first row that a weight asks for. */
  private static byte[] vertical(byte[] in, int width, Weights rows) {
    byte[] out = new byte[Math.multiplyExact(3 * width, rows.first.length)];
    int at = 0;
    for (int y = 0; y < rows.first.length; y++) {
      int row = 3 * width * (rows.first[y] - rows.from());
      for (int x = 0; x < width; x++) {
        weigh(in, row + 3 * x, 3 * width, rows, y, out, at);
        at += 3;
      }
    }
    return out;
  }

  private static void weigh(
      byte[] in, int start, int step, Weights weights, int i, byte[] out, int at) {
    int half = 1 << (PRECISION_BITS - 1);
    int r = half;
    int g = half;
    int b = half;
    int w = i * weights.stride;
    int pixel = start;
    for (int k = weights.length[i]; k > 0; k--) {
      int weight = weights.weight[w++];
      r += (in[pixel] & 0xff) * weight;
      g += (in[pixel + 1] & 0xff) * weight;
      b += (in[pixel + 2] & 0xff) * weight;
      pixel += step;
    }
    out[at] = clip(r);
    out[at + 1] = clip(g);
    out[at + 2] = clip(b);
  }

  private static byte clip(int sum) {
    return (byte) Math.clamp(sum >> PRECISION_BITS, 0, 255);
  }
}
