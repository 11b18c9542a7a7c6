/*
 * Matrix product of a few rows with weights stored a column after the other: fully connected layers
 * of single pictures. A warp reads a column of b once, for all rows.
 *
 * a: [batch][rows][inner], rows at most 8; b: [batch][columns][inner]; dst: [batch][rows][columns].
 *
 * Bound: bytes, 4*batch*columns*inner.
 */
#include "common/matmul.cuh"
#include "common/sum.cuh"
#include "common/tile.cuh"

namespace convlens {
namespace {

constexpr int kRowsAtOnce = 8;
constexpr int kWarps = kThreads / kWarp;

/** A warp for a column; its lanes take quads of the inner axis in turn. */
__global__ void __launch_bounds__(kThreads)
    multiply_rows(const Matrices m, Divisor columns, int64_t batches, const Posts posts) {
  Split at = split(thread_number() / kWarp, columns);
  if (at.quotient >= batches) {
    return;
  }
  int lane = threadIdx.x % kWarp;
  const float* a = m.a + at.quotient * m.step_a;
  const float* b = m.b + at.quotient * m.step_b + at.rest * m.inner;
  float sums[kRowsAtOnce] = {};
  for (int64_t k = lane * 4; k < m.inner; k += kWarp * 4) {
    Vec<4> weights = quad_of(b + k, m.inner - k, m.whole_b);
#pragma unroll
    for (int row = 0; row < kRowsAtOnce; row++) {
      if (row < m.rows) {
        Vec<4> x = quad_of(a + row * m.inner + k, m.inner - k, m.whole_a);
#pragma unroll
        for (int i = 0; i < 4; i++) {
          sums[row] += x.at[i] * weights.at[i];
        }
      }
    }
  }
  float own = 0;  // lane r ends with the sum of row r
#pragma unroll
  for (int row = 0; row < kRowsAtOnce; row++) {
    float sum = warp_sum({sums[row], 0}).value();
    own = lane == row ? sum : own;
  }
  if (lane < m.rows) {
    finish(m, posts, at.quotient, lane, at.rest, own);
  }
}

}  // namespace

int matmul_few_rows(const clk_matmul_args& args, const Matrices& matrices, void* stream) {
  int64_t blocks = ceil_div(args.batch * args.columns, kWarps);
  if (!fits_grid(blocks)) {
    return refused();
  }
  CLK_LAUNCH(multiply_rows, grid_of(blocks), dim3(kThreads), 0, stream, matrices,
             divisor(args.columns), args.batch, posts_of(args.posts));
  return launched();
}

}  // namespace convlens
