/*
 * A batch of copies of one resident picture, each with one rectangle filled, a value a channel.
 *
 * picture: [h][w][c], batch: [count][h][w][c].
 *
 * Bound: bytes, 4*count*h*w*c written; the picture stays in the caches.
 */
#include "common/index.cuh"
#include "common/launch.cuh"
#include "common/vec.cuh"

namespace convlens {
namespace {

/** Numbers of the batch's elements: V neighbours, rows, pictures; and channels. */
struct Numbers {
  Divisor row;  // of w*c elements, by V
  Divisor rows;
  Divisor channels;
};

/** A thread for V neighbouring elements of a row of pixels. */
template <int V>
__global__ void __launch_bounds__(kThreads) occlude(clk_occlude_args args, Numbers numbers) {
  Split in_row = split(thread_number(), numbers.row);
  Split in_picture = split(in_row.quotient, numbers.rows);
  if (in_picture.quotient >= args.count) {
    return;
  }
  int64_t row = in_picture.rest;
  int64_t element = in_row.rest * V;
  int64_t offset = row * args.w * args.c + element;
  Vec<V> x = load<V>(args.picture + offset);
  const int32_t* rectangle = args.rectangles + (args.first + in_picture.quotient) * 4;
  if (row >= rectangle[0] && row < rectangle[2]) {
    int64_t left = rectangle[1] * args.c;
    int64_t right = rectangle[3] * args.c;
#pragma unroll
    for (int lane = 0; lane < V; lane++) {
      if (element + lane >= left && element + lane < right) {
        x.at[lane] = args.fill[split(element + lane, numbers.channels).rest];
      }
    }
  }
  store<V>(args.batch + in_picture.quotient * args.h * args.w * args.c + offset, x);
}

bool makes_sense(const clk_occlude_args& a) {
  return a.picture != nullptr && a.rectangles != nullptr && a.fill != nullptr &&
         a.batch != nullptr && a.h >= 1 && a.w >= 1 && a.c >= 1 && a.first >= 0 && a.count >= 0;
}

}  // namespace
}  // namespace convlens

extern "C" int clk_occlude(const clk_occlude_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (args->count == 0) {
    return 0;
  }
  int64_t width = args->w * args->c;
  bool fours = by_fours(width) && is_aligned(args->picture) && is_aligned(args->batch);
  Numbers numbers = {divisor(width / (fours ? 4 : 1)), divisor(args->h), divisor(args->c)};
  int64_t blocks = ceil_div(args->count * args->h * numbers.row.by, kThreads);
  if (!fits_grid(blocks)) {
    return refused();
  }
  auto* occlude_kernel = fours ? occlude<4> : occlude<1>;
  CLK_LAUNCH(occlude_kernel, grid_of(blocks), dim3(kThreads), 0, stream, *args, numbers);
  return launched();
}
