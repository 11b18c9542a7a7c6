/* From a thread's number to a place in an array. */
#pragma once

#include <cuda_runtime.h>
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

/**
 * A divisor of numbers from 0 to 2^63 - 1, as a multiplication: Granlund and Montgomery, 1994,
 * "Division by invariant integers using multiplication", theorem 4.2, with N = 63. A 64-bit
 * division proper is a function call on a GPU.
 */
struct Divisor {
  int64_t by;
  uint64_t factor;  // ceil(2^(63 + l) / by), l the least with 2^l >= by
  int shift;        // l - 1: the product's upper 64 bits are shifted by 63 + l - 64
};

inline Divisor divisor(int64_t by) {
  int l = 0;
  while (l < 62 && (static_cast<int64_t>(1) << l) < by) {
    l++;
  }
  __extension__ typedef unsigned __int128 Wide;
  Wide power = static_cast<Wide>(1) << (63 + l);
  Wide divided = (power + static_cast<Wide>(by) - 1) / static_cast<Wide>(by);
  return {by, static_cast<uint64_t>(divided), l - 1};
}

__device__ inline Split split(int64_t value, const Divisor& divisor) {
  int64_t quotient = value;
  if (divisor.by != 1) {
    quotient = static_cast<int64_t>(__umul64hi(static_cast<uint64_t>(value), divisor.factor) >>
                                    divisor.shift);
  }
  return {quotient, value - quotient * divisor.by};
}

}  // namespace convlens
