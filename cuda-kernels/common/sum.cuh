/*
 * Sums that lose nothing to their length, and sums and maxima of a warp or a block, always in the
 * same order.
 */
#pragma once

#include "launch.cuh"

namespace convlens {

/** A sum and what rounding has taken from it: Knuth's TwoSum, The Art of Computer
 * Programming 4.2.2. */
struct Sum {
  float high;
  float low;

  __device__ void add(float x) { add({x, 0}); }

  __device__ void add(const Sum& other) {
    float total = high + other.high;
    float part = total - high;
    float lost = (high - (total - part)) + (other.high - part);
    low = (low + other.low) + lost;  // in this order a + b is b + a
    high = total;
  }

  /** Where the sum is infinite, what was lost is not a number. */
  __device__ float value() const { return low == low ? high + low : high; }
};

constexpr unsigned kAllLanes = 0xffffffffu;

/** The sum over a warp's lanes, to each of them. */
__device__ inline Sum warp_sum(Sum own) {
#pragma unroll
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    Sum other = {__shfl_xor_sync(kAllLanes, own.high, distance),
                 __shfl_xor_sync(kAllLanes, own.low, distance)};
    own.add(other);
  }
  return own;
}

/** The largest of a warp's lanes, to each of them; numbers before NaN. */
__device__ inline float warp_max(float own) {
#pragma unroll
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    own = fmaxf(own, __shfl_xor_sync(kAllLanes, own, distance));
  }
  return own;
}

/** The sum over a block's kThreads threads, to each of them. `parts` may be used again after it. */
__device__ inline Sum block_sum(Sum own, Sum (&parts)[kThreads / kWarp]) {
  Sum warp = warp_sum(own);
  if (threadIdx.x % kWarp == 0) {
    parts[threadIdx.x / kWarp] = warp;
  }
  __syncthreads();
  Sum total = {0, 0};
  for (const Sum& part : parts) {
    total.add(part);
  }
  __syncthreads();
  return total;
}

}  // namespace convlens
