/*
 * A batch of samples around one resident picture: with normal noise, or on the straight way from a
 * baseline to it. The same bits as io.convlens.engine.HostSampler's.
 *
 * picture: row-major, dst: strided.
 *
 * Bound: bytes, 4*count*elements written, the picture staying in the caches; noise has some 90
 * double operations an element, which take longer where double precision is slow.
 */
#include "common/axes.cuh"
#include "common/noise.cuh"

namespace convlens {
namespace {

struct Samples {
  const float* picture;
  const float* baseline;
  const double* places;
  float* dst;
  uint64_t key;
  double sigma;
  int64_t first;
  int64_t step;  // floats from sample to sample of dst
  int64_t total;
  Divisor elements;
};

/** A thread for an element of a sample. */
__global__ void __launch_bounds__(kThreads) samples(const Samples s, const Axes<1> axes) {
  int64_t number = thread_number();
  if (number >= s.total) {
    return;
  }
  Split at = split(number, s.elements);
  int64_t sample = s.first + at.quotient;
  float x = s.picture[at.rest];
  if (s.places == nullptr) {
    x += static_cast<float>(s.sigma * normal(s.key, sample, at.rest));
  } else {
    double baseline = s.baseline[at.rest];
    x = static_cast<float>(fma(s.places[sample], x - baseline, baseline));
  }
  s.dst[at.quotient * s.step + offsets(axes, at.rest).at[0]] = x;
}

bool makes_sense(const clk_samples_args& a) {
  return a.picture != nullptr && (a.places == nullptr || a.baseline != nullptr) &&
         a.dst != nullptr && a.first >= 0 && a.count >= 0 && are_axes(a.axes, a.dims);
}

}  // namespace
}  // namespace convlens

extern "C" int clk_samples(const clk_samples_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (args->count == 0 || is_empty(args->axes, args->dims)) {
    return 0;
  }
  Axes<1> axes = axes_of<1>(args->axes, args->dims, {args->stride_dst});
  int64_t each = elements(axes);
  int64_t blocks = ceil_div(each * args->count, kThreads);
  if (!fits_grid(blocks)) {
    return refused();
  }
  Samples s = {args->picture,
               args->baseline,
               args->places,
               args->dst,
               static_cast<uint64_t>(args->key),
               args->sigma,
               args->first,
               args->step_dst,
               each * args->count,
               divisor(each)};
  CLK_LAUNCH(samples, grid_of(blocks), dim3(kThreads), 0, stream, s, axes);
  return launched();
}
