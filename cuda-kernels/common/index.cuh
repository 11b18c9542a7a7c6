/* From a thread's number to a place in an array. */
#pragma once

#include <stdint.h>

namespace convlens {

/** This thread's number in a grid with one axis. */
__device__ inline int64_t thread_number() {
  return static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}

struct Split {
  int64_t quotient;
  int64_t rest;
};

/** Division of non-negative numbers; in 32 bits where they fit, which is several times faster. */
__device__ inline Split split(int64_t value, int64_t by) {
  if (((value | by) >> 32) == 0) {
    uint32_t small = static_cast<uint32_t>(value);
    uint32_t divisor = static_cast<uint32_t>(by);
    uint32_t quotient = small / divisor;
    return {quotient, small - quotient * divisor};
  }
  int64_t quotient = value / by;
  return {quotient, value - quotient * by};
}

}  // namespace convlens
