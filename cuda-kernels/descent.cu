/*
 * A step of t-SNE's descent with momentum and a gain a coordinate (Jacobs, 1988): points move along
 * the forces, and all of them so that their middle stays at 0.
 *
 * state and dst: [6][points]: x, y, the last step's x and y, the gains of x and y.
 *
 * Bound: bytes, 84*points; three launches' own time where points are few.
 */
#include "common/index.cuh"
#include "common/launch.cuh"
#include "common/sum.cuh"

namespace convlens {
namespace {

struct Descent {
  const float* state;
  const float* attraction;
  const float* repulsion;
  float* dst;
  Sum* parts;  // [3][blocks]: of q, x and y
  int64_t points;
  int64_t blocks;
  float exaggeration;
  float momentum;
  float rate;
  float least_gain;
  float longest;
};

__device__ Sum total(const Sum* parts, int64_t count, Sum (&shared)[kThreads / kWarp]) {
  Sum own = {0, 0};
  for (int64_t i = threadIdx.x; i < count; i += kThreads) {
    own.add(parts[i]);
  }
  return block_sum(own, shared);
}

__global__ void __launch_bounds__(kThreads) add_up_q(const Descent d) {
  __shared__ Sum shared[kThreads / kWarp];
  int64_t point = thread_number();
  float q = point < d.points ? d.repulsion[2 * d.points + point] : 0;
  Sum sum = block_sum({q, 0}, shared);
  if (threadIdx.x == 0) {
    d.parts[blockIdx.x] = sum;
  }
}

/** A coordinate's step along its force; its gain grows while it keeps its direction. */
__device__ float stepped(const Descent& d, float force, float step, float& gain) {
  bool onwards = (force > 0) == (step > 0);
  gain = fmaxf(d.least_gain, onwards ? gain + 0.2f : gain * 0.8f);
  return fmaf(d.momentum, step, d.rate * gain * force);
}

__global__ void __launch_bounds__(kThreads) move(const Descent d) {
  __shared__ Sum shared[kThreads / kWarp];
  float z = total(d.parts, d.blocks, shared).value();
  int64_t point = thread_number();
  int64_t n = d.points;
  float x = 0;
  float y = 0;
  if (point < n) {
    const float* own = d.state + point;
    float force_x = d.exaggeration * d.attraction[point] + d.repulsion[point] / z;
    float force_y = d.exaggeration * d.attraction[n + point] + d.repulsion[n + point] / z;
    float gain_x = own[4 * n];
    float gain_y = own[5 * n];
    float step_x = stepped(d, force_x, own[2 * n], gain_x);
    float step_y = stepped(d, force_y, own[3 * n], gain_y);
    float length = sqrtf(fmaf(step_x, step_x, step_y * step_y));
    float shorter = length > d.longest ? d.longest / length : 1;
    step_x *= shorter;
    step_y *= shorter;
    x = own[0] + step_x;
    y = own[n] + step_y;
    float* dst = d.dst + point;
    dst[0] = x;
    dst[n] = y;
    dst[2 * n] = step_x;
    dst[3 * n] = step_y;
    dst[4 * n] = gain_x;
    dst[5 * n] = gain_y;
  }
  Sum sum_x = block_sum({x, 0}, shared);
  Sum sum_y = block_sum({y, 0}, shared);
  if (threadIdx.x == 0) {
    d.parts[d.blocks + blockIdx.x] = sum_x;
    d.parts[2 * d.blocks + blockIdx.x] = sum_y;
  }
}

__global__ void __launch_bounds__(kThreads) centre(const Descent d) {
  __shared__ Sum shared[kThreads / kWarp];
  float middle_x = total(d.parts + d.blocks, d.blocks, shared).value() / d.points;
  float middle_y = total(d.parts + 2 * d.blocks, d.blocks, shared).value() / d.points;
  int64_t point = thread_number();
  if (point < d.points) {
    d.dst[point] -= middle_x;
    d.dst[d.points + point] -= middle_y;
  }
}

bool makes_sense(const clk_descent_args& a) {
  return a.state != nullptr && a.attraction != nullptr && a.repulsion != nullptr &&
         a.dst != nullptr && a.scratch != nullptr && a.points >= 0;
}

}  // namespace
}  // namespace convlens

extern "C" int clk_descent(const clk_descent_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (args->points == 0) {
    return 0;
  }
  int64_t blocks = ceil_div(args->points, kThreads);
  if (!fits_grid(blocks)) {
    return refused();
  }
  Descent d = {args->state,
               args->attraction,
               args->repulsion,
               args->dst,
               static_cast<Sum*>(args->scratch),
               args->points,
               blocks,
               static_cast<float>(args->exaggeration),
               static_cast<float>(args->momentum),
               static_cast<float>(args->rate),
               static_cast<float>(args->least_gain),
               static_cast<float>(args->longest)};
  CLK_LAUNCH(add_up_q, grid_of(blocks), dim3(kThreads), 0, stream, d);
  int status = launched();
  if (status == 0) {
    CLK_LAUNCH(move, grid_of(blocks), dim3(kThreads), 0, stream, d);
    status = launched();
  }
  if (status == 0) {
    CLK_LAUNCH(centre, grid_of(blocks), dim3(kThreads), 0, stream, d);
    status = launched();
  }
  return status;
}
