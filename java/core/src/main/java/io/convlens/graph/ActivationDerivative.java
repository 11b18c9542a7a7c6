package io.convlens.graph;

/** The derivatives of {@link Activation}s in double precision. */
final class ActivationDerivative {
  /** The cubic term of the tanh approximation of Gelu (Hendrycks and Gimpel 2016). */
  private static final double GELU_CUBIC = 0.044715;

  private ActivationDerivative() {}

  static double at(Activation f, double x) {
    return switch (f) {
      case Activation.Relu() -> x > 0 ? 1 : 0;
      case Activation.LeakyRelu(float alpha) -> x > 0 ? 1 : alpha;
      case Activation.Elu(float alpha) -> x > 0 ? 1 : alpha * Math.exp(x);
      case Activation.Selu(float alpha, float gamma) -> x > 0 ? gamma : gamma * alpha * Math.exp(x);
      case Activation.Celu(float alpha) -> x > 0 ? 1 : Math.exp(x / alpha);
      case Activation.ThresholdedRelu(float alpha) -> x > alpha ? 1 : 0;
      case Activation.Clip(float min, float max) -> x > min && x < max ? 1 : 0;
      case Activation.Sigmoid() -> sigmoid(x);
      case Activation.HardSigmoid(float alpha, float beta) -> {
        double y = alpha * x + beta;
        yield y > 0 && y < 1 ? alpha : 0;
      }
      case Activation.HardSwish() -> hardSwish(x);
      case Activation.Swish(float alpha) -> {
        double s = ActivationReference.sigmoid(alpha * x);
        yield s + alpha * x * s * (1 - s);
      }
      case Activation.Mish() -> {
        double t = Math.tanh(ActivationReference.softplus(x));
        yield t + x * (1 - t * t) * ActivationReference.sigmoid(x);
      }
      case Activation.Gelu(boolean tanh) -> tanh ? geluByTanh(x) : gelu(x);
      case Activation.Softplus() -> ActivationReference.sigmoid(x);
      case Activation.Softsign() -> 1 / ((1 + Math.abs(x)) * (1 + Math.abs(x)));
      case Activation.Affine(float scale, float _) -> scale;
      case Activation.Power(float exponent) ->
          exponent == 0 ? 0 : exponent * Math.pow(x, exponent - 1);
      case Activation.Elementary(Activation.Function function) -> at(function, x);
    };
  }

  private static double at(Activation.Function f, double x) {
    return switch (f) {
      case TANH -> 1 - Math.tanh(x) * Math.tanh(x);
      case ERF -> 2 / Math.sqrt(Math.PI) * Math.exp(-x * x);
      case ABS -> Math.signum(x);
      case EXP -> Math.exp(x);
      case LOG -> 1 / x;
      case SQRT -> 0.5 / Math.sqrt(x);
      case RECIPROCAL -> -1 / (x * x);
      case FLOOR, CEIL, ROUND, SIGN -> 0;
      case SIN -> Math.cos(x);
      case COS -> -Math.sin(x);
    };
  }

  private static double sigmoid(double x) {
    double s = ActivationReference.sigmoid(x);
    return s * (1 - s);
  }

  private static double hardSwish(double x) {
    if (x <= -3) {
      return 0;
    }
    return x < 3 ? x / 3 + 0.5 : 1;
  }

  /** Φ(x) + x·φ(x). */
  private static double gelu(double x) {
    double below = 0.5 * (1 + ActivationReference.erf(x / Math.sqrt(2)));
    return below + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }

  private static double geluByTanh(double x) {
    double c = Math.sqrt(2 / Math.PI);
    double t = Math.tanh(c * (x + GELU_CUBIC * x * x * x));
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * GELU_CUBIC * x * x);
  }
}
