package io.convlens.device.cpu.plain;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;

/**
 * Transcendental functions over arrays in single precision, a few units in the last place from the
 * truth, as loops that the compiler turns into vector instructions: no branches, no tables, no
 * calls. An instance holds scratch memory and is for one thread.
 */
final class FloatFunctions {
  /** Above it e^x is infinite, below the other it is less than the smallest normal number. */
  private static final float MOST = 89;

  private static final float LEAST = -87.5f;

  /** Adding 1.5·2²³ and taking it away again rounds to the nearest whole number. */
  private static final float ROUNDING = 12582912f;

  private static final float LOG2_E = 1.442695f;

  /** ln 2 in two parts; the first has so few digits that its products are exact (Cephes). */
  private static final float LN2_HIGH = 0.6933594f;

  private static final float LN2_LOW = -0.00021219444f;

  private static final int MANTISSA_BITS = 23;

  /** The exponent field of a half. */
  private static final int HALF_EXPONENT = 126;

  private static final float TWO_OVER_SQRT_PI = 1.1283792f;

  private final int[] bits;
  private final MemorySegment bitsInMemory;
  private final float[] scale;
  private final float[] spare;

  /** For arrays of up to so many elements. */
  FloatFunctions(int capacity) {
    bits = new int[capacity];
    bitsInMemory = MemorySegment.ofArray(bits);
    scale = new float[capacity];
    spare = new float[capacity];
  }

  /** v becomes e^v. */
  void exp(float[] v, int count) {
    split(v, count);
    for (int i = 0; i < count; i++) {
      v[i] = (1 + v[i]) * scale[i] * 2;
    }
  }

  /** v becomes e^v − 1, exact near 0 too. */
  void expm1(float[] v, int count) {
    split(v, count);
    for (int i = 0; i < count; i++) {
      v[i] = (v[i] * scale[i] + (scale[i] - 0.5f)) * 2;
    }
  }

  /**
   * Writes v as n·ln 2 + r: {@code v} becomes e^r − 1 and {@code scale} 2^(n−1), half of 2^n
   * because that may be just too large. The polynomial is that of Cephes' expf.
   */
  private void split(float[] v, int count) {
    for (int i = 0; i < count; i++) {
      float x = Math.min(Math.max(v[i], LEAST), MOST);
      float n = x * LOG2_E + ROUNDING - ROUNDING;
      float r = x - n * LN2_HIGH - n * LN2_LOW;
      float p = 0.00019875691f * r + 0.0013981999f;
      p = p * r + 0.008333452f;
      p = p * r + 0.041665796f;
      p = p * r + 0.16666666f;
      p = p * r + 0.5f;
      v[i] = p * r * r + r;
      bits[i] = ((int) n + HALF_EXPONENT) << MANTISSA_BITS;
    }
    // The compiler has no vector form of Float.intBitsToFloat, but copying bytes is the same.
    MemorySegment.copy(bitsInMemory, JAVA_FLOAT, 0, scale, 0, count);
  }

  /** v becomes ln(1 + v), for 0 ≤ v ≤ 1, by the series of 2·artanh(v/(2 + v)). */
  static void log1p(float[] v, int count) {
    for (int i = 0; i < count; i++) {
      float s = v[i] / (2 + v[i]);
      float q = s * s;
      float p = q / 15 + 1f / 13;
      p = p * q + 1f / 11;
      p = p * q + 1f / 9;
      p = p * q + 1f / 7;
      p = p * q + 1f / 5;
      p = p * q + 1f / 3;
      v[i] = 2 * s * (p * q + 1);
    }
  }

  /** v becomes tanh v. */
  void tanh(float[] v, int count) {
    for (int i = 0; i < count; i++) {
      // Beyond 10 the answer is 1 to the last digit.
      v[i] = 2 * Math.min(Math.max(v[i], -10f), 10f);
    }
    expm1(v, count);
    for (int i = 0; i < count; i++) {
      v[i] = v[i] / (v[i] + 2);
    }
  }

  /**
   * v becomes 1 − erf v, for v ≥ 0, with a relative error of 1.2e-7 before rounding: the Chebyshev
   * fit of Numerical Recipes, section 6.2.
   */
  void erfc(float[] v, int count) {
    for (int i = 0; i < count; i++) {
      float z = v[i];
      float t = 1 / (1 + 0.5f * z);
      float p = 0.17087276f * t - 0.82215226f;
      p = p * t + 1.4885159f;
      p = p * t - 1.135204f;
      p = p * t + 0.27886808f;
      p = p * t - 0.18628806f;
      p = p * t + 0.09678418f;
      p = p * t + 0.37409195f;
      p = p * t + 1.0000237f;
      p = p * t - 1.2655122f;
      v[i] = p - z * z;
      spare[i] = t;
    }
    exp(v, count);
    for (int i = 0; i < count; i++) {
      v[i] *= spare[i];
    }
  }

  /**
   * v becomes erf v: its Maclaurin series up to 0.5, which is exact near 0, then 1 − erfc, and from
   * 0.5 to 0.6, where both are right, a mixture, because a choice would be a branch.
   *
   * @param room as long as {@code v}; overwritten
   */
  void erf(float[] v, float[] room, int count) {
    for (int i = 0; i < count; i++) {
      room[i] = Math.abs(v[i]);
    }
    erfc(room, count);
    for (int i = 0; i < count; i++) {
      float x = v[i];
      float far = Math.min(Math.max(Math.abs(x) * 10 - 5, 0f), 1f);
      float near = Math.min(Math.max(x, -1f), 1f);
      float q = near * near;
      float p = q / -75600 + 1f / 9360;
      p = p * q - 1f / 1320;
      p = p * q + 1f / 216;
      p = p * q - 1f / 42;
      p = p * q + 1f / 10;
      p = p * q - 1f / 3;
      float series = TWO_OVER_SQRT_PI * near * (p * q + 1);
      // Where 1 − erfc counts, |x| is above 0.5, and this its sign.
      float sign = Math.min(Math.max(x * 2, -1f), 1f);
      v[i] = series + far * (sign * (1 - room[i]) - series);
    }
  }
}
