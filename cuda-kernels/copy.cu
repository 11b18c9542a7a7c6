/*
 * The copy that picks: concat, slice, pad, expand and any change of layout.
 *
 * Bound: bytes, 8*elements of dst, 4 where filled.
 */
#include "common/axes.cuh"
#include "common/vec.cuh"

namespace convlens {
namespace {

struct Picks {
  Axes<2> axes;  // of dst and src
  const int32_t* maps[CLK_AXES];
};

/** Where an element comes from; -1 for nowhere, which is filled. */
struct Route {
  int64_t to;
  int64_t from;
};

__device__ Route route(const Picks& picks, int64_t number) {
  Route result = {};
  int64_t rest = number;
  bool filled = false;
#pragma unroll 1
  for (int axis = picks.axes.count - 1; axis >= 0; axis--) {
    Split index = split(rest, picks.axes.dims[axis]);
    rest = index.quotient;
    const int32_t* map = picks.maps[axis];
    int64_t picked = map == nullptr ? index.rest : map[index.rest];
    filled |= picked < 0;
    result.to += index.rest * picks.axes.strides[0][axis];
    result.from += picked * picks.axes.strides[1][axis];
  }
  result.from = filled ? -1 : result.from;
  return result;
}

/** A thread for V neighbouring elements. */
template <int V>
__global__ void __launch_bounds__(kThreads)
    copy(float* dst, const float* src, float fill, Picks picks, int64_t elements) {
  int64_t number = thread_number() * V;
  if (number >= elements) {
    return;
  }
  Route at = route(picks, number);
  store<V>(dst + at.to, at.from < 0 ? splat<V>(fill) : load<V>(src + at.from));
}

/** Axes with a map stay as they are, the others merge. */
Picks picks_of(const clk_copy_args& args) {
  Picks picks = {};
  for (int64_t k = 0; k < args.axes; k++) {
    const int64_t strides[2] = {args.stride_dst[k], args.stride_src[k]};
    bool mapped = args.maps[k] != nullptr;
    bool after_mapped = picks.axes.count > 0 && picks.maps[picks.axes.count - 1] != nullptr;
    if (!mapped && !after_mapped) {
      append<2>(picks.axes, args.dims[k], strides);
      continue;
    }
    int axis = picks.axes.count++;
    picks.axes.dims[axis] = divisor(args.dims[k]);
    picks.axes.strides[0][axis] = strides[0];
    picks.axes.strides[1][axis] = strides[1];
    picks.maps[axis] = args.maps[k];
  }
  return picks;
}

/** Whether rows of the last axis are whole and begin at multiples of 4 in both arrays. */
bool goes_by_fours(const clk_copy_args& args, const Picks& picks) {
  int last = picks.axes.count - 1;
  if (last < 0 || picks.maps[last] != nullptr || !by_fours(picks.axes.dims[last].by) ||
      picks.axes.strides[0][last] != 1 || picks.axes.strides[1][last] != 1) {
    return false;
  }
  for (int axis = 0; axis < last; axis++) {
    if (!by_fours(picks.axes.strides[0][axis], picks.axes.strides[1][axis])) {
      return false;
    }
  }
  return is_aligned(args.dst) && is_aligned(args.src);
}

}  // namespace
}  // namespace convlens

extern "C" int clk_copy(const clk_copy_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || args->src == nullptr || args->dst == nullptr ||
      !are_axes(args->axes, args->dims)) {
    return refused();
  }
  if (is_empty(args->axes, args->dims)) {
    return 0;
  }
  Picks picks = picks_of(*args);
  int64_t count = elements(picks.axes);
  bool fours = goes_by_fours(*args, picks);
  int64_t blocks = ceil_div(count / (fours ? 4 : 1), kThreads);
  if (!fits_grid(blocks)) {
    return refused();
  }
  auto* copy_kernel = fours ? copy<4> : copy<1>;
  CLK_LAUNCH(copy_kernel, grid_of(blocks), dim3(kThreads), 0, stream, args->dst, args->src,
             static_cast<float>(args->fill), picks, count);
  return launched();
}
