package io.convlens.device;

import java.util.Locale;

/**
 * What a device multiplies in. Arrays are float32 and sums are taken in float32 in any case; what
 * is not a convolution or a product of matrices computes in float32.
 */
public enum Precision {
  /** IEEE single precision: 24 bits. The default. */
  FP32,
  /** TensorFloat-32: 11 bits, the range of float32. */
  TF32,
  /** Half precision: 11 bits, numbers up to 65504. */
  FP16,
  /** Brain floating point: 8 bits, the range of float32. */
  BF16;

  /** As people write it: {@code fp32}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
