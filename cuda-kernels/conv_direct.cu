/*
 * Convolution and transposed convolution, a thread for V neighbouring channels of one place of dst:
 * for depthwise convolutions (four channels at a time where there are as many in src as in dst) and
 * groups too narrow for a matrix product.
 *
 * src: [n][d][h][w][c], weights: [taps][c/groups][weight_pitch], dst: [n][d][h][w][m].
 *
 * Bound: bytes, 4*(src + dst + weights), since a depthwise tap has 2 flops an element; neighbouring
 * windows meet in the caches.
 */
#include "common/convolution.cuh"

namespace convlens {
namespace {

struct Direct {
  const float* src;
  const float* weights;
  const float* bias;
  float* dst;
  clk_map src_map;
  clk_map dst_map;
  Window window;
  Places places;
  Divisor width;  // dst channels, by those of a thread
  Divisor group;  // dst channels of a group
  bool transposed;
  int64_t weight_pitch;
  int source_channels;  // of a group
};

/** Adds one tap: its channels of a group of src, each times its weights. */
template <int V>
__device__ void add_tap(Vec<V>& sum, const Direct& p, const float* from, const float* weights) {
  int channels = V == 1 ? p.source_channels : 1;  // four at once are of four groups
  for (int i = 0; i < channels; i++) {
    Vec<V> x = load<V>(from + i);
    Vec<V> weight = load<V>(weights + i * p.weight_pitch);
#pragma unroll
    for (int lane = 0; lane < V; lane++) {
      sum.at[lane] += x.at[lane] * weight.at[lane];
    }
  }
}

template <int V>
__device__ Vec<V> window_sum(const Direct& p, const Place& place, int64_t channel) {
  const Window& window = p.window;
  int64_t group = split(channel, p.group).quotient;
  const float* from = p.src + group * p.source_channels;
  const float* weights = p.weights + channel;
  Vec<V> sum = splat<V>(0);
  int origins[3];
#pragma unroll
  for (int axis = 0; axis < 3; axis++) {
    origins[axis] = origin(window, p.transposed, axis, place.at[axis]);
  }
  for (int kd = 0; kd < window.kernel[0]; kd++) {
    int d = tapped(window, p.transposed, 0, origins[0], kd);
    for (int kh = 0; kh < window.kernel[1]; kh++) {
      int h = tapped(window, p.transposed, 1, origins[1], kh);
      for (int kw = 0; kw < window.kernel[2]; kw++) {
        int w = tapped(window, p.transposed, 2, origins[2], kw);
        if ((d | h | w) >= 0) {
          int64_t row = (place.n * window.source[0] + d) * window.source[1] + h;
          add_tap<V>(sum, p, from + (row * window.source[2] + w) * p.src_map.pitch, weights);
        }
        weights += p.source_channels * p.weight_pitch;
      }
    }
  }
  return sum;
}

/** Blocks that a multiprocessor is to hold: with more, registers would spill. */
constexpr int kBlocks = 3;

template <int V>
__global__ void __launch_bounds__(kThreads, kBlocks)
    convolve_directly(const Direct p, const Posts posts) {
  Split at = split(thread_number(), p.width);
  if (at.quotient >= p.places.count) {
    return;
  }
  int64_t channel = at.rest * V;
  Vec<V> x = window_sum<V>(p, place_of(p.places, at.quotient), channel);
  if (p.bias != nullptr) {
#pragma unroll
    for (int lane = 0; lane < V; lane++) {
      x.at[lane] += p.bias[channel + lane];
    }
  }
  apply<V>(posts, x, at.quotient, channel);
  store<V>(p.dst + at.quotient * p.dst_map.pitch + channel, x);
}

Direct direct_of(const clk_conv_args& args) {
  Direct p = {};
  p.src = args.src;
  p.weights = args.weights;
  p.bias = args.bias;
  p.dst = args.dst;
  p.src_map = args.src_map;
  p.dst_map = args.dst_map;
  p.window = window_of(args.window, args.src_map);
  p.transposed = args.transposed == 1;
  p.places = places_of(args.dst_map);
  p.weight_pitch = args.weight_pitch;
  p.source_channels = static_cast<int>(args.src_map.c / args.groups);
  p.group = divisor(args.dst_map.c / args.groups);
  return p;
}

/** Depthwise, with everything at multiples of four. */
bool goes_by_fours(const clk_conv_args& args) {
  bool depthwise = args.groups == args.src_map.c && args.groups == args.dst_map.c;
  return depthwise &&
         by_fours(args.groups, args.src_map.pitch, args.dst_map.pitch, args.weight_pitch) &&
         by_fours(args.posts) && is_aligned(args.src) && is_aligned(args.weights) &&
         is_aligned(args.dst);
}

}  // namespace

int conv_direct(const clk_conv_args& args, void* stream) {
  Direct p = direct_of(args);
  bool fours = goes_by_fours(args);
  p.width = divisor(args.dst_map.c / (fours ? 4 : 1));
  int64_t blocks = ceil_div(p.places.count * p.width.by, kThreads);
  if (!fits_grid(blocks)) {
    return refused();
  }
  auto* direct_kernel = fours ? convolve_directly<4> : convolve_directly<1>;
  CLK_LAUNCH(direct_kernel, grid_of(blocks), dim3(kThreads), 0, stream, p, posts_of(args.posts));
  return launched();
}

}  // namespace convlens
