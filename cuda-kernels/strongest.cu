/*
 * The number of a row's largest element, so that a sweep's target is known on the device without
 * bringing the row back.
 *
 * row: [classes], index: one number.
 *
 * Bound: bytes, 4*classes; one warp, so that a launch's own time is what counts.
 */
#include "common/index.cuh"
#include "common/launch.cuh"
#include "common/sum.cuh"

namespace convlens {
namespace {

struct Place {
  float value;
  int32_t index;

  /** Whether another comes before this one: larger, or as large and first. */
  __device__ bool yields_to(const Place& other) const {
    return other.value > value || (other.value == value && other.index < index);
  }
};

__device__ Place warp_strongest(Place own) {
#pragma unroll
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    Place other = {__shfl_xor_sync(kAllLanes, own.value, distance),
                   __shfl_xor_sync(kAllLanes, own.index, distance)};
    if (own.yields_to(other)) {
      own = other;
    }
  }
  return own;
}

__global__ void __launch_bounds__(kWarp) find_strongest(clk_strongest_args args) {
  int lane = threadIdx.x;
  Place own = {-INFINITY, INT32_MAX};
  for (int64_t i = lane; i < args.classes; i += kWarp) {
    Place here = {args.row[i], static_cast<int32_t>(i)};
    if (own.yields_to(here)) {
      own = here;
    }
  }
  own = warp_strongest(own);
  if (lane == 0) {
    // Nothing is larger than what is no number; nor is there a largest where all are none.
    bool first = isnan(args.row[0]) || own.index == INT32_MAX;
    *args.index = first ? 0 : own.index;
  }
}

}  // namespace
}  // namespace convlens

extern "C" int clk_strongest(const clk_strongest_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || args->row == nullptr || args->index == nullptr || args->classes < 1 ||
      args->classes > INT32_MAX) {
    return refused();
  }
  CLK_LAUNCH(find_strongest, dim3(1), dim3(kWarp), 0, stream, *args);
  return launched();
}
