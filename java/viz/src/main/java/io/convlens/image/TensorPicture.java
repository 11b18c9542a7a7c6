package io.convlens.image;

import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;

/** From one item of an array {@code [N,C,H,W]} to a picture, given what a value stands for. */
final class TensorPicture {
  /** The sample, 0..255 before rounding and clipping, that a value of a channel stands for. */
  @FunctionalInterface
  interface Sample {
    double of(int channel, float value);
  }

  private TensorPicture() {}

  static Picture stretched(String name, Tensor input, int index) {
    check(input.shape(), index);
    long size = input.shape().product(1, 4);
    float low = Float.POSITIVE_INFINITY;
    float high = Float.NEGATIVE_INFINITY;
    for (long i = index * size; i < (index + 1) * size; i++) {
      float v = input.get(i);
      if (Float.isFinite(v)) {
        low = Math.min(low, v);
        high = Math.max(high, v);
      }
    }
    double from = low;
    // An array of one value has no range: it is drawn black rather than divided by zero.
    double scale = high > low ? 255.0 / ((double) high - low) : 0;
    return of(name, input, index, (_, v) -> Float.isFinite(v) ? (v - from) * scale : 0);
  }

  /** Channels are R, G, B for three of them; otherwise their mean is a grey. */
  static Picture of(String name, Tensor input, int index, Sample sample) {
    Shape shape = input.shape();
    check(shape, index);
    int channels = shape.intDim(1);
    int height = shape.intDim(2);
    int width = shape.intDim(3);
    int plane = height * width;
    byte[] rgb = new byte[3 * plane];
    double[] values = new double[channels];
    for (int i = 0; i < plane; i++) {
      for (int c = 0; c < channels; c++) {
        values[c] = sample.of(c, input.get(((long) index * channels + c) * plane + i));
      }
      for (int k = 0; k < 3; k++) {
        rgb[3 * i + k] = round(channels == 3 ? values[k] : mean(values));
      }
    }
    return new Picture(name, width, height, rgb);
  }

  private static void check(Shape shape, int index) {
    if (shape.rank() != 4 || shape.size() == 0) {
      throw new IllegalArgumentException("shape " + shape + " where [N,C,H,W] is needed");
    }
    if (shape.product(2, 4) > Picture.MAX_PIXELS) {
      throw new IllegalArgumentException("shape " + shape + " has too many pixels for a picture");
    }
    if (index < 0 || index >= shape.dim(0)) {
      throw new IllegalArgumentException("item " + index + " of an array of shape " + shape);
    }
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double v : values) {
      sum += v;
    }
    return sum / values.length;
  }

  /** Half to even, as NumPy rounds; a NaN is 0. */
  private static byte round(double sample) {
    return (byte) Math.clamp((long) Math.rint(sample), 0, 255);
  }
}
