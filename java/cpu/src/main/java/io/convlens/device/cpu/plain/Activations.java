package io.convlens.device.cpu.plain;

import io.convlens.graph.Activation;

/**
 * Activations over arrays: simple ones as loops that the compiler turns into vector instructions,
 * the others by their definition in double precision, which is slow and right.
 */
final class Activations {
  private Activations() {}

  /** Applies a function to the first elements of an array. */
  static void apply(Activation f, float[] v, int count) {
    switch (f) {
      case Activation.Relu() -> {
        for (int i = 0; i < count; i++) {
          v[i] = Math.max(v[i], 0f);
        }
      }
      case Activation.Clip(float min, float max) -> {
        for (int i = 0; i < count; i++) {
          v[i] = Math.min(Math.max(v[i], min), max);
        }
      }
      case Activation.Affine(float scale, float shift) -> {
        for (int i = 0; i < count; i++) {
          v[i] = v[i] * scale + shift;
        }
      }
      case Activation.LeakyRelu(float alpha) -> leakyRelu(alpha, v, count);
      case Activation.HardSigmoid(float alpha, float beta) -> {
        for (int i = 0; i < count; i++) {
          v[i] = Math.max(0f, Math.min(1f, v[i] * alpha + beta));
        }
      }
      case Activation.HardSwish() -> {
        for (int i = 0; i < count; i++) {
          v[i] *= Math.max(0f, Math.min(1f, v[i] / 6 + 0.5f));
        }
      }
      case Activation.Softsign() -> {
        for (int i = 0; i < count; i++) {
          v[i] /= 1 + Math.abs(v[i]);
        }
      }
      case Activation.Elementary(Activation.Function function) -> apply(function, v, count);
      case Activation.Elu _,
          Activation.Selu _,
          Activation.Celu _,
          Activation.ThresholdedRelu _,
          Activation.Sigmoid _,
          Activation.Swish _,
          Activation.Mish _,
          Activation.Gelu _,
          Activation.Softplus _,
          Activation.Power _ ->
          byDefinition(f, v, count);
    }
  }

  private static void leakyRelu(float alpha, float[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[i] = v[i] < 0 ? alpha * v[i] : v[i];
    }
  }

  private static void apply(Activation.Function f, float[] v, int count) {
    switch (f) {
      case ABS -> {
        for (int i = 0; i < count; i++) {
          v[i] = Math.abs(v[i]);
        }
      }
      case RECIPROCAL -> {
        for (int i = 0; i < count; i++) {
          v[i] = 1 / v[i];
        }
      }
      case SQRT -> {
        for (int i = 0; i < count; i++) {
          v[i] = (float) Math.sqrt(v[i]);
        }
      }
      case TANH, ERF, EXP, LOG, FLOOR, CEIL, ROUND, SIGN, SIN, COS ->
          byDefinition(new Activation.Elementary(f), v, count);
    }
  }

  private static void byDefinition(Activation f, float[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[i] = (float) f.apply(v[i]);
    }
  }
}
