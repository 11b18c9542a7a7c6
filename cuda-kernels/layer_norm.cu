/*
 * Layer normalisation of rows: Ba, Kiros and Hinton, 2016.
 *
 * src, dst: dense [rows][columns].
 *
 * Bound: bytes, 8*rows*columns; the second and third look at a row meet it in the caches.
 */
#include "common/index.cuh"
#include "common/sum.cuh"

namespace convlens {
namespace {

/** A warp for a row. */
__global__ void __launch_bounds__(kThreads) layer_norm(clk_layer_norm_args args, float epsilon) {
  int64_t row = thread_number() / kWarp;
  if (row >= args.rows) {
    return;
  }
  int lane = threadIdx.x % kWarp;
  const float* src = args.src + row * args.columns;
  float* dst = args.dst + row * args.columns;
  Sum sum = {0, 0};
  for (int64_t c = lane; c < args.columns; c += kWarp) {
    sum.add(src[c]);
  }
  float mean = warp_sum(sum).value() / static_cast<float>(args.columns);
  Sum squares = {0, 0};
  for (int64_t c = lane; c < args.columns; c += kWarp) {
    squares.add((src[c] - mean) * (src[c] - mean));
  }
  float variance = warp_sum(squares).value() / static_cast<float>(args.columns);
  float factor = 1 / sqrtf(variance + epsilon);
  for (int64_t c = lane; c < args.columns; c += kWarp) {
    float shift = args.shift == nullptr ? 0 : args.shift[c];
    dst[c] = (src[c] - mean) * factor * args.scale[c] + shift;
  }
}

bool makes_sense(const clk_layer_norm_args& a) {
  return a.src != nullptr && a.scale != nullptr && a.dst != nullptr && a.rows >= 0 &&
         a.columns >= 1;
}

}  // namespace
}  // namespace convlens

extern "C" int clk_layer_norm(const clk_layer_norm_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (args->rows == 0) {
    return 0;
  }
  int64_t blocks = ceil_div(args->rows * kWarp, kThreads);
  if (!fits_grid(blocks)) {
    return refused();
  }
  CLK_LAUNCH(layer_norm, grid_of(blocks), dim3(kThreads), 0, stream, *args,
             static_cast<float>(args->epsilon));
  return launched();
}
