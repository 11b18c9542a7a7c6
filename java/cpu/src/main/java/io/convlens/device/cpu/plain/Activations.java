package io.convlens.device.cpu.plain;

import io.convlens.graph.Activation;
import java.util.Arrays;

/**
 * Activations over arrays, to about 1e-6 of the larger of the value and 1. Nearly all are loops
 * that the compiler turns into vector instructions; it does so only where there is no branch, so
 * that a choice by sign is written as max(x, 0) + f(min(x, 0)). An instance holds scratch memory
 * and is for one thread.
 */
final class Activations {
  /** Beyond it x·tanh(softplus(x)) is x, and e^x·e^x still a number. */
  private static final float MISH_END = 20;

  /** Beyond it Φ(−x) is 0 in single precision. */
  private static final float GELU_END = 20;

  private static final float SQRT_HALF = 0.70710677f;

  /** 2·√(2/π). */
  private static final float GELU_SCALE = 1.5957692f;

  private static final float GELU_CUBE = 0.044715f;

  private final FloatFunctions functions;
  private final float[] room;

  /** For arrays of up to so many elements. */
  Activations(int capacity) {
    functions = new FloatFunctions(capacity);
    room = new float[capacity];
  }

  /** Applies a function to the first elements of an array. */
  void apply(Activation f, float[] v, int count) {
    switch (f) {
      case Activation.Relu() -> relu(v, count);
      case Activation.Clip(float min, float max) -> clip(min, max, v, count);
      case Activation.Affine(float scale, float shift) -> affine(scale, shift, v, count);
      case Activation.LeakyRelu(float alpha) -> leakyRelu(alpha, v, count);
      case Activation.HardSigmoid(float alpha, float beta) -> hardSigmoid(alpha, beta, v, count);
      case Activation.HardSwish() -> hardSwish(v, count);
      case Activation.Softsign() -> softsign(v, count);
      case Activation.Elu(float alpha) -> elu(1, alpha, 1, v, count);
      case Activation.Selu(float alpha, float gamma) -> elu(1, gamma * alpha, gamma, v, count);
      case Activation.Celu(float alpha) -> elu(1 / alpha, alpha, 1, v, count);
      case Activation.ThresholdedRelu(float alpha) -> thresholdedRelu(alpha, v, count);
      case Activation.Sigmoid() -> sigmoid(v, count);
      case Activation.Swish(float alpha) -> swish(alpha, v, count);
      case Activation.Mish() -> mish(v, count);
      case Activation.Gelu(boolean tanh) -> gelu(tanh, v, count);
      case Activation.Softplus() -> softplus(v, count);
      case Activation.Power(float exponent) -> power(exponent, v, count);
      case Activation.Elementary(Activation.Function function) -> apply(function, v, count);
    }
  }

  private void apply(Activation.Function f, float[] v, int count) {
    switch (f) {
      case TANH -> functions.tanh(v, count);
      case ERF -> functions.erf(v, room, count);
      case EXP -> functions.exp(v, count);
      case ABS -> abs(v, count);
      case LOG -> log(v, count);
      case SQRT -> sqrt(v, count);
      case RECIPROCAL -> reciprocal(v, count);
      case FLOOR -> floor(v, count);
      case CEIL -> ceil(v, count);
      case ROUND -> round(v, count);
      case SIGN -> sign(v, count);
      case SIN -> sin(v, count);
      case COS -> cos(v, count);
    }
  }

  private static void relu(float[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[i] = Math.max(v[i], 0f);
    }
  }

  private static void clip(float min, float max, float[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[i] = Math.min(Math.max(v[i], min), max);
    }
  }

  private static void affine(float scale, float shift, float[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[i] = v[i] * scale + shift;
    }
  }

  private static void leakyRelu(float alpha, float[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[i] = Math.max(v[i], 0f) + alpha * Math.min(v[i], 0f);
    }
  }

  private static void hardSigmoid(float alpha, float beta, float[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[i] = Math.max(0f, Math.min(1f, v[i] * alpha + beta));
    }
  }

  private static void hardSwish(float[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[i] *= Math.max(0f, Math.min(1f, v[i] / 6 + 0.5f));
    }
  }

  private static void softsign(float[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[i] /= 1 + Math.abs(v[i]);
    }
  }

