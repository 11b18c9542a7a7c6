/* The activations of clk_post, in float32. Definitions are io.convlens.graph.Activation's. */
#pragma once

#include <cuda_runtime.h>
#include <math.h>

#include "convlens_kernels.h"
#include "vec.cuh"

namespace convlens {

__device__ inline float clip(float x, float least, float most) {
  float raised = x < least ? least : x;  // a NaN stays
  return raised > most ? most : raised;
}

__device__ inline float sigmoid(float x) { return 1 / (1 + expf(-x)); }

__device__ inline float softplus(float x) { return fmaxf(x, 0) + log1pf(expf(-fabsf(x))); }

/** By the complement of erf, so that nothing cancels where x is far below zero. */
__device__ inline float gelu(float x) {
  constexpr float kRootOfHalf = 0.70710678118654752f;
  return 0.5f * x * erfcf(-x * kRootOfHalf);
}

/** Hendrycks and Gimpel, 2016, "Gaussian Error Linear Units", section 2. */
__device__ inline float gelu_tanh(float x) {
  constexpr float kRootOfTwoOverPi = 0.79788456080286536f;
  return 0.5f * x * (1 + tanhf(kRootOfTwoOverPi * (x + 0.044715f * x * x * x)));
}

__device__ inline float sign(float x) { return x > 0 ? 1.0f : x < 0 ? -1.0f : x; }

__device__ inline float activated(int kind, float a, float b, float x) {
  switch (kind) {
    case CLK_RELU:
      return x < 0 ? 0 : x;
    case CLK_LEAKY_RELU:
      return x < 0 ? a * x : x;
    case CLK_ELU:
      return x < 0 ? a * expm1f(x) : x;
    case CLK_SELU:
      return x <= 0 ? b * a * expm1f(x) : b * x;
    case CLK_CELU:
      return x < 0 ? a * expm1f(x / a) : x;
    case CLK_THRESHOLDED:
      return x <= a ? 0 : x;
    case CLK_CLIP:
      return clip(x, a, b);
    case CLK_SIGMOID:
      return sigmoid(x);
    case CLK_HARD_SIGMOID:
      return clip(a * x + b, 0, 1);
    case CLK_HARD_SWISH:
      return x * clip(x / 6 + 0.5f, 0, 1);
    case CLK_SWISH:
      return x * sigmoid(a * x);
    case CLK_MISH:
      return x * tanhf(softplus(x));
    case CLK_GELU:
      return gelu(x);
    case CLK_GELU_TANH:
      return gelu_tanh(x);
    case CLK_SOFTPLUS:
      return softplus(x);
    case CLK_SOFTSIGN:
      return x / (1 + fabsf(x));
    case CLK_AFFINE:
      return a * x + b;
    case CLK_POWER:
      return powf(x, a);
    case CLK_TANH:
      return tanhf(x);
    case CLK_ERF:
      return erff(x);
    case CLK_ABS:
      return fabsf(x);
    case CLK_EXP:
      return expf(x);
    case CLK_LOG:
      return logf(x);
    case CLK_SQRT:
      return sqrtf(x);
    case CLK_RECIPROCAL:
      return 1 / x;
    case CLK_FLOOR:
      return floorf(x);
    case CLK_CEIL:
      return ceilf(x);
    case CLK_ROUND:
      return rintf(x);
    case CLK_SIGN:
      return sign(x);
    case CLK_SIN:
      return sinf(x);
    case CLK_COS:
      return cosf(x);
    default:
      return x;  // launchers have refused it
  }
}

/** One activation on neighbouring elements. */
template <int V>
__device__ inline void activate(int kind, float a, float b, Vec<V>& x) {
#pragma unroll
  for (int lane = 0; lane < V; lane++) {
    x.at[lane] = activated(kind, a, b, x.at[lane]);
  }
}

}  // namespace convlens
