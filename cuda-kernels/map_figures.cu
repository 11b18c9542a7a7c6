/*
 * Numbers about the map of each picture and channel, so that the map itself stays on the device:
 * its largest value and where that stands first, its largest magnitude, its sum, how many values
 * are above 0 and how many are 0.
 *
 * src: [n][d][h][w][c], dst: [n][figures][c].
 *
 * Bound: bytes, 4*src + 4*n*figures*c.
 */
#include <math.h>

#include "common/index.cuh"
#include "common/launch.cuh"
#include "common/map.cuh"
#include "common/sum.cuh"

namespace convlens {
namespace {

/** What is known of some places of a map. */
struct Known {
  float largest;
  int place;
  float magnitude;  // no number where a value is none
  Sum sum;
  int above;
  int zero;

  __device__ void take(float x, int at) {
    if (x > largest) {
      largest = x;
      place = at;
    }
    magnitude = larger(magnitude, fabsf(x));
    sum.add(x);
    above += x > 0;
    zero += x == 0;
  }

  __device__ void join(const Known& other) {
    if (other.largest > largest || (other.largest == largest && other.place < place)) {
      largest = other.largest;
      place = other.place;
    }
    magnitude = larger(magnitude, other.magnitude);
    sum.add(other.sum);
    above += other.above;
    zero += other.zero;
  }

  /** Unlike fmaxf, keeps what is no number. */
  __device__ static float larger(float a, float b) { return a != a || a > b ? a : b; }
};

struct Figures {
  const float* src;
  float* dst;
  int places;
  int64_t channels;
  int64_t pitch;
  int figures;
  int across;      // neighbouring channels of a block, a power of two up to a warp
  Divisor blocks;  // for the channels of one picture
};

/** A block for neighbouring channels of a picture; its threads share the places. */
__global__ void __launch_bounds__(kThreads) map_figures(const Figures f) {
  __shared__ Known parts[kThreads];
  Split block = split(blockIdx.x, f.blocks);
  int own = static_cast<int>(threadIdx.x);
  int64_t channel = block.rest * f.across + own % f.across;
  int lane = own / f.across;
  int lanes = kThreads / f.across;
  Known known = {-INFINITY, INT32_MAX, 0, {0, 0}, 0, 0};
  if (channel < f.channels) {
    const float* src = f.src + block.quotient * f.places * f.pitch + channel;
#pragma unroll 4
    for (int p = lane; p < f.places; p += lanes) {
      known.take(src[p * f.pitch], p);
    }
  }
  parts[own] = known;
  for (int half = lanes / 2; half > 0; half /= 2) {
    __syncthreads();
    if (lane < half) {
      parts[own].join(parts[own + half * f.across]);
    }
  }
  if (channel < f.channels && lane == 0) {
    known = parts[own];
    float all[6] = {known.largest,
                    known.place == INT32_MAX ? 0 : static_cast<float>(known.place),
                    known.magnitude,
                    known.sum.value(),
                    static_cast<float>(known.above),
                    static_cast<float>(known.zero)};
    float* dst = f.dst + block.quotient * f.figures * f.channels + channel;
#pragma unroll
    for (int i = 0; i < 6; i++) {
      if (i < f.figures) {
        dst[i * f.channels] = all[i];
      }
    }
  }
}

bool makes_sense(const clk_map_figures_args& a) {
  return a.src != nullptr && a.dst != nullptr && is_map(a.map) && are_places(a.map) &&
         (a.figures == CLK_FIGURES_PEAK || a.figures == CLK_FIGURES_SUM ||
          a.figures == CLK_FIGURES_ACTIVITY);
}

}  // namespace
}  // namespace convlens

extern "C" int clk_map_figures(const clk_map_figures_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  const clk_map& map = args->map;
  if (map.n == 0) {
    return 0;
  }
  Figures f = {};
  f.src = args->src;
  f.dst = args->dst;
  f.places = static_cast<int>(map.d * map.h * map.w);
  f.channels = map.c;
  f.pitch = map.pitch;
  f.figures = static_cast<int>(args->figures);
  f.across = kWarp;
  while (f.across > 1 && f.across / 2 >= map.c) {
    f.across /= 2;
  }
  f.blocks = divisor(ceil_div(map.c, f.across));
  int64_t blocks = map.n * f.blocks.by;
  if (!fits_grid(blocks)) {
    return refused();
  }
  CLK_LAUNCH(map_figures, grid_of(blocks), dim3(kThreads), 0, stream, f);
  return launched();
}
