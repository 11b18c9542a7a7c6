/* The derivatives of clk_post's activations, in float32, without differences of near equals. */
#pragma once

#include "activation.cuh"

namespace convlens {

/** x/3 + 1/2 between the corners of hard swish. */
__device__ inline float hard_swish_derivative(float x) {
  float inside = x < 3 ? x / 3 + 0.5f : 1;
  return x <= -3 ? 0 : inside;
}

__device__ inline float swish_derivative(float a, float x) {
  float s = sigmoid(a * x);
  return s + a * x * s * sigmoid(-a * x);
}

/** With e = exp(x), 1 - tanh(ln(1 + e)) is 2/(e*(e + 2) + 2). */
__device__ inline float mish_derivative(float x) {
  float t = tanhf(softplus(x));
  float e = expf(x);
  float rest = 2 / (e * (e + 2) + 2);
  return t + x * rest * (1 + t) * sigmoid(x);
}

/** Phi(x) + x*phi(x). */
__device__ inline float gelu_derivative(float x) {
  constexpr float kRootOfHalf = 0.70710678118654752f;
  constexpr float kOneByRootOfTwoPi = 0.39894228040143268f;
  return 0.5f * erfcf(-x * kRootOfHalf) + x * kOneByRootOfTwoPi * expf(-0.5f * x * x);
}

__device__ inline float gelu_tanh_derivative(float x) {
  constexpr float kRootOfTwoOverPi = 0.79788456080286536f;
  float t = tanhf(kRootOfTwoOverPi * (x + 0.044715f * x * x * x));
  float inner = kRootOfTwoOverPi * (1 + 3 * 0.044715f * x * x);
  return 0.5f * (1 + t) + 0.5f * x * (1 - t) * (1 + t) * inner;
}

/** At a corner, the derivative from the left. */
__device__ inline float derivative(int kind, float a, float b, float x) {
  constexpr float kTwoByRootOfPi = 1.12837916709551257f;
  switch (kind) {
    case CLK_RELU:
      return x > 0 ? 1 : 0;
    case CLK_LEAKY_RELU:
      return x > 0 ? 1 : a;
    case CLK_ELU:
      return x > 0 ? 1 : a * expf(x);
    case CLK_SELU:
      return x > 0 ? b : b * a * expf(x);
    case CLK_CELU:
      return x > 0 ? 1 : expf(x / a);
    case CLK_THRESHOLDED:
      return x > a ? 1 : 0;
    case CLK_CLIP:
      return x > a && x < b ? 1 : 0;
    case CLK_SIGMOID:
      return sigmoid(x) * sigmoid(-x);
    case CLK_HARD_SIGMOID:
      return a * x + b > 0 && a * x + b < 1 ? a : 0;
    case CLK_HARD_SWISH:
      return hard_swish_derivative(x);
    case CLK_SWISH:
      return swish_derivative(a, x);
    case CLK_MISH:
      return mish_derivative(x);
    case CLK_GELU:
      return gelu_derivative(x);
    case CLK_GELU_TANH:
      return gelu_tanh_derivative(x);
    case CLK_SOFTPLUS:
      return sigmoid(x);
    case CLK_SOFTSIGN:
      return 1 / ((1 + fabsf(x)) * (1 + fabsf(x)));
    case CLK_AFFINE:
      return a;
    case CLK_POWER:
      return a == 0 ? 0 : a * powf(x, a - 1);
    case CLK_TANH:
      return (1 - tanhf(x)) * (1 + tanhf(x));
    case CLK_ERF:
      return kTwoByRootOfPi * expf(-x * x);
    case CLK_ABS:
      return sign(x);
    case CLK_EXP:
      return expf(x);
    case CLK_LOG:
      return 1 / x;
    case CLK_SQRT:
      return 0.5f / sqrtf(x);
    case CLK_RECIPROCAL:
      return -1 / (x * x);
    case CLK_SIN:
      return cosf(x);
    case CLK_COS:
      return -sinf(x);
    default:
      return 0;  // steps: floor, ceil, round, sign
  }
}

}  // namespace convlens
