/*
 * Windows of a map put together from changes in other windows of it: the sum of the sources where
 * they reach, and what a chain of activations makes of base and change.
 *
 * sources: each [n][its rows][its columns][its channels], base: [h][w][c], dst:
 * [n][rows][columns][c].
 *
 * Bound: bytes, 4*(sources + base + dst); the base stays in the caches.
 */
#include "common/posts.cuh"
#include "common/windows.cuh"

namespace convlens {
namespace {

/** What a kernel needs of clk_change_args. */
struct Change {
  const float* base;
  float* dst;
  int result;
  int count;
  clk_source sources[CLK_SOURCES];
  clk_map base_map;
  clk_windows dst_windows;
  Places places;
  Divisor width;  // channels, by those of a thread
};

/** Adds what one source has of these channels. */
template <int V>
__device__ void add_source(Vec<V>& sum, const clk_source& source, int64_t n, const Spot& spot,
                           int64_t channel) {
  int64_t own = channel - source.channel;
  if (own < 0 || own >= source.windows.map.c) {
    return;
  }
  Vec<V> x = in_window<V>(source.src, source.windows, n, spot, own);
  Vec<V> scale = source.scale == nullptr ? splat<V>(1) : load<V>(source.scale + own);
#pragma unroll
  for (int lane = 0; lane < V; lane++) {
    sum.at[lane] += scale.at[lane] * x.at[lane];
  }
}

/** Blocks that a multiprocessor is to hold: with more, registers would spill. */
constexpr int kBlocks = 4;

/** A thread for V neighbouring channels of a place of dst. */
template <int V>
__global__ void __launch_bounds__(kThreads, kBlocks) change(const Change c, const Posts posts) {
  Split at = split(thread_number(), c.width);
  if (at.quotient >= c.places.count) {
    return;
  }
  Place place = place_of(c.places, at.quotient);
  Spot spot = spot_of(c.dst_windows, place);
  int64_t channel = at.rest * V;
  Vec<V> x = splat<V>(0);
  if (is_inside(c.base_map, spot.row, spot.column)) {
#pragma unroll 1
    for (int i = 0; i < c.count; i++) {
      add_source<V>(x, c.sources[i], place.n, spot, channel);
    }
    Vec<V> base = splat<V>(0);
    if (c.result != CLK_CHANGE) {
      base = at_spot<V>(c.base, c.base_map, spot, channel);
    }
#pragma unroll
    for (int lane = 0; lane < V; lane++) {
      x.at[lane] += base.at[lane];
    }
    apply<V>(posts, x, 0, 0);
    if (c.result == CLK_DIFFERENCE_OF) {
      apply<V>(posts, base, 0, 0);
#pragma unroll
      for (int lane = 0; lane < V; lane++) {
        x.at[lane] -= base.at[lane];
      }
    }
  }
  store<V>(c.dst + at.quotient * c.dst_windows.map.pitch + channel, x);
}

bool are_sources(const clk_change_args& a) {
  if (a.count < 0 || a.count > CLK_SOURCES) {
    return false;
  }
  for (int64_t i = 0; i < a.count; i++) {
    const clk_source& source = a.sources[i];
    if (source.src == nullptr || !are_windows(source.windows) ||
        source.windows.map.n != a.dst_windows.map.n || source.channel < 0 ||
        source.channel + source.windows.map.c > a.dst_windows.map.c) {
      return false;
    }
  }
  return true;
}

bool makes_sense(const clk_change_args& a) {
  bool result = a.result >= CLK_CHANGE && a.result <= CLK_VALUE;
  return result && a.dst != nullptr && (a.base != nullptr || a.result == CLK_CHANGE) &&
         is_whole(a.base_map) && are_windows(a.dst_windows) &&
         a.base_map.c == a.dst_windows.map.c && are_sources(a) &&
         are_valid(a.posts, a.base_map.c) && !has_additions(a.posts);
}

bool goes_by_fours(const clk_change_args& a) {
  for (int64_t i = 0; i < a.count; i++) {
    const clk_source& source = a.sources[i];
    if (!by_fours(source.channel, source.windows.map.c, source.windows.map.pitch) ||
        !is_aligned(source.src) || !is_aligned(source.scale)) {
      return false;
    }
  }
  const clk_map& dst = a.dst_windows.map;
  return by_fours(dst.c, dst.pitch, a.base_map.pitch) && is_aligned(a.dst) && is_aligned(a.base);
}

Change change_of(const clk_change_args& args, int channels_each) {
  Change c = {args.base,
              args.dst,
              static_cast<int>(args.result),
              static_cast<int>(args.count),
              {},
              args.base_map,
              args.dst_windows,
              places_of(args.dst_windows.map),
              divisor(args.base_map.c / channels_each)};
  for (int i = 0; i < c.count; i++) {
    c.sources[i] = args.sources[i];
  }
  return c;
}

}  // namespace
}  // namespace convlens

extern "C" int clk_change(const clk_change_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (places_of(args->dst_windows.map).count == 0) {
    return 0;
  }
  bool fours = goes_by_fours(*args);
  Change c = change_of(*args, fours ? 4 : 1);
  int64_t blocks = ceil_div(c.places.count * c.width.by, kThreads);
  if (!fits_grid(blocks)) {
    return refused();
  }
  auto* change_kernel = fours ? change<4> : change<1>;
  CLK_LAUNCH(change_kernel, grid_of(blocks), dim3(kThreads), 0, stream, c, posts_of(args->posts));
  return launched();
}
