/*
 * Pooling of windows that changed: pool(base + change) - pool(base). Means are linear, and are
 * taken of the change alone.
 *
 * src: [n][its rows][its columns][c], base and pooled: whole maps [h][w][c] before and after, dst:
 * [n][rows][columns][c].
 *
 * Bound: bytes, 4*(src + base + pooled + dst); base and pooled stay in the caches.
 */
#include "common/pooling.cuh"
#include "common/windows.cuh"

namespace convlens {
namespace {

struct Pooled {
  const float* src;
  const float* base;
  const float* pooled;
  float* dst;
  clk_windows src_windows;
  clk_map base_map;
  clk_map pooled_map;
  clk_windows dst_windows;
  Window window;
  Kind kind;
  bool linear;
  Places places;
  Divisor width;
};

/** The taps of an output along rows or columns. */
struct Along {
  int origin;
  Taps taps;
  int padded;  // taps inside and in the padding
};

__device__ Along along(const Pooled& p, int axis, int output) {
  int origin = window_origin(p.window, axis, output);
  int extent = p.window.source[axis];
  return {origin, taps_inside(p.window, axis, origin, extent),
          taps_inside(p.window, axis, origin, extent + p.kind.pad_end[axis]).end};
}

/** What a tap reads: the change, and the base where that matters. */
template <int V>
__device__ Vec<V> tapped(const Pooled& p, int64_t n, const Spot& spot, int64_t channel) {
  Vec<V> x = in_window<V>(p.src, p.src_windows, n, spot, channel);
  if (!p.linear) {
    Vec<V> base = at_spot<V>(p.base, p.base_map, spot, channel);
#pragma unroll
    for (int lane = 0; lane < V; lane++) {
      x.at[lane] += base.at[lane];
    }
  }
  return x;
}

/** The difference at a place of the pooled map. */
template <int V>
__device__ Vec<V> difference(const Pooled& p, int64_t n, const Spot& output, int64_t channel) {
  Along rows = along(p, 1, output.row);
  Along columns = along(p, 2, output.column);
  Vec<V> result = splat<V>(start_of(p.kind));
  for (int kh = rows.taps.first; kh < rows.taps.end; kh++) {
    Vec<V> of_row = splat<V>(start_of(p.kind));
    for (int kw = columns.taps.first; kw < columns.taps.end; kw++) {
      Spot spot = {rows.origin + kh * p.window.dilation[1],
                   columns.origin + kw * p.window.dilation[2]};
      Vec<V> x = tapped<V>(p, n, spot, channel);
#pragma unroll
      for (int lane = 0; lane < V; lane++) {
        of_row.at[lane] = with(p.kind, of_row.at[lane], x.at[lane]);
      }
    }
#pragma unroll
    for (int lane = 0; lane < V; lane++) {
      result.at[lane] = joined(p.kind, result.at[lane], of_row.at[lane]);
    }
  }
  Vec<V> before = splat<V>(0);
  if (!p.linear) {
    before = at_spot<V>(p.pooled, p.pooled_map, output, channel);
  }
  int inside = count(rows.taps) * count(columns.taps);
  int padded = rows.padded * columns.padded;
#pragma unroll
  for (int lane = 0; lane < V; lane++) {
    result.at[lane] = finished(p.kind, result.at[lane], inside, padded) - before.at[lane];
  }
  return result;
}

/** Blocks that a multiprocessor is to hold: with more, registers would spill. */
constexpr int kBlocks = 3;

/** A thread for V neighbouring channels of a place of dst. */
template <int V>
__global__ void __launch_bounds__(kThreads, kBlocks) pool_change(const Pooled p) {
  Split at = split(thread_number(), p.width);
  if (at.quotient >= p.places.count) {
    return;
  }
  Place place = place_of(p.places, at.quotient);
  Spot output = spot_of(p.dst_windows, place);
  Vec<V> x = splat<V>(0);
  if (is_inside(p.pooled_map, output.row, output.column)) {
    x = difference<V>(p, place.n, output, at.rest * V);
  }
  store<V>(p.dst + at.quotient * p.dst_windows.map.pitch + at.rest * V, x);
}

bool makes_sense(const clk_pool_change_args& a) {
  int64_t channels = a.dst_windows.map.c;
  return a.src != nullptr && a.base != nullptr && a.pooled != nullptr && a.dst != nullptr &&
         are_windows(a.src_windows) && is_whole(a.base_map) && is_whole(a.pooled_map) &&
         are_windows(a.dst_windows) && a.src_windows.map.n == a.dst_windows.map.n &&
         a.src_windows.map.c == channels && a.base_map.c == channels &&
         a.pooled_map.c == channels && is_window(a.window, a.pooled_map) &&
         a.window.kernel[0] == 1 && is_kind(a.kind, a.pad_end, a.p);
}

Pooled pooled_of(const clk_pool_change_args& args, int channels_each) {
  return {args.src,
          args.base,
          args.pooled,
          args.dst,
          args.src_windows,
          args.base_map,
          args.pooled_map,
          args.dst_windows,
          window_of(args.window, args.base_map),
          kind_of(args.kind, args.pad_end, args.p),
          args.kind == CLK_POOL_AVERAGE || args.kind == CLK_POOL_AVERAGE_PADDED,
          places_of(args.dst_windows.map),
          divisor(args.dst_windows.map.c / channels_each)};
}

bool goes_by_fours(const clk_pool_change_args& a) {
  return by_fours(a.dst_windows.map.c, a.dst_windows.map.pitch, a.src_windows.map.pitch,
                  a.base_map.pitch, a.pooled_map.pitch) &&
         is_aligned(a.src) && is_aligned(a.base) && is_aligned(a.pooled) && is_aligned(a.dst);
}

}  // namespace
}  // namespace convlens

extern "C" int clk_pool_change(const clk_pool_change_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (places_of(args->dst_windows.map).count == 0) {
    return 0;
  }
  bool fours = goes_by_fours(*args);
  Pooled p = pooled_of(*args, fours ? 4 : 1);
  int64_t blocks = ceil_div(p.places.count * p.width.by, kThreads);
  if (!fits_grid(blocks)) {
    return refused();
  }
  auto* pool_change_kernel = fours ? pool_change<4> : pool_change<1>;
  CLK_LAUNCH(pool_change_kernel, grid_of(blocks), dim3(kThreads), 0, stream, p);
  return launched();
}
