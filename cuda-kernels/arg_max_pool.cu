/*
 * Max pooling that also says where each maximum stands, as ONNX's MaxPool counts: the first of the
 * largest, in the tensor [n][c][d][h][w].
 *
 * src: [n][d][h][w][c], dst and indices: [n][d'][h'][w'][c], indices dense.
 *
 * Bound: bytes, 4*src + 12*dst.
 */
#include <math.h>

#include "common/pooling.cuh"

namespace convlens {
namespace {

struct Largest {
  float value;
  int at[3];
};

/** The first of the largest of a window; a NaN is larger than all. */
__device__ Largest largest(const Pooling& p, const Place& place, int64_t channel) {
  int origins[3];
  Taps taps[3];
#pragma unroll
  for (int axis = 0; axis < 3; axis++) {
    origins[axis] = window_origin(p.window, axis, place.at[axis]);
    taps[axis] = taps_inside(p.window, axis, origins[axis], p.window.source[axis]);
  }
  Largest result = {-INFINITY, {-1, -1, -1}};
  for (int kd = taps[0].first; kd < taps[0].end; kd++) {
    int d = origins[0] + kd * p.window.dilation[0];
    for (int kh = taps[1].first; kh < taps[1].end; kh++) {
      int h = origins[1] + kh * p.window.dilation[1];
      int64_t row =
          ((place.n * p.window.source[0] + d) * p.window.source[1] + h) * p.window.source[2];
      for (int kw = taps[2].first; kw < taps[2].end; kw++) {
        int w = origins[2] + kw * p.window.dilation[2];
        float x = p.src[(row + w) * p.src_map.pitch + channel];
        bool first_nan = x != x && result.value == result.value;
        if (result.at[0] < 0 || x > result.value || first_nan) {
          result = {x, {d, h, w}};
        }
      }
    }
  }
  return result;
}

/** Blocks that a multiprocessor is to hold: with more, registers would spill. */
constexpr int kBlocks = 3;

/** A thread for an element of dst. */
__global__ void __launch_bounds__(kThreads, kBlocks)
    pool_with_indices(const Pooling p, int64_t* indices, bool column_major) {
  int64_t number = thread_number();
  Split at = split(number, p.width);
  if (at.quotient >= p.places.count) {
    return;
  }
  Place place = place_of(p.places, at.quotient);
  Largest found = largest(p, place, at.rest);
  const int* extents = p.window.source;
  int64_t plane = (place.n * p.src_map.c + at.rest) * extents[0] + found.at[0];
  int64_t in_plane = column_major ? found.at[1] + static_cast<int64_t>(found.at[2]) * extents[1]
                                  : static_cast<int64_t>(found.at[1]) * extents[2] + found.at[2];
  p.dst[at.quotient * p.dst_map.pitch + at.rest] = found.value;
  indices[number] =
      found.at[0] < 0 ? -1 : plane * extents[1] * static_cast<int64_t>(extents[2]) + in_plane;
}

}  // namespace

int arg_max_pool(const clk_pool_args& args, void* stream) {
  Pooling pooling = pooling_of(args, 1);
  int64_t blocks = ceil_div(pooling.places.count * pooling.width.by, kThreads);
  if (!fits_grid(blocks)) {
    return refused();
  }
  CLK_LAUNCH(pool_with_indices, grid_of(blocks), dim3(kThreads), 0, stream, pooling, args.indices,
             args.column_major == 1);
  return launched();
}

}  // namespace convlens
