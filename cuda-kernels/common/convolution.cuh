/* What the kernels of clk_conv share: which elements a tap reads. */
#pragma once

#include "map.cuh"
#include "posts.cuh"

namespace convlens {

/** Where an output's window begins on an axis: before its first tap is added. */
__device__ inline int origin(const Window& window, bool transposed, int axis, int output) {
  return transposed ? output + window.pad[axis] : output * window.stride[axis] - window.pad[axis];
}

/** The element of src that a tap reads on an axis, or -1 where it reads none. */
__device__ inline int tapped(const Window& window, bool transposed, int axis, int origin, int tap) {
  int offset = tap * window.dilation[axis];
  int element = transposed ? origin - offset : origin + offset;
  if (transposed && element >= 0) {
    int quotient = element / window.stride[axis];
    element = quotient * window.stride[axis] == element ? quotient : -1;
  }
  return element < window.source[axis] ? element : -1;
}

int conv_gemm(const clk_conv_args& args, void* stream);
int conv_direct(const clk_conv_args& args, void* stream);

}  // namespace convlens
