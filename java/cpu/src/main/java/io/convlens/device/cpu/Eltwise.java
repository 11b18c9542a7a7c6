package io.convlens.device.cpu;

import io.convlens.graph.Activation;
import java.util.Optional;

/**
 * The activations that oneDNN computes by the same definition, to 1e-6 of the larger of the value
 * and 1 (a test holds that). Its logarithm and its softplus are off by 3e-6 and 8e-6 and so not
 * among them. Some of its functions answer NaN with a number, as processors' max and min do.
 *
 * @param algorithm oneDNN's number of the function
 */
record Eltwise(int algorithm, float alpha, float beta) {
  private static final int RELU = 32;
  private static final int TANH = 33;
  private static final int ELU = 34;
  private static final int ABS = 36;
  private static final int SQRT = 37;
  private static final int LINEAR = 38;
  private static final int HARDSIGMOID = 40;
  private static final int LOGISTIC = 41;
  private static final int EXP = 42;
  private static final int GELU_TANH = 43;
  private static final int SWISH = 44;
  private static final int CLIP_V2 = 47;
  private static final int POW = 48;
  private static final int GELU_ERF = 49;
  private static final int ROUND = 50;
  private static final int MISH = 51;
  private static final int HARDSWISH = 52;

  /** The same function in oneDNN; none where it has only an approximation or none at all. */
  static Optional<Eltwise> of(Activation f) {
    return switch (f) {
      case Activation.Relu() -> of(RELU, 0, 0);
      case Activation.LeakyRelu(float alpha) -> of(RELU, alpha, 0);
      case Activation.Elu(float alpha) -> of(ELU, alpha, 0);
      case Activation.Clip(float min, float max) -> of(CLIP_V2, min, max);
      case Activation.Sigmoid() -> of(LOGISTIC, 0, 0);
      case Activation.HardSigmoid(float alpha, float beta) -> of(HARDSIGMOID, alpha, beta);
      case Activation.HardSwish() -> of(HARDSWISH, 1f / 6, 0.5f);
      case Activation.Swish(float alpha) -> of(SWISH, alpha, 0);
      case Activation.Mish() -> of(MISH, 0, 0);
      case Activation.Gelu(boolean tanh) -> of(tanh ? GELU_TANH : GELU_ERF, 0, 0);
      case Activation.Affine(float scale, float shift) -> of(LINEAR, scale, shift);
      case Activation.Power(float exponent) -> of(POW, 1, exponent);
      case Activation.Elementary(Activation.Function function) -> of(function);
      case Activation.Softplus _,
          Activation.Selu _,
          Activation.Celu _,
          Activation.ThresholdedRelu _,
          Activation.Softsign _ ->
          Optional.empty();
    };
  }

  private static Optional<Eltwise> of(Activation.Function f) {
    return switch (f) {
      case TANH -> of(TANH, 0, 0);
      case ABS -> of(ABS, 0, 0);
      case EXP -> of(EXP, 0, 0);
      case SQRT -> of(SQRT, 0, 0);
      case ROUND -> of(ROUND, 0, 0);
      case LOG, ERF, RECIPROCAL, FLOOR, CEIL, SIGN, SIN, COS -> Optional.empty();
    };
  }

  private static Optional<Eltwise> of(int algorithm, float alpha, float beta) {
    return Optional.of(new Eltwise(algorithm, alpha, beta));
  }
}
