/*
 * Transposes matrices, from NCHW to NHWC and back, by tiles in shared memory, so that both sides
 * are read and written along their rows.
 *
 * src: [batch][rows][columns], dst: [batch][columns][rows].
 *
 * Bound: bytes, 8*batch*rows*columns.
 */
#include "common/index.cuh"
#include "common/launch.cuh"

namespace convlens {
namespace {

constexpr int kTile = 32;
constexpr int kTileRows = kThreads / kTile;  // rows that a block's threads read at once

struct Tiles {
  Divisor rows;
  Divisor columns;
};

/** A block for a tile; a column more than it has keeps the banks of its columns apart. */
__global__ void __launch_bounds__(kThreads) transpose(clk_transpose_args args, Tiles tiles) {
  __shared__ float tile[kTile][kTile + 1];
  Split column_tile = split(blockIdx.x, tiles.columns);
  Split row_tile = split(column_tile.quotient, tiles.rows);
  int x = threadIdx.x % kTile;
  int y = threadIdx.x / kTile;
  int64_t first_row = row_tile.rest * kTile;
  int64_t first_column = column_tile.rest * kTile;
  const float* src = args.src + row_tile.quotient * args.src_step;
  float* dst = args.dst + row_tile.quotient * args.dst_step;
  for (int i = y; i < kTile; i += kTileRows) {
    if (first_row + i < args.rows && first_column + x < args.columns) {
      tile[i][x] = src[(first_row + i) * args.src_pitch + first_column + x];
    }
  }
  __syncthreads();
  for (int i = y; i < kTile; i += kTileRows) {
    if (first_column + i < args.columns && first_row + x < args.rows) {
      dst[(first_column + i) * args.dst_pitch + first_row + x] = tile[x][i];
    }
  }
}

bool makes_sense(const clk_transpose_args& a) {
  return a.src != nullptr && a.dst != nullptr && a.batch >= 0 && a.rows >= 0 && a.columns >= 0 &&
         a.src_pitch >= a.columns && a.dst_pitch >= a.rows && a.src_step >= 0 && a.dst_step >= 0;
}

}  // namespace
}  // namespace convlens

extern "C" int clk_transpose(const clk_transpose_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (args->batch == 0 || args->rows == 0 || args->columns == 0) {
    return 0;
  }
  Tiles tiles = {divisor(ceil_div(args->rows, kTile)), divisor(ceil_div(args->columns, kTile))};
  int64_t blocks = args->batch * tiles.rows.by * tiles.columns.by;
  if (!fits_grid(blocks)) {
    return refused();
  }
  CLK_LAUNCH(transpose, grid_of(blocks), dim3(kThreads), 0, stream, *args, tiles);
  return launched();
}
