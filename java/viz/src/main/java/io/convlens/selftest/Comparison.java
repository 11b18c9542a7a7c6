package io.convlens.selftest;

import io.convlens.device.Buffer;
import io.convlens.device.Device;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;

/** Numbers on their way to a device and back, and how far two results lie apart. */
final class Comparison {
  private Comparison() {}

  /** Fills a buffer with the numbers of a seed. */
  static void upload(Device on, long seed, boolean positive, Buffer to) {
    try (Tensor values = Numbers.operand(seed, positive, to.size())) {
      on.upload(values, 0, values.size(), to);
    }
  }

  static float[] download(Device from, Buffer buffer) {
    try (Tensor values = Tensor.zeros(Shape.of(buffer.size()))) {
      from.download(buffer, buffer.size(), values, 0);
      return values.toArray();
    }
  }

  /** The largest difference as a share of the largest magnitude. */
  static double error(float[] expected, float[] actual) {
    double largest = Float.MIN_NORMAL;
    double error = 0;
    for (int i = 0; i < expected.length; i++) {
      if (Float.compare(expected[i], actual[i]) == 0) {
        largest = Math.max(largest, Float.isFinite(expected[i]) ? Math.abs(expected[i]) : 0);
        continue;
      }
      double difference = Math.abs((double) expected[i] - actual[i]);
      error = Math.max(error, Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference);
      largest = Math.max(largest, Math.abs((double) expected[i]));
    }
    return error / largest;
  }
}
