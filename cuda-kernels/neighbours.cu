/*
 * The nearest others of some of a set of points: squared distances to all, tile by tile from
 * differences, so that points that coincide are 0 apart; then the least of each row, found digit by
 * digit from counts, as in map_rank.cu.
 *
 * src: [dimensions][points], dst: [rows][2][k].
 *
 * Bound: flops, 4*rows*points*dimensions, since a subtraction takes a multiply-add's place; for few
 * dimensions bytes, 4*rows*points written and met six times, in the caches where they are many
 * enough.
 */
#include "common/digits.cuh"
#include "common/index.cuh"
#include "common/launch.cuh"
#include "common/sum.cuh"

namespace convlens {
namespace {

/** Rows and columns of a block. */
constexpr int kTile = 64;

/** Coordinates in shared memory at once. */
constexpr int kDepth = 16;

/** Threads side by side; each has as many columns as rows. */
constexpr int kSide = 16;
constexpr int kEach = kTile / kSide;
static_assert(kSide * kSide == kThreads, "a square of threads");

constexpr int kWarps = kThreads / kWarp;

struct Search {
  const float* src;
  float* distances;  // [rows][points]
  float* dst;
  int64_t points;
  int64_t dimensions;
  int64_t first;
  int64_t rows;
  int64_t k;
  Divisor tiles;  // across all points
  int64_t run;    // others of a warp that selects
};

__global__ void __launch_bounds__(kThreads) squared_distances(const Search s) {
  __shared__ float own[kDepth][kTile];
  __shared__ float others[kDepth][kTile];
  Split block = split(blockIdx.x, s.tiles);
  int64_t row = block.quotient * kTile;
  int64_t column = block.rest * kTile;
  int down = static_cast<int>(threadIdx.x) / kSide;
  int across = static_cast<int>(threadIdx.x) % kSide;
  float sums[kEach][kEach] = {};
  for (int64_t depth = 0; depth < s.dimensions; depth += kDepth) {
    for (int i = static_cast<int>(threadIdx.x); i < kDepth * kTile; i += kThreads) {
      int k = i / kTile;
      int at = i % kTile;
      bool in = depth + k < s.dimensions;
      const float* line = s.src + (depth + k) * s.points;
      own[k][at] = in && row + at < s.rows ? line[s.first + row + at] : 0;
      others[k][at] = in && column + at < s.points ? line[column + at] : 0;
    }
    __syncthreads();
#pragma unroll
    for (int k = 0; k < kDepth; k++) {
#pragma unroll
      for (int i = 0; i < kEach; i++) {
        float a = own[k][down * kEach + i];
#pragma unroll
        for (int j = 0; j < kEach; j++) {
          float difference = others[k][across + j * kSide] - a;
          sums[i][j] = fmaf(difference, difference, sums[i][j]);
        }
      }
    }
    __syncthreads();
  }
  for (int i = 0; i < kEach; i++) {
    int64_t r = row + down * kEach + i;
    for (int j = 0; j < kEach; j++) {
      int64_t c = column + across + j * kSide;
      if (r < s.rows && c < s.points) {
        s.distances[r * s.points + c] = sums[i][j];
      }
    }
  }
}

/** Bits of numbers that are not negative are ordered as they are. */
__device__ uint32_t key_of(float distance) {
  return static_cast<uint32_t>(__float_as_int(distance));
}

/** How many of a run of others are nearer than the last that is wanted, and as near. */
struct Counts {
  int nearer;
  int equal;
};

/** A block for a row. */
__global__ void __launch_bounds__(kThreads) select_nearest(const Search s) {
  __shared__ int counts[kDigits];
  __shared__ Candidate candidate;
  __shared__ Counts before[kWarps];
  int64_t row = blockIdx.x;
  int64_t own = s.first + row;
  const float* distances = s.distances + row * s.points;
  int thread = static_cast<int>(threadIdx.x);
  int warp = thread / kWarp;
  int lane = thread % kWarp;
  if (thread == 0) {
    candidate = {0, static_cast<int>(s.k) - 1, 0};
  }
  for (int shift = 32 - kDigitBits; shift >= 0; shift -= kDigitBits) {
    for (int i = thread; i < kDigits; i += kThreads) {
      counts[i] = 0;
    }
    __syncthreads();
    uint32_t known = candidate.key;
    for (int64_t j = thread; j < s.points; j += kThreads) {
      uint32_t key = key_of(distances[j]);
      if (j != own && shares_digits(key, known, shift)) {
        atomicAdd(&counts[digit_of(key, shift)], 1);
      }
    }
    __syncthreads();
    if (warp == 0) {
      choose_digit(counts, candidate, shift);
    }
    __syncthreads();
  }
  uint32_t last = candidate.key;
  int wanted = candidate.rank + 1;  // of those that are as near as the last
  // Each warp has a run of others, so that what comes before an element can be counted.
  int64_t from = warp * s.run;
  int64_t end = from + s.run < s.points ? from + s.run : s.points;
  Counts so_far = {0, 0};
  for (int64_t base = from; base < end; base += kWarp) {
    int64_t j = base + lane;
    bool other = j < end && j != own;
    uint32_t key = other ? key_of(distances[j]) : 0;
    so_far.nearer += __popc(__ballot_sync(kAllLanes, other && key < last));
    so_far.equal += __popc(__ballot_sync(kAllLanes, other && key == last));
  }
  if (lane == 0) {
    before[warp] = so_far;
  }
  __syncthreads();
  so_far = {0, 0};
  for (int w = 0; w < warp; w++) {
    so_far.nearer += before[w].nearer;
    so_far.equal += before[w].equal;
  }
  float* dst = s.dst + row * 2 * s.k;
  unsigned lower = (1u << lane) - 1;
  for (int64_t base = from; base < end; base += kWarp) {
    int64_t j = base + lane;
    bool other = j < end && j != own;
    float distance = other ? distances[j] : 0;
    uint32_t key = key_of(distance);
    unsigned nearer = __ballot_sync(kAllLanes, other && key < last);
    unsigned equal = __ballot_sync(kAllLanes, other && key == last);
    int equals = so_far.equal + __popc(equal & lower);
    if (other && (key < last || (key == last && equals < wanted))) {
      int at = so_far.nearer + __popc(nearer & lower) + (equals < wanted ? equals : wanted);
      dst[at] = distance;
      dst[s.k + at] = static_cast<float>(j);
    }
    so_far.nearer += __popc(nearer);
    so_far.equal += __popc(equal);
  }
}

bool makes_sense(const clk_neighbours_args& a) {
  constexpr int64_t kMost = 1 << 24;
  return a.src != nullptr && a.dst != nullptr && a.scratch != nullptr && a.points >= 2 &&
         a.points <= kMost && a.dimensions >= 1 && a.first >= 0 && a.rows >= 0 &&
         a.rows <= a.points - a.first && a.k >= 1 && a.k < a.points;
}

}  // namespace
}  // namespace convlens

extern "C" int clk_neighbours(const clk_neighbours_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (args->rows == 0) {
    return 0;
  }
  Search s = {};
  s.src = args->src;
  s.distances = static_cast<float*>(args->scratch);
  s.dst = args->dst;
  s.points = args->points;
  s.dimensions = args->dimensions;
  s.first = args->first;
  s.rows = args->rows;
  s.k = args->k;
  s.tiles = divisor(ceil_div(args->points, kTile));
  s.run = ceil_div(ceil_div(args->points, kWarps), kWarp) * kWarp;
  int64_t blocks = s.tiles.by * ceil_div(args->rows, kTile);
  if (!fits_grid(blocks)) {
    return refused();
  }
  CLK_LAUNCH(squared_distances, grid_of(blocks), dim3(kThreads), 0, stream, s);
  int status = launched();
  if (status != 0) {
    return status;
  }
  CLK_LAUNCH(select_nearest, grid_of(args->rows), dim3(kThreads), 0, stream, s);
  return launched();
}
