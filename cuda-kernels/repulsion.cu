/*
 * What keeps the points of t-SNE apart, every point by every other: with q = 1/(1 + distance^2),
 * the sum of q^2*(own - other) and that of q (van der Maaten and Hinton, 2008).
 *
 * src: [2][points], dst: [3][points].
 *
 * Bound: flops, 20*points^2: a pair takes the place of ten multiply-adds; its reciprocal runs
 * beside them.
 */
#include "common/index.cuh"
#include "common/launch.cuh"
#include "common/sum.cuh"

namespace convlens {
namespace {

constexpr int kWarps = kThreads / kWarp;

struct Repulsion {
  const float* src;
  float* dst;
  int64_t points;
};

/** A block for a warp of points; its warps share the others, a tile of kThreads at a time. */
__global__ void __launch_bounds__(kThreads) repulsion(const Repulsion r) {
  __shared__ float xs[kThreads];
  __shared__ float ys[kThreads];
  __shared__ Sum parts[kWarps][3][kWarp];
  int thread = static_cast<int>(threadIdx.x);
  int warp = thread / kWarp;
  int lane = thread % kWarp;
  int64_t point = static_cast<int64_t>(blockIdx.x) * kWarp + lane;
  bool in = point < r.points;
  const float* y = r.src + r.points;
  float own_x = in ? r.src[point] : 0;
  float own_y = in ? y[point] : 0;
  Sum all_x = {0, 0};
  Sum all_y = {0, 0};
  Sum all_q = {0, 0};
  for (int64_t tile = 0; tile < r.points; tile += kThreads) {
    int64_t other = tile + thread;
    xs[thread] = other < r.points ? r.src[other] : 0;
    ys[thread] = other < r.points ? y[other] : 0;
    __syncthreads();
    int64_t first = tile + warp * kWarp;
    int64_t rest = r.points - first;
    int count = rest < kWarp ? static_cast<int>(rest) : kWarp;
    int64_t apart = point - first;
    int itself = apart >= 0 && apart < kWarp ? static_cast<int>(apart) : -1;
    float sum_x = 0;
    float sum_y = 0;
    float sum_q = 0;
#pragma unroll 4
    for (int i = 0; i < count; i++) {
      float dx = own_x - xs[warp * kWarp + i];
      float dy = own_y - ys[warp * kWarp + i];
      float q = __fdividef(1.0f, fmaf(dx, dx, fmaf(dy, dy, 1.0f)));
      q = i == itself ? 0 : q;
      sum_q += q;
      q *= q;
      sum_x = fmaf(q, dx, sum_x);
      sum_y = fmaf(q, dy, sum_y);
    }
    all_x.add(sum_x);
    all_y.add(sum_y);
    all_q.add(sum_q);
    __syncthreads();
  }
  parts[warp][0][lane] = all_x;
  parts[warp][1][lane] = all_y;
  parts[warp][2][lane] = all_q;
  __syncthreads();
  if (warp < 3 && in) {
    Sum total = {0, 0};
    for (int w = 0; w < kWarps; w++) {
      total.add(parts[w][warp][lane]);
    }
    r.dst[warp * r.points + point] = total.value();
  }
}

bool makes_sense(const clk_repulsion_args& a) {
  return a.src != nullptr && a.dst != nullptr && a.points >= 0;
}

}  // namespace
}  // namespace convlens

extern "C" int clk_repulsion(const clk_repulsion_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (args->points == 0) {
    return 0;
  }
  int64_t blocks = ceil_div(args->points, kWarp);
  if (!fits_grid(blocks)) {
    return refused();
  }
  Repulsion r = {args->src, args->dst, args->points};
  CLK_LAUNCH(repulsion, grid_of(blocks), dim3(kThreads), 0, stream, r);
  return launched();
}
