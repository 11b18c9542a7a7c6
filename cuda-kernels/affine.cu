/*
 * dst = posts(scale[c]*src + shift[c]): scale and shift a channel, chains of activations, residual
 * additions.
 *
 * src, dst: [places][channels], pitches apart.
 *
 * Bound: bytes, 4*places*channels*(2 + one for each addition).
 */
#include "common/index.cuh"
#include "common/posts.cuh"

namespace convlens {
namespace {

/** A thread for V neighbouring channels of a place. */
template <int V>
__global__ void __launch_bounds__(kThreads)
    affine(clk_affine_args args, Divisor width, Posts posts) {
  int64_t number = thread_number();
  Split at = split(number, width);
  if (at.quotient >= args.places) {
    return;
  }
  int64_t channel = at.rest * V;
  Vec<V> x = load<V>(args.src + at.quotient * args.src_pitch + channel);
  Vec<V> scale = args.scale == nullptr ? splat<V>(1) : load<V>(args.scale + channel);
  Vec<V> shift = args.shift == nullptr ? splat<V>(0) : load<V>(args.shift + channel);
  if (args.scale != nullptr || args.shift != nullptr) {
#pragma unroll
    for (int lane = 0; lane < V; lane++) {
      x.at[lane] = scale.at[lane] * x.at[lane] + shift.at[lane];
    }
  }
  apply<V>(posts, x, at.quotient, channel);
  store<V>(args.dst + at.quotient * args.dst_pitch + channel, x);
}

bool makes_sense(const clk_affine_args& a) {
  return a.src != nullptr && a.dst != nullptr && a.places >= 0 && a.channels >= 1 &&
         a.src_pitch >= a.channels && a.dst_pitch >= a.channels && are_valid(a.posts, a.channels);
}

bool goes_by_fours(const clk_affine_args& a) {
  return by_fours(a.channels, a.src_pitch, a.dst_pitch) && by_fours(a.posts) && is_aligned(a.src) &&
         is_aligned(a.dst) && is_aligned(a.scale) && is_aligned(a.shift);
}

}  // namespace
}  // namespace convlens

extern "C" int clk_affine(const clk_affine_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (args->places == 0) {
    return 0;
  }
  bool fours = goes_by_fours(*args);
  Divisor width = divisor(args->channels / (fours ? 4 : 1));
  int64_t blocks = ceil_div(args->places * width.by, kThreads);
  if (!fits_grid(blocks)) {
    return refused();
  }
  auto* affine_kernel = fours ? affine<4> : affine<1>;
  CLK_LAUNCH(affine_kernel, grid_of(blocks), dim3(kThreads), 0, stream, *args, width,
             posts_of(args->posts));
  return launched();
}
