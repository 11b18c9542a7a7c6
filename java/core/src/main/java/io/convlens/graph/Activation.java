package io.convlens.graph;

/**
 * A function of one number, applied to each element. Definitions are ONNX's; parameters are those
 * of the node, defaults resolved.
 */
public sealed interface Activation {
  /** max(x, 0). */
  record Relu() implements Activation {}

  /** x where x ≥ 0, else alpha·x. */
  record LeakyRelu(float alpha) implements Activation {}

  /** x where x ≥ 0, else alpha·(exp(x) − 1). */
  record Elu(float alpha) implements Activation {}

  /** gamma·x where x > 0, else gamma·alpha·(exp(x) − 1). */
  record Selu(float alpha, float gamma) implements Activation {}

  /** max(0, x) + min(0, alpha·(exp(x/alpha) − 1)). */
  record Celu(float alpha) implements Activation {}

  /** x where x > alpha, else 0. */
  record ThresholdedRelu(float alpha) implements Activation {}

  /** min(max(x, min), max); a bound that is absent is infinite. */
  record Clip(float min, float max) implements Activation {}

  /** 1/(1 + exp(−x)). */
  record Sigmoid() implements Activation {}

  /** max(0, min(1, alpha·x + beta)). */
  record HardSigmoid(float alpha, float beta) implements Activation {}

  /** x·max(0, min(1, x/6 + 1/2)). */
  record HardSwish() implements Activation {}

  /** x·sigmoid(alpha·x); SiLU where alpha is 1. */
  record Swish(float alpha) implements Activation {}

  /** x·tanh(softplus(x)). */
  record Mish() implements Activation {}

  /** x·Φ(x), exact by erf or by the tanh approximation. */
  record Gelu(boolean tanh) implements Activation {}

  /** ln(1 + exp(x)). */
  record Softplus() implements Activation {}

  /** x/(1 + |x|). */
  record Softsign() implements Activation {}

  /** scale·x + shift. */
  record Affine(float scale, float shift) implements Activation {}

  /** x to a fixed power. */
  record Power(float exponent) implements Activation {}

  /** A function without parameters. */
  record Elementary(Function function) implements Activation {}

  /** The functions of {@link Elementary}. Round is half to even. */
  enum Function {
    TANH,
    ERF,
    ABS,
    EXP,
    LOG,
    SQRT,
    RECIPROCAL,
    FLOOR,
    CEIL,
    ROUND,
    SIGN,
    SIN,
    COS
  }

  /**
   * The value of the function, computed in double precision: the reference that devices are held
   * to, and what folds constants.
   */
  default double apply(double x) {
    return ActivationReference.apply(this, x);
  }

  /**
   * The derivative, computed in double precision. At a kink it is the left one, as in PyTorch, and
   * 0 at both ends of a {@link Clip}.
   */
  default double derivative(double x) {
    return ActivationDerivative.at(this, x);
  }

  /**
   * Whether the derivative at x is that at f(x): then the output tells what the input would, and
   * the input need not be kept.
   */
  default boolean derivativeFromOutput() {
    return switch (this) {
      case Relu _, Clip _ -> true;
      case LeakyRelu(float alpha) -> alpha > 0;
      default -> false;
    };
  }

  /** Whether the derivative is 0 wherever there is one: a function of steps. */
  default boolean isFlat() {
    return this instanceof Elementary(Function function)
        && switch (function) {
          case FLOOR, CEIL, ROUND, SIGN -> true;
          default -> false;
        };
  }

  /** Whether gradient rules (guided, deconvnet) treat the function as a ReLU. */
  default boolean isReluLike() {
    return this instanceof Relu || (this instanceof Clip c && c.min == 0);
  }
}
