/*
 * Softmax, or its logarithm, over the middle axis of dense [outer, length, inner], in place or not.
 *
 * Bound: bytes, 8*outer*length*inner; the second and third look at a row meet it in the caches.
 */
#include "common/index.cuh"
#include "common/softmax.cuh"

namespace convlens {
namespace {

/** A warp for a row; inner is 1. */
__global__ void __launch_bounds__(kThreads) softmax_rows(clk_softmax_args args) {
  int64_t row = thread_number() / kWarp;
  if (row >= args.outer) {
    return;
  }
  int lane = threadIdx.x % kWarp;
  const float* src = args.src + row * args.length;
  float* dst = args.dst + row * args.length;
  Exponentials all = warp_exponentials(src, args.length, lane);
  for (int64_t i = lane; i < args.length; i += kWarp) {
    dst[i] = all.of(src[i], args.log == 1);
  }
}

/** A thread for a line along the middle axis, its neighbours for the neighbouring ones. */
__global__ void __launch_bounds__(kThreads) softmax_lines(clk_softmax_args args, Divisor inner) {
  Split at = split(thread_number(), inner);
  if (at.quotient >= args.outer) {
    return;
  }
  int64_t first = at.quotient * args.length * args.inner + at.rest;
  const float* src = args.src + first;
  Exponentials all = exponentials(src, args.length, args.inner);
  for (int64_t i = 0; i < args.length; i++) {
    args.dst[first + i * args.inner] = all.of(src[i * args.inner], args.log == 1);
  }
}

bool makes_sense(const clk_softmax_args& a) {
  return a.src != nullptr && a.dst != nullptr && a.outer >= 0 && a.length >= 0 && a.inner >= 0 &&
         is_flag(a.log);
}

}  // namespace
}  // namespace convlens

extern "C" int clk_softmax(const clk_softmax_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (args->outer == 0 || args->length == 0 || args->inner == 0) {
    return 0;
  }
  bool rows = args->inner == 1;
  int64_t blocks = ceil_div(args->outer * (rows ? kWarp : args->inner), kThreads);
  if (!fits_grid(blocks)) {
    return refused();
  }
  if (rows) {
    CLK_LAUNCH(softmax_rows, grid_of(blocks), dim3(kThreads), 0, stream, *args);
  } else {
    CLK_LAUNCH(softmax_lines, grid_of(blocks), dim3(kThreads), 0, stream, *args,
               divisor(args->inner));
  }
  return launched();
}
