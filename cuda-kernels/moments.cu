/*
 * What is kept of a batch of gradients, element by element: mean and variance of all so far
 * (Welford, 1962), or their weighted sum. Samples are taken in one after another, so that the order
 * of the sum does not depend on the batch. The same bits as io.convlens.engine.HostSampler's.
 *
 * src: strided, state and dst: row-major.
 *
 * Bound: bytes, 4*count*elements read, and 32 to 48 an element for what is kept.
 */
#include "common/axes.cuh"

namespace convlens {
namespace {

struct Moments {
  const float* src;
  const double* weights;
  double* state;  // [2][elements]: mean or sum, and the sum of squares
  float* dst;     // [2][elements]: mean or sum, and variance
  int64_t first;
  int64_t count;
  int64_t step;  // floats from sample to sample of src
  int64_t elements;
};

/** A thread for an element. */
__global__ void __launch_bounds__(kThreads) moments(const Moments m, const Axes<1> axes) {
  int64_t element = thread_number();
  if (element >= m.elements) {
    return;
  }
  double mean = m.first == 0 ? 0 : m.state[element];
  double squares = m.first == 0 || m.weights != nullptr ? 0 : m.state[m.elements + element];
  const float* src = m.src + offsets(axes, element).at[0];
  for (int64_t row = 0; row < m.count; row++) {
    double v = src[row * m.step];
    if (m.weights != nullptr) {
      mean = fma(m.weights[m.first + row], v, mean);
      continue;
    }
    double off = v - mean;
    mean += off / static_cast<double>(m.first + row + 1);
    squares = fma(off, v - mean, squares);
  }
  m.state[element] = mean;
  m.dst[element] = static_cast<float>(mean);
  if (m.weights == nullptr) {
    m.state[m.elements + element] = squares;
    m.dst[m.elements + element] =
        static_cast<float>(squares / static_cast<double>(m.first + m.count));
  }
}

bool makes_sense(const clk_moments_args& a) {
  return a.src != nullptr && a.state != nullptr && a.dst != nullptr && a.first >= 0 &&
         a.count >= 0 && are_axes(a.axes, a.dims);
}

}  // namespace
}  // namespace convlens

extern "C" int clk_moments(const clk_moments_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (args->count == 0 || is_empty(args->axes, args->dims)) {
    return 0;
  }
  Axes<1> axes = axes_of<1>(args->axes, args->dims, {args->stride_src});
  int64_t each = elements(axes);
  int64_t blocks = ceil_div(each, kThreads);
  if (!fits_grid(blocks)) {
    return refused();
  }
  Moments m = {args->src,   args->weights, args->state,    args->dst,
               args->first, args->count,   args->step_src, each};
  CLK_LAUNCH(moments, grid_of(blocks), dim3(kThreads), 0, stream, m, axes);
  return launched();
}