  /** positive·x where x ≥ 0, else negative·(exp(inner·x) − 1). */
  private void elu(float inner, float negative, float positive, float[] v, int count) {
    for (int i = 0; i < count; i++) {
      room[i] = inner * Math.min(v[i], 0f);
    }
    functions.expm1(room, count);
    for (int i = 0; i < count; i++) {
      v[i] = positive * Math.max(v[i], 0f) + negative * room[i];
    }
  }

  /** The sign of what is above the threshold is 1 or 0; minus infinity times 0 would be none. */
  private static void thresholdedRelu(float alpha, float[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[i] = Math.max(v[i], -Float.MAX_VALUE) * Math.signum(Math.max(v[i] - alpha, 0f));
    }
  }

  private void sigmoid(float[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[i] = -v[i];
    }
    functions.exp(v, count);
    for (int i = 0; i < count; i++) {
      v[i] = 1 / (1 + v[i]);
    }
  }

  private void swish(float alpha, float[] v, int count) {
    for (int i = 0; i < count; i++) {
      room[i] = -alpha * v[i];
    }
    functions.exp(room, count);
    for (int i = 0; i < count; i++) {
      v[i] /= 1 + room[i];
    }
  }

  /** With e = exp(x), tanh(ln(1 + e)) is e(e + 2)/(e(e + 2) + 2). */
  private void mish(float[] v, int count) {
    for (int i = 0; i < count; i++) {
      room[i] = Math.min(v[i], MISH_END);
    }
    functions.exp(room, count);
    for (int i = 0; i < count; i++) {
      float n = room[i] * (room[i] + 2);
      v[i] *= n / (n + 2);
    }
  }

  /** x·Φ(x) is max(x, 0) − |x|·Φ(−|x|); with tanh it is x·sigmoid of a cubic. */
  private void gelu(boolean tanh, float[] v, int count) {
    if (tanh) {
      for (int i = 0; i < count; i++) {
        room[i] = -GELU_SCALE * (v[i] + GELU_CUBE * v[i] * v[i] * v[i]);
      }
      functions.exp(room, count);
      for (int i = 0; i < count; i++) {
        v[i] /= 1 + room[i];
      }
    } else {
      for (int i = 0; i < count; i++) {
        room[i] = Math.min(Math.abs(v[i]), GELU_END) * SQRT_HALF;
      }
      functions.erfc(room, count);
      for (int i = 0; i < count; i++) {
        v[i] = Math.max(v[i], 0f) - Math.min(Math.abs(v[i]), GELU_END) * 0.5f * room[i];
      }
    }
  }

  private void softplus(float[] v, int count) {
    for (int i = 0; i < count; i++) {
      room[i] = -Math.abs(v[i]);
    }
    functions.exp(room, count);
    FloatFunctions.log1p(room, count);
    for (int i = 0; i < count; i++) {
      v[i] = Math.max(v[i], 0f) + room[i];
    }
  }

  private static void power(float exponent, float[] v, int count) {
    if (exponent == 0) {
      Arrays.fill(v, 0, count, 1);
    } else if (exponent == 2) {
      for (int i = 0; i < count; i++) {
        v[i] *= v[i];
      }
    } else if (exponent == 3) {
      for (int i = 0; i < count; i++) {
        v[i] *= v[i] * v[i];
      }
    } else {
      for (int i = 0; i < count; i++) {
        v[i] = (float) Math.pow(v[i], exponent);
      }
    }
  }

  private static void abs(float[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[i] = Math.abs(v[i]);
    }
  }

  private static void log(float[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[i] = (float) Math.log(v[i]);
    }
  }

  private static void sqrt(float[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[i] = (float) Math.sqrt(v[i]);
    }
  }

  private static void reciprocal(float[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[i] = 1 / v[i];
    }
  }

  private static void floor(float[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[i] = (float) Math.floor(v[i]);
    }
  }

  private static void ceil(float[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[i] = (float) Math.ceil(v[i]);
    }
  }

  private static void round(float[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[i] = (float) Math.rint(v[i]);
    }
  }

  private static void sign(float[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[i] = Math.signum(v[i]);
    }
  }

  private static void sin(float[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[i] = (float) Math.sin(v[i]);
    }
  }

  private static void cos(float[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[i] = (float) Math.cos(v[i]);
    }
  }
}
