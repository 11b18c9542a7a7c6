/*
 * dst = posts(function(a, b)) with broadcasting, over strided arrays of up to CLK_AXES axes.
 *
 * Bound: bytes, 4*elements of dst + 4*elements of a + 4*elements of b, each read once.
 */
#include "common/axes.cuh"
#include "common/posts.cuh"

namespace convlens {
namespace {

__device__ float combined(int function, float a, float b) {
  switch (function) {
    case CLK_SUM_OF:
      return a + b;
    case CLK_DIFFERENCE:
      return a - b;
    case CLK_PRODUCT:
      return a * b;
    case CLK_QUOTIENT:
      return a / b;
    case CLK_POW:
      return powf(a, b);
    case CLK_MIN_OF:
      return a < b || a != a ? a : b;  // NaN where either is
    case CLK_MAX_OF:
      return a > b || a != a ? a : b;
    default:
      return a < 0 ? a * b : a;  // CLK_PRELU
  }
}

/** A thread for V neighbouring elements of dst. The arrays of the axes are dst, a, b. */
template <int V>
__global__ void __launch_bounds__(kThreads)
    broadcast(float* dst, const float* a, const float* b, int function, Axes<3> axes,
              int64_t elements, Posts posts) {
  int64_t number = thread_number() * V;
  if (number >= elements) {
    return;
  }
  Offsets<3> at = offsets(axes, number);
  int last = axes.count - 1;
  Vec<V> x = neighbours<V>(a + at.at[1], V == 1 ? 1 : axes.strides[1][last]);
  Vec<V> y = neighbours<V>(b + at.at[2], V == 1 ? 1 : axes.strides[2][last]);
#pragma unroll
  for (int lane = 0; lane < V; lane++) {
    x.at[lane] = combined(function, x.at[lane], y.at[lane]);
  }
  apply<V>(posts, x, 0, 0);
  store<V>(dst + at.at[0], x);
}

bool goes_by_fours(const clk_broadcast_args& args, const Axes<3>& axes) {
  return goes_by_fours(axes) && is_aligned(args.dst) && is_aligned(args.a) && is_aligned(args.b);
}

bool makes_sense(const clk_broadcast_args& a) {
  return a.a != nullptr && a.b != nullptr && a.dst != nullptr && a.function >= CLK_SUM_OF &&
         a.function <= CLK_PRELU && are_axes(a.axes, a.dims) && are_valid(a.posts, 0) &&
         !has_additions(a.posts);
}

}  // namespace
}  // namespace convlens

extern "C" int clk_broadcast(const clk_broadcast_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (is_empty(args->axes, args->dims)) {
    return 0;
  }
  Axes<3> axes =
      axes_of<3>(args->axes, args->dims, {args->stride_dst, args->stride_a, args->stride_b});
  int64_t count = elements(axes);
  bool fours = goes_by_fours(*args, axes);
  int64_t blocks = ceil_div(count / (fours ? 4 : 1), kThreads);
  if (!fits_grid(blocks)) {
    return refused();
  }
  auto* broadcast_kernel = fours ? broadcast<4> : broadcast<1>;
  CLK_LAUNCH(broadcast_kernel, grid_of(blocks), dim3(kThreads), 0, stream, args->dst, args->a,
             args->b, static_cast<int>(args->function), axes, count, posts_of(args->posts));
  return launched();
}
