package io.convlens.graph;

/** The functions of {@link Activation} in double precision. */
final class ActivationReference {
  private ActivationReference() {}

  static double apply(Activation f, double x) {
    return switch (f) {
      case Activation.Relu() -> x < 0 ? 0 : x;
      case Activation.LeakyRelu(float alpha) -> x < 0 ? alpha * x : x;
      case Activation.Elu(float alpha) -> x < 0 ? alpha * Math.expm1(x) : x;
      case Activation.Selu(float alpha, float gamma) ->
          x <= 0 ? gamma * alpha * Math.expm1(x) : gamma * x;
      case Activation.Celu(float alpha) -> x < 0 ? alpha * Math.expm1(x / alpha) : x;
      case Activation.ThresholdedRelu(float alpha) -> x > alpha || Double.isNaN(x) ? x : 0;
      case Activation.Clip(float min, float max) -> Math.min(Math.max(x, min), max);
      case Activation.Sigmoid() -> sigmoid(x);
      case Activation.HardSigmoid(float alpha, float beta) ->
          Math.max(0, Math.min(1, alpha * x + beta));
      case Activation.HardSwish() -> x * Math.max(0, Math.min(1, x / 6 + 0.5));
      case Activation.Swish(float alpha) -> x * sigmoid(alpha * x);
      case Activation.Mish() -> x * Math.tanh(softplus(x));
      case Activation.Gelu(boolean tanh) ->
          tanh
              ? 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)))
              : 0.5 * x * (1 + erf(x / Math.sqrt(2)));
      case Activation.Softplus() -> softplus(x);
      case Activation.Softsign() -> x / (1 + Math.abs(x));
      case Activation.Affine(float scale, float shift) -> scale * x + shift;
      case Activation.Power(float exponent) -> Math.pow(x, exponent);
      case Activation.Elementary(Activation.Function function) -> apply(function, x);
    };
  }

  private static double apply(Activation.Function f, double x) {
    return switch (f) {
      case TANH -> Math.tanh(x);
      case ERF -> erf(x);
      case ABS -> Math.abs(x);
      case EXP -> Math.exp(x);
      case LOG -> Math.log(x);
      case SQRT -> Math.sqrt(x);
      case RECIPROCAL -> 1 / x;
      case FLOOR -> Math.floor(x);
      case CEIL -> Math.ceil(x);
      case ROUND -> Math.rint(x);
      case SIGN -> Math.signum(x);
      case SIN -> Math.sin(x);
      case COS -> Math.cos(x);
    };
  }

  static double sigmoid(double x) {
    if (x >= 0) {
      return 1 / (1 + Math.exp(-x));
    }
    double e = Math.exp(x);
    return e / (1 + e);
  }

  static double softplus(double x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }

  /**
   * The error function to about 1e-15: its Maclaurin series where |x| is small, the continued
   * fraction of erfc (Abramowitz and Stegun 7.1.5, 7.1.14) elsewhere.
   */
  static double erf(double x) {
    double a = Math.abs(x);
    if (Double.isNaN(a) || a > 6) {
      return a > 6 ? Math.signum(x) : x;
    }
    if (a < 2.5) {
      double term = a;
      double sum = a;
      for (int n = 1; Math.abs(term) > 1e-17 * sum; n++) {
        term *= -a * a / n;
        sum += term / (2 * n + 1);
      }
      return Math.copySign(2 / Math.sqrt(Math.PI) * sum, x);
    }
    double fraction = 0;
    for (int n = 60; n >= 1; n--) {
      fraction = n / 2.0 / (a + fraction);
    }
    double erfc = Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction);
    return Math.copySign(1 - erfc, x);
  }
}
