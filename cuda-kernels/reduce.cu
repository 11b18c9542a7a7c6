/*
 * Reductions over any axes of a strided array, in a fixed order and without atomics: `lanes`
 * threads take the elements of one output in turn, and their parts are joined in pairs.
 *
 * Bound: bytes, 4*elements of src.
 */
#include <math.h>

#include "common/axes.cuh"
#include "common/sum.cuh"

namespace convlens {
namespace {

/** What has been reduced: a number, a sum, or for LOG_SUM_EXP the largest and the sum below it. */
struct Part {
  float high;
  float low;
};

__device__ Part empty(int kind) {
  switch (kind) {
    case CLK_REDUCE_MAX:
    case CLK_REDUCE_LOG_SUM_EXP:
      return {-INFINITY, 0};
    case CLK_REDUCE_MIN:
      return {INFINITY, 0};
    case CLK_REDUCE_PROD:
      return {1, 0};
    default:
      return {0, 0};
  }
}

/** The part that an element is. */
__device__ Part part_of(int kind, float x) {
  switch (kind) {
    case CLK_REDUCE_L1:
      return {fabsf(x), 0};
    case CLK_REDUCE_L2:
    case CLK_REDUCE_SUM_SQUARE:
      return {x * x, 0};
    case CLK_REDUCE_LOG_SUM_EXP:
      return {x, 1};
    default:
      return {x, 0};
  }
}

/** Each is the sum of exponentials as low*exp(high); an empty one has low = 0. */
__device__ Part join_exponentials(const Part& a, const Part& b) {
  if (a.low == 0 || b.low == 0) {
    return a.low == 0 ? b : a;
  }
  float largest = a.high > b.high ? a.high : b.high;
  return {largest, a.low * expf(a.high - largest) + b.low * expf(b.high - largest)};
}

__device__ Part joined(int kind, const Part& a, const Part& b) {
  switch (kind) {
    case CLK_REDUCE_MAX:
      return a.high > b.high || a.high != a.high ? a : b;
    case CLK_REDUCE_MIN:
      return a.high < b.high || a.high != a.high ? a : b;
    case CLK_REDUCE_PROD:
      return {a.high * b.high, 0};
    case CLK_REDUCE_LOG_SUM_EXP:
      return join_exponentials(a, b);
    default: {
      Sum sum = {a.high, a.low};
      sum.add({b.high, b.low});
      return {sum.high, sum.low};
    }
  }
}

__device__ float finished(int kind, const Part& part, int64_t length) {
  float sum = Sum{part.high, part.low}.value();
  switch (kind) {
    case CLK_REDUCE_SUM:
    case CLK_REDUCE_L1:
    case CLK_REDUCE_SUM_SQUARE:
      return sum;
    case CLK_REDUCE_MEAN:
      return sum / static_cast<float>(length);
    case CLK_REDUCE_L2:
      return sqrtf(sum);
    case CLK_REDUCE_LOG_SUM:
      return logf(sum);
    case CLK_REDUCE_LOG_SUM_EXP:
      return part.high + logf(part.low);
    default:
      return part.high;
  }
}

struct Reduction {
  const float* src;
  float* dst;
  int kind;
  Axes<2> kept;  // of src and dst
  Axes<1> gone;  // of src
  int64_t outputs;
  int64_t length;
  int lanes;           // threads for an output, a power of two up to kThreads
  bool outputs_first;  // neighbouring threads take neighbouring outputs, else neighbouring elements
};

__global__ void __launch_bounds__(kThreads) reduce(const Reduction r) {
  __shared__ Part parts[kThreads];
  int own = static_cast<int>(threadIdx.x);
  int at_once = kThreads / r.lanes;
  int lane = r.outputs_first ? own / at_once : own % r.lanes;
  int slot = r.outputs_first ? own % at_once : own / r.lanes;
  int step = r.outputs_first ? at_once : 1;  // from a lane's part to the next lane's
  int64_t output = static_cast<int64_t>(blockIdx.x) * at_once + slot;
  bool in = output < r.outputs;
  Offsets<2> at = offsets(r.kept, in ? output : 0);
  Part part = empty(r.kind);
  for (int64_t i = lane; in && i < r.length; i += r.lanes) {
    float x = r.src[at.at[0] + offsets(r.gone, i).at[0]];
    part = joined(r.kind, part, part_of(r.kind, x));
  }
  parts[own] = part;
  for (int half = r.lanes / 2; half > 0; half /= 2) {
    __syncthreads();
    if (lane < half) {
      parts[own] = joined(r.kind, parts[own], parts[own + half * step]);
    }
  }
  if (in && lane == 0) {
    r.dst[at.at[1]] = finished(r.kind, parts[own], r.length);
  }
}

/** Threads for an output: as many as find work, fewer where the outputs keep all busy. */
int lanes_for(int64_t length, int64_t outputs) {
  constexpr int64_t kElementsEach = 4;
  constexpr int64_t kBusy = 1 << 18;  // threads that fill a large GPU
  int lanes = 1;
  while (lanes < kThreads && lanes * kElementsEach < length && lanes * outputs < kBusy) {
    lanes *= 2;
  }
  return lanes;
}

Reduction reduction_of(const clk_reduce_args& args) {
  Reduction r = {};
  r.src = args.src;
  r.dst = args.dst;
  r.kind = static_cast<int>(args.kind);
  for (int64_t k = 0; k < args.axes; k++) {
    if (args.reduced[k] == 1) {
      append<1>(r.gone, args.dims[k], {args.stride_src[k]});
    } else {
      append<2>(r.kept, args.dims[k], {args.stride_src[k], args.stride_dst[k]});
    }
  }
  r.outputs = elements(r.kept);
  r.length = elements(r.gone);
  bool gone_is_dense = r.gone.count > 0 && r.gone.strides[0][r.gone.count - 1] == 1;
  r.outputs_first = !gone_is_dense;
  r.lanes = lanes_for(r.length, r.outputs);
  if (gone_is_dense && r.lanes < kWarp && r.length >= kWarp) {
    r.lanes = kWarp;  // neighbouring elements by neighbouring threads, whole sectors at a time
  }
  return r;
}

bool makes_sense(const clk_reduce_args& a) {
  if (a.src == nullptr || a.dst == nullptr || a.kind < CLK_REDUCE_SUM ||
      a.kind > CLK_REDUCE_LOG_SUM_EXP || !are_axes(a.axes, a.dims)) {
    return false;
  }
  for (int64_t k = 0; k < a.axes; k++) {
    if (a.dims[k] < 1 || !is_flag(a.reduced[k])) {
      return false;
    }
  }
  return true;
}

}  // namespace
}  // namespace convlens

extern "C" int clk_reduce(const clk_reduce_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  Reduction r = reduction_of(*args);
  int64_t blocks = ceil_div(r.outputs, kThreads / r.lanes);
  if (!fits_grid(blocks)) {
    return refused();
  }
  CLK_LAUNCH(reduce, grid_of(blocks), dim3(kThreads), 0, stream, r);
  return launched();
}
