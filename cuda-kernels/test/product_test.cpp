/* clk_matmul by its definition. */
#include "reference.h"

namespace trial {
namespace {

double sum_of(const clk_matmul_args& args, const std::vector<float>& a, const std::vector<float>& b,
              int64_t batch, int64_t row, int64_t column) {
  double sum = 0;
  for (int64_t k = 0; k < args.inner; k++) {
    int64_t in_b = args.b_transposed == 1 ? column * args.inner + k : k * args.columns + column;
    sum += static_cast<double>(a[static_cast<size_t>(batch * args.step_a + row * args.inner + k)]) *
           b[static_cast<size_t>(batch * args.step_b + in_b)];
  }
  return sum;
}

void product(Random& random, clk_matmul_args args, std::string& name) {
  bool shared_a = args.batch > 1 && random.one_in(3);
  bool shared_b = args.batch > 1 && random.one_in(3);
  args.step_a = shared_a ? 0 : args.rows * args.inner;
  args.step_b = shared_b ? 0 : args.inner * args.columns;
  args.alpha = random.one_in(2) ? 1 : 0.25;
  Floats a(random.values((shared_a ? 1 : args.batch) * args.rows * args.inner),
           random.one_in(4) ? 1 : 0);
  Floats b(random.values((shared_b ? 1 : args.batch) * args.inner * args.columns,
                         1 / std::sqrt(std::max<int64_t>(1, args.inner))),
           random.one_in(4) ? 1 : 0);
  Floats bias(random.values(args.columns));
  Floats dst(random.values(args.batch * args.rows * args.columns));
  Chain chain(random, args.batch * args.rows, args.columns, true, 0);
  bool biased = random.one_in(2);
  args.a = a.at();
  args.b = b.at();
  args.bias = biased ? bias.at() : nullptr;
  args.dst = dst.at();
  args.posts = chain.posts();
  name = Name()
             .with("batch", args.batch)
             .with("rows", args.rows)
             .with("inner", args.inner)
             .with("columns", args.columns)
             .with("transposed", args.b_transposed)
             .with("shared", shared_a * 2 + shared_b)
             .with("posts", chain.text())
             .text();
  std::vector<double> expected;
  for (int64_t place = 0; place < args.batch * args.rows; place++) {
    for (int64_t c = 0; c < args.columns; c++) {
      double sum = sum_of(args, a.initial(), b.initial(), place / args.rows, place % args.rows, c);
      double x = args.alpha * sum + (biased ? bias.initial()[static_cast<size_t>(c)] : 0.0);
      expected.push_back(chain.of(x, place, c));
    }
  }
  run({name, [&](void* stream) { return clk_matmul(&args, stream); }, &dst, expected});
}

void small(Random& random, std::string& name) {
  clk_matmul_args args = {};
  args.b_transposed = random.of(0, 1);
  args.batch = random.one_in(2) ? 1 : random.of(2, 4);
  args.rows = random.one_in(2) ? random.of(1, 8) : random.of(9, 80);
  args.inner = random.one_in(8) ? 0 : random.one_in(2) ? 4 * random.of(1, 40) : random.of(1, 150);
  args.columns = random.one_in(2) ? 4 * random.of(1, 25) : random.of(1, 100);
  product(random, args, name);
}

/** Enough for large tiles, whose edges are cut. */
void large(Random& random, std::string& name) {
  clk_matmul_args args = {};
  args.b_transposed = random.of(0, 1);
  args.batch = 32;
  args.rows = 129 + random.of(0, 3);
  args.inner = 9 + random.of(0, 3);
  args.columns = 129 + random.of(0, 3);
  product(random, args, name);
}

}  // namespace

std::vector<Kind> product_kinds() { return {{"matmul", 80, small}, {"matmul-large", 4, large}}; }

}  // namespace trial
