/* The softmax of a row, as its largest element and the sum of exponentials below it. */
#pragma once

#include <math.h>

#include "sum.cuh"

namespace convlens {

struct Exponentials {
  float largest;
  float sum;

  /** The softmax of an element of the row, or its logarithm. */
  __device__ float of(float x, bool log) const {
    return log ? (x - largest) - logf(sum) : expf(x - largest) / sum;
  }
};

/** Of `length` elements `stride` apart, by one thread. */
__device__ inline Exponentials exponentials(const float* row, int64_t length, int64_t stride) {
  float largest = -INFINITY;
  for (int64_t i = 0; i < length; i++) {
    largest = fmaxf(largest, row[i * stride]);
  }
  Sum sum = {0, 0};
  for (int64_t i = 0; i < length; i++) {
    sum.add(expf(row[i * stride] - largest));
  }
  return {largest, sum.value()};
}

/** Of `length` neighbouring elements, by a warp; all its lanes call it. */
__device__ inline Exponentials warp_exponentials(const float* row, int64_t length, int lane) {
  float largest = -INFINITY;
  for (int64_t i = lane; i < length; i += kWarp) {
    largest = fmaxf(largest, row[i]);
  }
  largest = warp_max(largest);
  Sum sum = {0, 0};
  for (int64_t i = lane; i < length; i += kWarp) {
    sum.add(expf(row[i] - largest));
  }
  return {largest, warp_sum(sum).value()};
}

}  // namespace convlens
