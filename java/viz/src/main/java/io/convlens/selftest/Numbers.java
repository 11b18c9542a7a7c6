package io.convlens.selftest;

import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.SplittableRandom;

/** Numbers that look random and are the same everywhere. */
final class Numbers {
  private static final double LEAST_POSITIVE = 0.25;

  private Numbers() {}

  /** Between −scale and scale. */
  static Tensor tensor(long seed, double scale, long... dims) {
    Tensor t = Tensor.zeros(Shape.of(dims));
    var random = new SplittableRandom(seed);
    for (long i = 0; i < t.size(); i++) {
      t.set(i, (float) random.nextDouble(-scale, scale));
    }
    return t;
  }

  /** An operand: between −1 and 1, or between a quarter and 1. */
  static Tensor operand(long seed, boolean positive, long size) {
    Tensor t = Tensor.zeros(Shape.of(size));
    var random = new SplittableRandom(seed);
    for (long i = 0; i < size; i++) {
      t.set(i, (float) random.nextDouble(positive ? LEAST_POSITIVE : -1, 1));
    }
    return t;
  }
}
