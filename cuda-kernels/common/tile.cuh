/*
 * The heart of a matrix product: a block of threads computes a tile of rows x columns, sums over
 * the inner axis, with both operands in shared memory in two stages, so that the next quads are on
 * their way while the present ones are multiplied.
 *
 * Each thread brings one quad (four floats) of each operand a step, and keeps kRowsEach x
 * kColumnsEach sums in registers. For each sum the order of addition is that of the inner axis,
 * whatever the tile.
 */
#pragma once

#include <stdint.h>

#include "launch.cuh"
#include "vec.cuh"

namespace convlens {

/** Extents of a tile; kThreads threads work on it, and a quad a thread fills a stage. */
template <int ROWS, int COLUMNS, int INNER, int ROWS_EACH, int COLUMNS_EACH, int BLOCKS>
struct Tile {
  static constexpr int kRows = ROWS;
  static constexpr int kColumns = COLUMNS;
  static constexpr int kInner = INNER;
  static constexpr int kRowsEach = ROWS_EACH;
  static constexpr int kColumnsEach = COLUMNS_EACH;
  static constexpr int kBlocks = BLOCKS;  // that a multiprocessor is to have registers for
  static constexpr int kThreadRows = ROWS / ROWS_EACH;
  static constexpr int kThreadColumns = COLUMNS / COLUMNS_EACH;
  static_assert(kThreadRows * kThreadColumns == kThreads, "a thread for each part of the tile");
  static_assert(ROWS * INNER == 4 * kThreads && COLUMNS * INNER == 4 * kThreads, "a quad a thread");
};

/**
 * Large tiles do twice the work for what they read, where there are enough of them to go round:
 * about one for each multiprocessor of a large GPU.
 */
constexpr int64_t kBlocksToGoRound = 128;

using LargeTile = Tile<128, 128, 8, 8, 8, 2>;
using SmallTile = Tile<64, 64, 16, 4, 4, 3>;

/** Four columns more than the tile's keep the banks of a transposed store apart. */
constexpr int kBankPadding = 4;

template <class T>
struct TileMemory {
  alignas(16) float a[2][T::kInner][T::kRows + kBankPadding];
  alignas(16) float b[2][T::kInner][T::kColumns + kBankPadding];
};

template <class T>
struct Sums {
  float at[T::kRowsEach][T::kColumnsEach];
};

/** Where in an operand of `lines` lines a thread's quad lies: four steps along the inner axis. */
template <class T>
struct QuadAlong {
  int line = threadIdx.x / (T::kInner / 4);
  int inner = threadIdx.x % (T::kInner / 4) * 4;
};

/** The same, for quads of four neighbouring columns. */
template <class T>
struct QuadAcross {
  int inner = threadIdx.x / (T::kColumns / 4);
  int column = threadIdx.x % (T::kColumns / 4) * 4;
};

/** The tile's row (or column) of a thread's `index`-th sum: runs of four, spread evenly. */
template <int EXTENT, int EACH>
__device__ inline int spread(int thread, int index) {
  return index / 4 * (EXTENT * 4 / EACH) + thread * 4 + index % 4;
}

template <int WIDTH>
__device__ inline void put_along(float (*stage)[WIDTH], int line, int inner, const Vec<4>& quad) {
#pragma unroll
  for (int i = 0; i < 4; i++) {
    stage[inner + i][line] = quad.at[i];
  }
}

/** Adds to the sums the product of what one stage holds. */
template <class T>
__device__ inline void multiply(Sums<T>& sums, const TileMemory<T>& memory, int stage) {
  int thread_row = threadIdx.x / T::kThreadColumns;
  int thread_column = threadIdx.x % T::kThreadColumns;
#pragma unroll
  for (int k = 0; k < T::kInner; k++) {
    Vec<4> a[T::kRowsEach / 4];
    Vec<4> b[T::kColumnsEach / 4];
#pragma unroll
    for (int i = 0; i < T::kRowsEach; i += 4) {
      a[i / 4] = load<4>(&memory.a[stage][k][spread<T::kRows, T::kRowsEach>(thread_row, i)]);
    }
#pragma unroll
    for (int j = 0; j < T::kColumnsEach; j += 4) {
      b[j / 4] =
          load<4>(&memory.b[stage][k][spread<T::kColumns, T::kColumnsEach>(thread_column, j)]);
    }
#pragma unroll
    for (int i = 0; i < T::kRowsEach; i++) {
#pragma unroll
      for (int j = 0; j < T::kColumnsEach; j++) {
        sums.at[i][j] += a[i / 4].at[i % 4] * b[j / 4].at[j % 4];
      }
    }
  }
}

/**
 * The sums over an inner axis of a tile. A and B are this thread's suppliers: `next()` gives its
 * quad of the present step, zeros beyond the operand, and moves on by T::kInner; `put(stage, quad)`
 * knows how it lies.
 */
template <class T, class A, class B>
__device__ inline void accumulate(Sums<T>& sums, TileMemory<T>& memory, A& a, B& b, int64_t inner) {
#pragma unroll
  for (int i = 0; i < T::kRowsEach; i++) {
#pragma unroll
    for (int j = 0; j < T::kColumnsEach; j++) {
      sums.at[i][j] = 0;
    }
  }
  a.put(memory.a[0], a.next());
  b.put(memory.b[0], b.next());
  __syncthreads();
  int stage = 0;
  for (int64_t k = 0; k < inner; k += T::kInner) {
    bool more = k + T::kInner < inner;
    Vec<4> next_a;
    Vec<4> next_b;
    if (more) {
      next_a = a.next();
      next_b = b.next();
    }
    multiply<T>(sums, memory, stage);
    if (more) {
      a.put(memory.a[stage ^ 1], next_a);
      b.put(memory.b[stage ^ 1], next_b);
    }
    __syncthreads();
    stage ^= 1;
  }
}

/**
 * Hands each sum to write(row, column, sum), neighbouring threads having neighbouring columns. A
 * round takes one row of each thread through shared memory; the sums then move down a row, so that
 * registers have fixed numbers and what write does is compiled once.
 */
template <class T, class W>
__device__ inline void hand_out(Sums<T>& sums, TileMemory<T>& memory, const W& write) {
  static_assert(sizeof(memory.b) >= sizeof(float) * T::kThreadRows * T::kColumns, "a round fits");
  float* round = &memory.b[0][0][0];  // [kThreadRows][kColumns]
  int thread_row = threadIdx.x / T::kThreadColumns;
  int thread_column = threadIdx.x % T::kThreadColumns;
#pragma unroll 1
  for (int i = 0; i < T::kRowsEach; i++) {
#pragma unroll
    for (int j = 0; j < T::kColumnsEach; j++) {
      int column = spread<T::kColumns, T::kColumnsEach>(thread_column, j);
      round[thread_row * T::kColumns + column] = sums.at[0][j];
#pragma unroll
      for (int row = 1; row < T::kRowsEach; row++) {
        sums.at[row - 1][j] = sums.at[row][j];
      }
    }
    __syncthreads();
#pragma unroll 1
    for (int e = threadIdx.x; e < T::kThreadRows * T::kColumns; e += kThreads) {
      write(spread<T::kRows, T::kRowsEach>(e / T::kColumns, i), e % T::kColumns, round[e]);
    }
    __syncthreads();
  }
}

/** Up to four neighbours of a row that has `left` more elements; zeros beyond. */
__device__ inline Vec<4> quad_of(const float* from, int64_t left, bool whole) {
  if (whole && left >= 4) {
    return load<4>(from);
  }
  Vec<4> quad;
#pragma unroll
  for (int i = 0; i < 4; i++) {
    quad.at[i] = i < left ? from[i] : 0;
  }
  return quad;
}

/** Supplies an operand whose lines lie along the inner axis: rows of a, or columns of b transposed.
 */
template <class T>
class AlongInner {
 public:
  /** Line `first` + its own of `lines`, each `inner` long. */
  __device__ AlongInner(const float* from, int64_t first, int64_t lines, int64_t inner, bool whole)
      : whole_(whole) {
    int64_t line = first + at_.line;
    from_ = from + line * inner + at_.inner;
    left_ = line < lines ? inner - at_.inner : 0;
  }

