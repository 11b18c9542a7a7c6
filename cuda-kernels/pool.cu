/*
 * Pooling: the maximum, mean or p-norm of windows. Means are sums of sums of rows, so that those of
 * whole maps stay exact.
 *
 * src: [n][d][h][w][c], dst: [n][d'][h'][w'][c].
 *
 * Bound: bytes, 4*(src + dst); neighbouring windows meet in the caches.
 */
#include "common/pooling.cuh"
#include "common/vec.cuh"

namespace convlens {
namespace {

/** A thread for V neighbouring channels of a place. */
template <int V>
__global__ void __launch_bounds__(kThreads) pool(const Pooling p, const Kind kind) {
  Split at = split(thread_number(), p.width);
  if (at.quotient >= p.places.count) {
    return;
  }
  Place place = place_of(p.places, at.quotient);
  int origins[3];
  Taps taps[3];
  int inside = 1;
  int padded = 1;
#pragma unroll
  for (int axis = 0; axis < 3; axis++) {
    int extent = p.window.source[axis];
    origins[axis] = window_origin(p.window, axis, place.at[axis]);
    taps[axis] = taps_inside(p.window, axis, origins[axis], extent);
    inside *= count(taps[axis]);
    padded *= taps_inside(p.window, axis, origins[axis], extent + kind.pad_end[axis]).end;
  }
  float start = start_of(kind);
  Vec<V> result = splat<V>(start);
  for (int kd = taps[0].first; kd < taps[0].end; kd++) {
    for (int kh = taps[1].first; kh < taps[1].end; kh++) {
      int64_t d = origins[0] + kd * p.window.dilation[0];
      int64_t h = origins[1] + kh * p.window.dilation[1];
      int64_t row =
          ((place.n * p.window.source[0] + d) * p.window.source[1] + h) * p.window.source[2];
      Vec<V> of_row = splat<V>(start);
      for (int kw = taps[2].first; kw < taps[2].end; kw++) {
        int64_t w = origins[2] + kw * p.window.dilation[2];
        Vec<V> x = load<V>(p.src + (row + w) * p.src_map.pitch + at.rest * V);
#pragma unroll
        for (int lane = 0; lane < V; lane++) {
          of_row.at[lane] = with(kind, of_row.at[lane], x.at[lane]);
        }
      }
#pragma unroll
      for (int lane = 0; lane < V; lane++) {
        result.at[lane] = joined(kind, result.at[lane], of_row.at[lane]);
      }
    }
  }
#pragma unroll
  for (int lane = 0; lane < V; lane++) {
    result.at[lane] = finished(kind, result.at[lane], inside, padded);
  }
  store<V>(p.dst + at.quotient * p.dst_map.pitch + at.rest * V, result);
}

bool makes_sense(const clk_pool_args& a) {
  return a.src != nullptr && a.dst != nullptr && is_map(a.src_map) && is_map(a.dst_map) &&
         a.src_map.n == a.dst_map.n && a.src_map.c == a.dst_map.c &&
         is_window(a.window, a.dst_map) && is_kind(a.kind, a.pad_end, a.p);
}

}  // namespace
}  // namespace convlens

extern "C" int clk_pool(const clk_pool_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (places_of(args->dst_map).count == 0) {
    return 0;
  }
  bool fours = by_fours(args->src_map.c, args->src_map.pitch, args->dst_map.pitch) &&
               is_aligned(args->src) && is_aligned(args->dst);
  Pooling pooling = pooling_of(*args, fours ? 4 : 1);
  int64_t blocks = ceil_div(pooling.places.count * pooling.width.by, kThreads);
  if (!fits_grid(blocks)) {
    return refused();
  }
  auto* pool_kernel = fours ? pool<4> : pool<1>;
  CLK_LAUNCH(pool_kernel, grid_of(blocks), dim3(kThreads), 0, stream, pooling,
             kind_of(args->kind, args->pad_end, args->p));
  return launched();
}
