/* What the kernels of clk_matmul share. */
#pragma once

#include "index.cuh"
#include "posts.cuh"

namespace convlens {

/** The operands of one product of a batch, and what is done to its elements. */
struct Matrices {
  const float* a;
  const float* b;
  const float* bias;
  float* dst;
  int64_t rows;
  int64_t inner;
  int64_t columns;
  int64_t step_a;
  int64_t step_b;
  float alpha;
  bool whole_a;  // quads along rows are aligned
  bool whole_b;
};

/** Finishes the sum of an element and writes it. */
__device__ inline void finish(const Matrices& m, const Posts& posts, int64_t batch, int64_t row,
                              int64_t column, float sum) {
  int64_t place = batch * m.rows + row;
  float product = m.alpha * sum;
  Vec<1> x = {{m.bias == nullptr ? product : product + m.bias[column]}};
  apply<1>(posts, x, place, column);
  m.dst[place * m.columns + column] = x.at[0];
}

int matmul_tiles(const clk_matmul_args& args, const Matrices& matrices, void* stream);
int matmul_few_rows(const clk_matmul_args& args, const Matrices& matrices, void* stream);

}  // namespace convlens
