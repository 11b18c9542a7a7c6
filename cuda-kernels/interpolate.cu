/*
 * Interpolation along the middle axis: each output is a weighted sum of a few inputs.
 *
 * src: [outer][length][inner], dst: [outer][count][inner].
 *
 * Bound: bytes, 4*outer*inner*(length + count); neighbouring outputs share inputs in the caches.
 */
#include "common/index.cuh"
#include "common/launch.cuh"
#include "common/vec.cuh"

namespace convlens {
namespace {

/** A thread for V neighbours of dst along the inner axis, `width` of them a line. */
template <int V>
__global__ void __launch_bounds__(kThreads)
    interpolate(clk_interpolate_args args, Divisor width, Divisor count) {
  Split in_line = split(thread_number(), width);
  Split line = split(in_line.quotient, count);
  if (line.quotient >= args.outer) {
    return;
  }
  const float* src = args.src + line.quotient * args.length * args.inner + in_line.rest * V;
  Vec<V> sum = splat<V>(0);
  int32_t end = args.starts[line.rest + 1];
  for (int32_t t = args.starts[line.rest]; t < end; t++) {
    Vec<V> x = load<V>(src + args.indices[t] * args.inner);
    float weight = args.weights[t];
#pragma unroll
    for (int lane = 0; lane < V; lane++) {
      sum.at[lane] += weight * x.at[lane];
    }
  }
  store<V>(args.dst + in_line.quotient * args.inner + in_line.rest * V, sum);
}

bool makes_sense(const clk_interpolate_args& a) {
  return a.src != nullptr && a.starts != nullptr && a.indices != nullptr && a.weights != nullptr &&
         a.dst != nullptr && a.outer >= 0 && a.length >= 1 && a.inner >= 0 && a.count >= 0;
}

}  // namespace
}  // namespace convlens

extern "C" int clk_interpolate(const clk_interpolate_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (args->outer == 0 || args->count == 0 || args->inner == 0) {
    return 0;
  }
  bool fours = by_fours(args->inner) && is_aligned(args->src) && is_aligned(args->dst);
  Divisor width = divisor(args->inner / (fours ? 4 : 1));
  int64_t blocks = ceil_div(args->outer * args->count * width.by, kThreads);
  if (!fits_grid(blocks)) {
    return refused();
  }
  auto* interpolate_kernel = fours ? interpolate<4> : interpolate<1>;
  CLK_LAUNCH(interpolate_kernel, grid_of(blocks), dim3(kThreads), 0, stream, *args, width,
             divisor(args->count));
  return launched();
}
