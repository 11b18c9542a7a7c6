package io.convlens.device.cpu.plain;

import io.convlens.graph.Activation;
import io.convlens.graph.GradientRule;
import java.util.OptionalInt;

/**
 * The gradient through units that are open between 0 and a maximum, on the bits of the numbers:
 * comparisons of floats that choose between two values are left to branches by the compiler, sums
 * and shifts of whole numbers become vector instructions. The order of floats above 0 is that of
 * their bits.
 *
 * @param rule which gradients pass
 * @param top the bits of the maximum
 */
record Gate(GradientRule rule, int top) {
  /** The bits of a function's maximum, where it is such a unit. */
  static OptionalInt top(Activation function) {
    return switch (function) {
      case Activation.Relu() -> OptionalInt.of(Float.floatToRawIntBits(Float.POSITIVE_INFINITY));
      case Activation.Clip(float min, float max) when min == 0 && max > 0 ->
          OptionalInt.of(Float.floatToRawIntBits(max));
      default -> OptionalInt.empty();
    };
  }

  /**
   * Applies the rule in place.
   *
   * @param g bits of the gradients
   * @param x bits of what the units saw
   */
  void apply(int[] g, int[] x, int count) {
    switch (rule) {
      case GRADIENT -> {
        for (int i = 0; i < count; i++) {
          g[i] &= positive(x[i]) & below(x[i], top);
        }
      }
      case GUIDED -> {
        for (int i = 0; i < count; i++) {
          g[i] &= positive(x[i]) & below(x[i], top) & positive(g[i]) & below(g[i], NAN);
        }
      }
      case DECONVNET -> {
        for (int i = 0; i < count; i++) {
          g[i] &= positive(g[i]) & below(g[i], NAN);
        }
      }
    }
  }

  /** The bits after those of infinity. */
  private static final int NAN = 0x7f800001;

  /** All ones where the sign is not set and something else is, else 0. */
  private static int positive(int bits) {
    return (~bits >> 31) & (-bits >> 31);
  }

  /** All ones where bits are below others, both of positive numbers. */
  private static int below(int bits, int others) {
    return (bits - others) >> 31;
  }
}
