/*
 * Order statistics of the map of each picture and channel: the number at a rank, the sum of it and
 * of those after it, and the sum of all. The number is found digit by digit from counts, so that
 * nothing is moved.
 *
 * src: [n][d][h][w][c], dst: [n][3][c].
 *
 * Bound: bytes, 4*src, met five times: maps of a few thousand places in the caches, but for the
 * first time.
 */
#include "common/digits.cuh"
#include "common/index.cuh"
#include "common/launch.cuh"
#include "common/map.cuh"
#include "common/sum.cuh"

namespace convlens {
namespace {

/** Channels of a block: a sector's worth, and a warp for each. */
constexpr int kAcross = kThreads / kWarp;

/** Threads that share the places of a channel. */
constexpr int kLanes = kThreads / kAcross;

struct Ranking {
  const float* src;
  float* dst;
  int places;
  int64_t channels;
  int64_t pitch;
  int rank;
  bool magnitudes;
  Divisor blocks;  // for the channels of one picture
};

/** Bits that are ordered as the numbers are. */
__device__ uint32_t key_of(float x) {
  uint32_t bits = static_cast<uint32_t>(__float_as_int(x));
  return bits >> 31 ? ~bits : bits | 0x80000000u;
}

__device__ float number_of(uint32_t key) {
  uint32_t bits = key >> 31 ? key & 0x7fffffffu : ~key;
  return __int_as_float(static_cast<int>(bits));
}

/** A block for neighbouring channels of a picture; its threads share the places. */
__global__ void __launch_bounds__(kThreads) map_rank(const Ranking r) {
  __shared__ int counts[kAcross][kDigits];
  __shared__ Candidate candidates[kAcross];
  __shared__ Sum above[kThreads];
  __shared__ Sum all[kThreads];
  Split block = split(blockIdx.x, r.blocks);
  int own = static_cast<int>(threadIdx.x);
  int slot = own % kAcross;
  int lane = own / kAcross;
  int64_t channel = block.rest * kAcross + slot;
  bool in = channel < r.channels;
  const float* src = r.src + block.quotient * r.places * r.pitch + (in ? channel : 0);
  if (lane == 0) {
    candidates[slot] = {0, r.rank, 0};
  }
  for (int shift = 32 - kDigitBits; shift >= 0; shift -= kDigitBits) {
    for (int i = own; i < kAcross * kDigits; i += kThreads) {
      counts[i / kDigits][i % kDigits] = 0;
    }
    __syncthreads();
    uint32_t known = candidates[slot].key;
    for (int p = lane; in && p < r.places; p += kLanes) {
      float x = src[p * r.pitch];
      uint32_t key = key_of(r.magnitudes ? fabsf(x) : x);
      if (shares_digits(key, known, shift)) {
        atomicAdd(&counts[slot][digit_of(key, shift)], 1);
      }
    }
    __syncthreads();
    choose_digit(counts[own / kWarp], candidates[own / kWarp], shift);
    __syncthreads();
  }
  Candidate found = candidates[slot];
  Sum greater = {0, 0};
  Sum total = {0, 0};
  for (int p = lane; in && p < r.places; p += kLanes) {
    float x = src[p * r.pitch];
    x = r.magnitudes ? fabsf(x) : x;
    total.add(x);
    if (key_of(x) > found.key) {
      greater.add(x);
    }
  }
  above[own] = greater;
  all[own] = total;
  for (int half = kLanes / 2; half > 0; half /= 2) {
    __syncthreads();
    if (lane < half) {
      above[own].add(above[own + half * kAcross]);
      all[own].add(all[own + half * kAcross]);
    }
  }
  if (in && lane == 0) {
    float number = number_of(found.key);
    greater = above[own];
    for (int i = found.rank; i < found.count; i++) {
      greater.add(number);
    }
    float* dst = r.dst + block.quotient * 3 * r.channels + channel;
    dst[0] = number;
    dst[r.channels] = greater.value();
    dst[2 * r.channels] = all[own].value();
  }
}

bool makes_sense(const clk_map_rank_args& a) {
  return a.src != nullptr && a.dst != nullptr && is_map(a.map) && are_places(a.map) &&
         is_flag(a.magnitudes) && a.rank >= 0 && a.rank < a.map.d * a.map.h * a.map.w;
}

}  // namespace
}  // namespace convlens

extern "C" int clk_map_rank(const clk_map_rank_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  const clk_map& map = args->map;
  if (map.n == 0) {
    return 0;
  }
  Ranking r = {};
  r.src = args->src;
  r.dst = args->dst;
  r.places = static_cast<int>(map.d * map.h * map.w);
  r.channels = map.c;
  r.pitch = map.pitch;
  r.rank = static_cast<int>(args->rank);
  r.magnitudes = args->magnitudes == 1;
  r.blocks = divisor(ceil_div(map.c, kAcross));
  int64_t blocks = map.n * r.blocks.by;
  if (!fits_grid(blocks)) {
    return refused();
  }
  CLK_LAUNCH(map_rank, grid_of(blocks), dim3(kThreads), 0, stream, r);
  return launched();
}
