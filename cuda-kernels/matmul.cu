/* clk_matmul: checks arguments and chooses between its two kernels. No kernel. */
#include "common/matmul.cuh"

namespace convlens {
namespace {

/** With so few rows, columns of b read by a warp each keep the memory busier than tiles do. */
constexpr int64_t kFewRows = 8;

bool makes_sense(const clk_matmul_args& a) {
  return a.a != nullptr && a.b != nullptr && a.dst != nullptr && a.batch >= 0 && a.rows >= 0 &&
         a.inner >= 0 && a.columns >= 0 && a.step_a >= 0 && a.step_b >= 0 &&
         is_flag(a.b_transposed) && are_valid(a.posts, a.columns);
}

Matrices matrices_of(const clk_matmul_args& args) {
  Matrices m = {};
  m.a = args.a;
  m.b = args.b;
  m.bias = args.bias;
  m.dst = args.dst;
  m.rows = args.rows;
  m.inner = args.inner;
  m.columns = args.columns;
  m.step_a = args.step_a;
  m.step_b = args.step_b;
  m.alpha = static_cast<float>(args.alpha);
  m.whole_a = is_aligned(args.a) && by_fours(args.inner, args.step_a);
  m.whole_b = is_aligned(args.b) && by_fours(args.step_b) &&
              by_fours(args.b_transposed == 1 ? args.inner : args.columns);
  return m;
}

}  // namespace
}  // namespace convlens

extern "C" int clk_matmul(const clk_matmul_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (args->batch == 0 || args->rows == 0 || args->columns == 0) {
    return 0;
  }
  Matrices matrices = matrices_of(*args);
  return args->b_transposed == 1 && args->rows <= kFewRows
             ? matmul_few_rows(*args, matrices, stream)
             : matmul_tiles(*args, matrices, stream);
}
