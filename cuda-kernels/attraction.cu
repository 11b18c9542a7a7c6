/*
 * What draws the points of t-SNE together, along the pairs that have an affinity p: with
 * q = 1/(1 + distance^2), the sum of p*q*(other - own).
 *
 * src: [2][points], dst: [2][points]; pairs by rows: starts [points + 1], others and p [pairs].
 *
 * Bound: bytes, 8*pairs + 20*points; places are gathered from the caches.
 */
#include "common/index.cuh"
#include "common/launch.cuh"
#include "common/sum.cuh"

namespace convlens {
namespace {

/** A warp for a point. */
__global__ void __launch_bounds__(kThreads) attraction(const clk_attraction_args a) {
  int64_t point = thread_number() / kWarp;
  if (point >= a.points) {
    return;
  }
  int lane = threadIdx.x % kWarp;
  const float* y = a.src + a.points;
  float own_x = a.src[point];
  float own_y = y[point];
  Sum sum_x = {0, 0};
  Sum sum_y = {0, 0};
  int end = a.starts[point + 1];
  for (int e = a.starts[point] + lane; e < end; e += kWarp) {
    int other = a.others[e];
    float dx = a.src[other] - own_x;
    float dy = y[other] - own_y;
    float force = __fdividef(a.values[e], fmaf(dx, dx, fmaf(dy, dy, 1.0f)));
    sum_x.add(force * dx);
    sum_y.add(force * dy);
  }
  sum_x = warp_sum(sum_x);
  sum_y = warp_sum(sum_y);
  if (lane == 0) {
    a.dst[point] = sum_x.value();
    a.dst[a.points + point] = sum_y.value();
  }
}

bool makes_sense(const clk_attraction_args& a) {
  return a.src != nullptr && a.starts != nullptr && a.others != nullptr && a.values != nullptr &&
         a.dst != nullptr && a.points >= 0 && a.points <= INT32_MAX;
}

}  // namespace
}  // namespace convlens

extern "C" int clk_attraction(const clk_attraction_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (args->points == 0) {
    return 0;
  }
  int64_t blocks = ceil_div(args->points * kWarp, kThreads);
  if (!fits_grid(blocks)) {
    return refused();
  }
  CLK_LAUNCH(attraction, grid_of(blocks), dim3(kThreads), 0, stream, *args);
  return launched();
}