  __device__ Vec<4> next() {
    Vec<4> quad = quad_of(from_, left_, whole_);
    from_ += T::kInner;
    left_ -= T::kInner;
    return quad;
  }

  __device__ void put(float (*stage)[T::kRows + kBankPadding], const Vec<4>& quad) const {
    put_along<T::kRows + kBankPadding>(stage, at_.line, at_.inner, quad);
  }

 private:
  QuadAlong<T> at_;
  const float* from_;
  int64_t left_;
  bool whole_;
};

/** Supplies an operand [inner][columns] with rows a pitch apart. */
template <class T>
class AcrossColumns {
 public:
  __device__ AcrossColumns(const float* from, int64_t first, int64_t columns, int64_t pitch,
                           int64_t inner, bool whole)
      : pitch_(pitch), whole_(whole) {
    from_ = from + at_.inner * pitch + first + at_.column;
    width_ = columns - first - at_.column;
    left_ = inner - at_.inner;
  }

  __device__ Vec<4> next() {
    Vec<4> quad = quad_of(from_, left_ > 0 ? width_ : 0, whole_);
    from_ += T::kInner * pitch_;
    left_ -= T::kInner;
    return quad;
  }

  __device__ void put(float (*stage)[T::kColumns + kBankPadding], const Vec<4>& quad) const {
    store<4>(&stage[at_.inner][at_.column], quad);
  }

 private:
  QuadAcross<T> at_;
  const float* from_;
  int64_t pitch_;
  int64_t width_;
  int64_t left_;
  bool whole_;
};

}  // namespace convlens
