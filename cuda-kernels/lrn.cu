/*
 * Local response normalisation across channels: Krizhevsky et al., 2012, section 3.3.
 *
 * src, dst: [places][channels], pitches apart.
 *
 * Bound: bytes, 8*places*channels; a window's other channels are in the caches.
 */
#include <math.h>

#include "common/index.cuh"
#include "common/launch.cuh"

namespace convlens {
namespace {

struct Normalisation {
  int64_t before;  // channels of a window before its own
  int64_t after;
  float scale;  // alpha/size
  float beta;
  float bias;
};

/** A thread for an element. */
__global__ void __launch_bounds__(kThreads)
    lrn(clk_lrn_args args, Divisor channels, Normalisation by) {
  Split at = split(thread_number(), channels);
  if (at.quotient >= args.places) {
    return;
  }
  const float* place = args.src + at.quotient * args.src_pitch;
  int64_t first = at.rest < by.before ? 0 : at.rest - by.before;
  int64_t last = at.rest + by.after < args.channels ? at.rest + by.after : args.channels - 1;
  float sum = 0;
  for (int64_t c = first; c <= last; c++) {
    sum += place[c] * place[c];
  }
  args.dst[at.quotient * args.dst_pitch + at.rest] =
      place[at.rest] * powf(by.bias + by.scale * sum, -by.beta);
}

bool makes_sense(const clk_lrn_args& a) {
  return a.src != nullptr && a.dst != nullptr && a.places >= 0 && a.channels >= 1 && a.size >= 1 &&
         a.src_pitch >= a.channels && a.dst_pitch >= a.channels;
}

}  // namespace
}  // namespace convlens

extern "C" int clk_lrn(const clk_lrn_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (args->places == 0) {
    return 0;
  }
  int64_t blocks = ceil_div(args->places * args->channels, kThreads);
  if (!fits_grid(blocks)) {
    return refused();
  }
  Normalisation by = {(args->size - 1) / 2, args->size / 2,
                      static_cast<float>(args->alpha / static_cast<double>(args->size)),
                      static_cast<float>(args->beta), static_cast<float>(args->bias)};
  CLK_LAUNCH(lrn, grid_of(blocks), dim3(kThreads), 0, stream, *args, divisor(args->channels), by);
  return launched();
}
