/* Kernels on dense rows: clk_softmax, clk_layer_norm, clk_interpolate. */
#include "reference.h"

namespace trial {
namespace {

void softmax(Random& random, std::string& name) {
  clk_softmax_args args = {};
  args.outer = random.of(1, 20);
  args.length = random.one_in(6) ? random.of(500, 1500) : random.of(1, 60);
  args.inner = random.one_in(2) ? 1 : random.of(2, 20);
  args.log = random.of(0, 1);
  bool in_place = random.one_in(3);
  int64_t count = args.outer * args.length * args.inner;
  Floats src(random.values(count, 4));
  Floats other(random.values(count));
  const Floats& dst = in_place ? src : other;
  args.src = src.at();
  args.dst = dst.at();
  name = Name()
             .with("outer", args.outer)
             .with("length", args.length)
             .with("inner", args.inner)
             .with("log", args.log)
             .with("in-place", in_place)
             .text();
  std::vector<double> expected(static_cast<size_t>(count));
  for (int64_t line = 0; line < args.outer * args.inner; line++) {
    auto at = [&](int64_t l) {
      return static_cast<size_t>((line / args.inner * args.length + l) * args.inner +
                                 line % args.inner);
    };
    double most = -INFINITY;
    for (int64_t l = 0; l < args.length; l++) {
      most = std::fmax(most, src.initial()[at(l)]);
    }
    double sum = 0;
    for (int64_t l = 0; l < args.length; l++) {
      sum += std::exp(src.initial()[at(l)] - most);
    }
    for (int64_t l = 0; l < args.length; l++) {
      double x = src.initial()[at(l)] - most;
      expected[at(l)] = args.log == 1 ? x - std::log(sum) : std::exp(x) / sum;
    }
  }
  run({name, [&](void* stream) { return clk_softmax(&args, stream); }, &dst, expected});
}

void layer_norm(Random& random, std::string& name) {
  clk_layer_norm_args args = {};
  args.rows = random.of(1, 20);
  args.columns = random.one_in(6) ? random.of(1000, 3000) : random.of(1, 200);
  args.epsilon = 0.01;
  Floats src(random.values(args.rows * args.columns));
  Floats scale(random.values(args.columns));
  Floats shift(random.values(args.columns));
  Floats dst(random.values(args.rows * args.columns));
  bool shifted = random.one_in(2);
  args.src = src.at();
  args.scale = scale.at();
  args.shift = shifted ? shift.at() : nullptr;
  args.dst = dst.at();
  name = Name().with("rows", args.rows).with("columns", args.columns).with("shift", shifted).text();
  std::vector<double> expected;
  for (int64_t row = 0; row < args.rows; row++) {
    const float* x = src.initial().data() + row * args.columns;
    double count = static_cast<double>(args.columns);
    double sum = 0;
    double squares = 0;
    for (int64_t c = 0; c < args.columns; c++) {
      sum += x[c];
    }
    for (int64_t c = 0; c < args.columns; c++) {
      squares += (x[c] - sum / count) * (x[c] - sum / count);
    }
    for (int64_t c = 0; c < args.columns; c++) {
      size_t at = static_cast<size_t>(c);
      double y = (x[c] - sum / count) / std::sqrt(squares / count + args.epsilon);
      expected.push_back(y * scale.initial()[at] + (shifted ? shift.initial()[at] : 0.0));
    }
  }
  run({name, [&](void* stream) { return clk_layer_norm(&args, stream); }, &dst, expected});
}

void interpolate(Random& random, std::string& name) {
  clk_interpolate_args args = {};
  args.outer = random.of(1, 5);
  args.length = random.of(1, 20);
  args.count = random.of(1, 30);
  args.inner = random.one_in(2) ? 4 * random.of(1, 8) : random.of(1, 20);
  std::vector<int32_t> start_numbers = {0};
  std::vector<int32_t> index_numbers;
  for (int64_t j = 0; j < args.count; j++) {
    for (int64_t t = random.of(1, 4); t > 0; t--) {
      index_numbers.push_back(static_cast<int32_t>(random.of(0, args.length - 1)));
    }
    start_numbers.push_back(static_cast<int32_t>(index_numbers.size()));
  }
  Ints starts(start_numbers);
  Ints indices(index_numbers);
  Floats weights(random.values(start_numbers.back()));
  Floats src(random.values(args.outer * args.length * args.inner), random.one_in(4) ? 1 : 0);
  Floats dst(random.values(args.outer * args.count * args.inner));
  args.src = src.at();
  args.starts = starts.at();
  args.indices = indices.at();
  args.weights = weights.at();
  args.dst = dst.at();
  name = Name()
             .with("outer", args.outer)
             .with("length", args.length)
             .with("inner", args.inner)
             .with("count", args.count)
             .text();
  std::vector<double> expected;
  for (int64_t i = 0; i < args.outer * args.count * args.inner; i++) {
    size_t j = static_cast<size_t>(i / args.inner % args.count);
    double sum = 0;
    for (size_t t = static_cast<size_t>(start_numbers[j]);
         t < static_cast<size_t>(start_numbers[j + 1]); t++) {
      int64_t line = i / args.inner / args.count * args.length + index_numbers[t];
      sum += static_cast<double>(weights.initial()[t]) *
             src.initial()[static_cast<size_t>(line * args.inner + i % args.inner)];
    }
    expected.push_back(sum);
  }
  run({name, [&](void* stream) { return clk_interpolate(&args, stream); }, &dst, expected});
}

}  // namespace

std::vector<Kind> row_kinds() {
  return {
      {"softmax", 50, softmax}, {"layer-norm", 40, layer_norm}, {"interpolate", 40, interpolate}};
}

}  // namespace trial
