/*
 * The gradient through an activation over strided arrays: the true one, or by the rules of guided
 * backpropagation and deconvolution where the activation is a ReLU.
 *
 * Bound: bytes, 4*elements*3.
 */
#include "common/axes.cuh"
#include "common/derivative.cuh"

namespace convlens {
namespace {

struct Function {
  int kind;
  float a;
  float b;
  int rule;
  bool gates;  // a ReLU, which a gradient passes whole or not at all
};

/** Rules are those of io.convlens.graph.GradientRule. */
__device__ float passed(const Function& f, float gradient, float x) {
  float slope = derivative(f.kind, f.a, f.b, x);
  if (!f.gates) {
    return gradient * slope;
  }
  bool open = slope != 0 || f.rule == CLK_RULE_DECONVNET;
  bool counts = gradient > 0 || f.rule == CLK_RULE_GRADIENT;
  return open && counts ? gradient : 0;
}

/** A thread for V neighbouring elements of dst. The arrays of the axes are dst, gradient, x. */
template <int V>
__global__ void __launch_bounds__(kThreads)
    activation_gradient(float* dst, const float* gradient, const float* x, Function function,
                        Axes<3> axes, int64_t elements) {
  int64_t number = thread_number() * V;
  if (number >= elements) {
    return;
  }
  Offsets<3> at = offsets(axes, number);
  int last = axes.count - 1;
  Vec<V> g = neighbours<V>(gradient + at.at[1], V == 1 ? 1 : axes.strides[1][last]);
  Vec<V> input = neighbours<V>(x + at.at[2], V == 1 ? 1 : axes.strides[2][last]);
#pragma unroll
  for (int lane = 0; lane < V; lane++) {
    g.at[lane] = passed(function, g.at[lane], input.at[lane]);
  }
  store<V>(dst + at.at[0], g);
}

Function function_of(const clk_activation_gradient_args& args) {
  bool gates = args.function == CLK_RELU || (args.function == CLK_CLIP && args.a == 0);
  return {static_cast<int>(args.function), static_cast<float>(args.a), static_cast<float>(args.b),
          static_cast<int>(args.rule), gates};
}

bool makes_sense(const clk_activation_gradient_args& a) {
  return a.gradient != nullptr && a.x != nullptr && a.dst != nullptr && a.function > CLK_ADD &&
         a.function < CLK_POST_KINDS && a.rule >= CLK_RULE_GRADIENT &&
         a.rule <= CLK_RULE_DECONVNET && are_axes(a.axes, a.dims);
}

}  // namespace
}  // namespace convlens

extern "C" int clk_activation_gradient(const clk_activation_gradient_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (is_empty(args->axes, args->dims)) {
    return 0;
  }
  Axes<3> axes =
      axes_of<3>(args->axes, args->dims, {args->stride_dst, args->stride_gradient, args->stride_x});
  int64_t count = elements(axes);
  bool fours = goes_by_fours(axes) && is_aligned(args->dst) && is_aligned(args->gradient) &&
               is_aligned(args->x);
  int64_t blocks = ceil_div(count / (fours ? 4 : 1), kThreads);
  if (!fits_grid(blocks)) {
    return refused();
  }
  auto* gradient_kernel = fours ? activation_gradient<4> : activation_gradient<1>;
  CLK_LAUNCH(gradient_kernel, grid_of(blocks), dim3(kThreads), 0, stream, args->dst,
             args->gradient, args->x, function_of(*args), axes, count);
  return launched();
}
