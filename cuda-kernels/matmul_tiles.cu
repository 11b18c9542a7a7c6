/*
 * Matrix product by tiles in shared memory.
 *
 * a: [batch][rows][inner], b: [batch][inner][columns] or [batch][columns][inner], dst:
 * [batch][rows][columns].
 *
 * Bound: flops, 2*batch*rows*inner*columns at the FMA rate; where one extent is short bytes,
 * 4*batch*(rows*inner + inner*columns + rows*columns).
 */
#include "common/matmul.cuh"
#include "common/tile.cuh"

namespace convlens {
namespace {

struct TileNumbers {
  Divisor rows;
  Divisor columns;
};

/** A block for a tile: tiles of columns follow each other, then those of rows, then batches. */
template <class T, bool TRANSPOSED>
__global__ void __launch_bounds__(kThreads, T::kBlocks)
    multiply_tile(const Matrices m, const TileNumbers numbers, const Posts posts) {
  __shared__ TileMemory<T> memory;
  Split column_tile = split(blockIdx.x, numbers.columns);
  Split row_tile = split(column_tile.quotient, numbers.rows);
  int64_t batch = row_tile.quotient;
  int64_t first_row = row_tile.rest * T::kRows;
  int64_t first_column = column_tile.rest * T::kColumns;
  AlongInner<T> a(m.a + batch * m.step_a, first_row, m.rows, m.inner, m.whole_a);
  const float* b_from = m.b + batch * m.step_b;
  Sums<T> sums;
  if constexpr (TRANSPOSED) {
    AlongInner<T> b(b_from, first_column, m.columns, m.inner, m.whole_b);
    accumulate<T>(sums, memory, a, b, m.inner);
  } else {
    AcrossColumns<T> b(b_from, first_column, m.columns, m.columns, m.inner, m.whole_b);
    accumulate<T>(sums, memory, a, b, m.inner);
  }
  hand_out<T>(sums, memory, [&](int row, int column, float sum) {
    if (first_row + row < m.rows && first_column + column < m.columns) {
      finish(m, posts, batch, first_row + row, first_column + column, sum);
    }
  });
}

template <class T>
TileNumbers numbers_of(const Matrices& m) {
  return {divisor(ceil_div(m.rows, T::kRows)), divisor(ceil_div(m.columns, T::kColumns))};
}

template <class T>
int64_t blocks_of(const Matrices& m, int64_t batch) {
  TileNumbers numbers = numbers_of<T>(m);
  return batch * numbers.rows.by * numbers.columns.by;
}

template <class T>
int launch(const clk_matmul_args& args, const Matrices& m, void* stream) {
  int64_t blocks = blocks_of<T>(m, args.batch);
  if (!fits_grid(blocks)) {
    return refused();
  }
  auto* tiles_kernel = args.b_transposed == 1 ? multiply_tile<T, true> : multiply_tile<T, false>;
  CLK_LAUNCH(tiles_kernel, grid_of(blocks), dim3(kThreads), 0, stream, m, numbers_of<T>(m),
             posts_of(args.posts));
  return launched();
}

}  // namespace

int matmul_tiles(const clk_matmul_args& args, const Matrices& matrices, void* stream) {
  bool large = matrices.columns > SmallTile::kColumns && matrices.rows > SmallTile::kRows &&
               blocks_of<LargeTile>(matrices, args.batch) >= kBlocksToGoRound;
  return large ? launch<LargeTile>(args, matrices, stream)
               : launch<SmallTile>(args, matrices, stream);
}

}  // namespace convlens
