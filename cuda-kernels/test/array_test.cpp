/* Kernels on strided arrays: clk_broadcast, clk_copy, clk_reduce, clk_transpose. */
#include <algorithm>

#include "strides.h"

namespace trial {
namespace {

double combined(int64_t function, double a, double b) {
  switch (function) {
    case CLK_SUM_OF:
      return a + b;
    case CLK_DIFFERENCE:
      return a - b;
    case CLK_PRODUCT:
      return a * b;
    case CLK_QUOTIENT:
      return a / b;
    case CLK_POW:
      return std::pow(a, b);
    case CLK_MIN_OF:
      return std::min(a, b);
    case CLK_MAX_OF:
      return std::max(a, b);
    default:
      return a >= 0 ? a : a * b;
  }
}

void broadcast(Random& random, std::string& name) {
  Extents dims = draw_extents(random);
  Layout to = draw_layout(random, dims);
  Layout of_a = draw_repeating(random, dims);
  Layout of_b = draw_repeating(random, dims);
  Chain chain(random, 0, 0, false, 0);
  clk_broadcast_args args = {};
  args.function = random.of(CLK_SUM_OF, CLK_PRELU);
  std::vector<float> as = random.values(of_a.length);
  std::vector<float> bs = random.values(of_b.length);
  for (float& x : as) {  // powers are of positive numbers, quotients by numbers away from zero
    x = args.function == CLK_POW ? std::fabs(x) + 0.1f : x;
  }
  for (float& x : bs) {
    x = args.function == CLK_QUOTIENT ? std::copysign(std::fabs(x) + 0.5f, x) : x;
  }
  Floats a(as, random.one_in(4) ? 1 : 0);
  Floats b(bs);
  Floats dst(random.values(to.length));
  args.a = a.at();
  args.b = b.at();
  args.dst = dst.at();
  args.axes = static_cast<int64_t>(dims.size());
  assign(args.dims, dims);
  assign(args.stride_a, of_a.strides);
  assign(args.stride_b, of_b.strides);
  assign(args.stride_dst, to.strides);
  args.posts = chain.posts();
  name = Name()
             .with("function", args.function)
             .with("dims", text(dims))
             .with("a", text(of_a.strides))
             .with("b", text(of_b.strides))
             .with("dst", text(to.strides))
             .with("posts", chain.text())
             .text();
  std::vector<double> expected = doubles(dst.initial());
  for (int64_t i = 0; i < elements(dims); i++) {
    Extents index = index_of(dims, i);
    double x = combined(args.function, as[offset_of(index, of_a.strides)],
                        bs[offset_of(index, of_b.strides)]);
    expected[offset_of(index, to.strides)] = chain.of(x, 0, 0);
  }
  run({name, [&](void* stream) { return clk_broadcast(&args, stream); }, &dst, expected});
}

void copy(Random& random, std::string& name) {
  Extents dims = draw_extents(random);
  Extents extents = dims;  // of src
  std::vector<std::unique_ptr<Ints>> maps(dims.size());
  for (size_t axis = 0; axis < dims.size(); axis++) {
    if (!random.one_in(3)) {
      continue;
    }
    extents[axis] = random.of(1, 6);
    std::vector<int32_t> map(static_cast<size_t>(dims[axis]));
    for (int32_t& picked : map) {
      picked = static_cast<int32_t>(random.one_in(4) ? -1 : random.of(0, extents[axis] - 1));
    }
    maps[axis] = std::make_unique<Ints>(map);
  }
  Layout from = draw_layout(random, extents);
  Layout to = draw_layout(random, dims);
  Floats src(random.values(from.length), random.one_in(4) ? 1 : 0);
  Floats dst(random.values(to.length));
  clk_copy_args args = {};
  args.src = src.at();
  args.dst = dst.at();
  args.axes = static_cast<int64_t>(dims.size());
  args.fill = -2.5;
  assign(args.dims, dims);
  assign(args.stride_src, from.strides);
  assign(args.stride_dst, to.strides);
  Extents mapped;
  for (size_t axis = 0; axis < dims.size(); axis++) {
    args.maps[axis] = maps[axis] == nullptr ? nullptr : maps[axis]->at();
    mapped.push_back(maps[axis] != nullptr);
  }
  name = Name()
             .with("dims", text(dims))
             .with("src", text(from.strides))
             .with("dst", text(to.strides))
             .with("maps", text(mapped))
             .text();
  std::vector<double> expected = doubles(dst.initial());
  for (int64_t i = 0; i < elements(dims); i++) {
    Extents index = index_of(dims, i);
    size_t target = offset_of(index, to.strides);
    bool filled = false;
    for (size_t axis = 0; axis < dims.size(); axis++) {
      if (maps[axis] != nullptr) {
        index[axis] = maps[axis]->initial()[static_cast<size_t>(index[axis])];
        filled = filled || index[axis] < 0;
      }
    }
    expected[target] = filled ? args.fill : src.initial()[offset_of(index, from.strides)];
  }
  run({name, [&](void* stream) { return clk_copy(&args, stream); }, &dst, expected, 0});
}

double reduced(int64_t kind, const std::vector<double>& xs) {
  double sum = 0;
  double absolute = 0;
  double squares = 0;
  double product = 1;
  double most = -INFINITY;
  double least = INFINITY;
  for (double x : xs) {
    sum += x;
    absolute += std::fabs(x);
    squares += x * x;
    product *= x;
    most = std::max(most, x);
    least = std::min(least, x);
  }
  double exponentials = 0;
  for (double x : xs) {
    exponentials += std::exp(x - most);
  }
  switch (kind) {
    case CLK_REDUCE_SUM:
      return sum;
    case CLK_REDUCE_MEAN:
      return sum / static_cast<double>(xs.size());
    case CLK_REDUCE_MAX:
      return most;
    case CLK_REDUCE_MIN:
      return least;
    case CLK_REDUCE_PROD:
      return product;
    case CLK_REDUCE_L1:
      return absolute;
    case CLK_REDUCE_L2:
      return std::sqrt(squares);
    case CLK_REDUCE_SUM_SQUARE:
      return squares;
    case CLK_REDUCE_LOG_SUM:
      return std::log(sum);
    default:
      return most + std::log(exponentials);
  }
}

void reduce(Random& random, std::string& name) {
  Extents dims = draw_extents(random);
  if (!dims.empty() && random.one_in(4)) {
    dims[static_cast<size_t>(random.of(0, static_cast<int64_t>(dims.size()) - 1))] =
        random.of(200, 2000);
  }
  Layout from = draw_layout(random, dims);
  Extents kept = dims;
  clk_reduce_args args = {};
  for (size_t axis = 0; axis < dims.size(); axis++) {
    args.reduced[axis] = random.of(0, 1);
    kept[axis] = args.reduced[axis] == 1 ? 1 : dims[axis];
  }
  Layout to = draw_layout(random, kept);
  for (size_t axis = 0; axis < dims.size(); axis++) {
    to.strides[axis] = args.reduced[axis] == 1 ? 0 : to.strides[axis];
  }
  args.kind = random.of(CLK_REDUCE_SUM, CLK_REDUCE_LOG_SUM_EXP);
  std::vector<float> xs = random.values(from.length);
  for (float& x : xs) {  // products near one, logarithms of positive sums
    x = args.kind == CLK_REDUCE_PROD      ? 1 + x / 100
        : args.kind == CLK_REDUCE_LOG_SUM ? std::fabs(x) + 1
                                          : x;
  }
  Floats src(xs);
  Floats dst(random.values(to.length));
  args.src = src.at();
  args.dst = dst.at();
  args.axes = static_cast<int64_t>(dims.size());
  assign(args.dims, dims);
  assign(args.stride_src, from.strides);
  assign(args.stride_dst, to.strides);
  name = Name()
             .with("kind", args.kind)
             .with("dims", text(dims))
             .with("kept", text(kept))
             .with("src", text(from.strides))
             .with("dst", text(to.strides))
             .text();
  std::vector<double> expected = doubles(dst.initial());
  std::vector<std::vector<double>> rows(expected.size());
  for (int64_t i = 0; i < elements(dims); i++) {
    Extents index = index_of(dims, i);
    rows[offset_of(index, to.strides)].push_back(xs[offset_of(index, from.strides)]);
  }
  for (size_t i = 0; i < rows.size(); i++) {
    expected[i] = rows[i].empty() ? expected[i] : reduced(args.kind, rows[i]);
  }
  run({name, [&](void* stream) { return clk_reduce(&args, stream); }, &dst, expected});
}

void transpose(Random& random, std::string& name) {
  clk_transpose_args args = {};
  args.batch = random.of(1, 3);
  args.rows = random.of(1, 70);
  args.columns = random.of(1, 70);
  args.src_pitch = args.columns + random.of(0, 2);
  args.dst_pitch = args.rows + random.of(0, 2);
  args.src_step = args.src_pitch * args.rows + random.of(0, 3);
  args.dst_step = args.dst_pitch * args.columns + random.of(0, 3);
  Floats src(random.values(args.batch * args.src_step));
  Floats dst(random.values(args.batch * args.dst_step));
  args.src = src.at();
  args.dst = dst.at();
  name =
      Name().with("batch", args.batch).with("rows", args.rows).with("columns", args.columns).text();
  std::vector<double> expected = doubles(dst.initial());
  for (int64_t i = 0; i < args.batch * args.rows * args.columns; i++) {
    int64_t batch = i / args.columns / args.rows;
    int64_t row = i / args.columns % args.rows;
    int64_t column = i % args.columns;
    expected[static_cast<size_t>(batch * args.dst_step + column * args.dst_pitch + row)] =
        src.initial()[static_cast<size_t>(batch * args.src_step + row * args.src_pitch + column)];
  }
  run({name, [&](void* stream) { return clk_transpose(&args, stream); }, &dst, expected, 0});
}

}  // namespace

std::vector<Kind> array_kinds() {
  return {{"broadcast", 100, broadcast},
          {"copy", 100, copy},
          {"reduce", 100, reduce},
          {"transpose", 30, transpose}};
}

}  // namespace trial
