/* Kernels of gradients: clk_activation_gradient against differences, clk_pool_gradient against
 * plain loops. */
#include "pooling.h"
#include "strides.h"

namespace trial {
namespace {

/** Whether a unit is open, for those that gradients pass whole or not at all. */
bool is_open(const clk_post& f, double x) {
  return f.kind == CLK_RELU ? x > 0 : x > f.a && x < f.b;
}

/** By differences, a second opinion on every formula. */
double slope(const clk_post& f, double x) {
  constexpr double kStep = 1e-5;
  return (activated(f, x + kStep) - activated(f, x - kStep)) / (2 * kStep);
}

bool is_gate(const clk_post& f) { return f.kind == CLK_RELU || (f.kind == CLK_CLIP && f.a == 0); }

double passed(const clk_post& f, int64_t rule, double gradient, double x) {
  if (!is_gate(f)) {
    return gradient * slope(f, x);
  }
  bool passes =
      (rule == CLK_RULE_DECONVNET || is_open(f, x)) && (rule == CLK_RULE_GRADIENT || gradient > 0);
  return passes ? gradient : 0;
}

/** Inputs where a function has a derivative that single precision can tell. */
std::vector<float> draw_inputs(Random& random, int64_t kind, int64_t count) {
  std::vector<float> x = random.values(count, 2);
  bool positive =
      kind == CLK_LOG || kind == CLK_SQRT || kind == CLK_POWER || kind == CLK_RECIPROCAL;
  for (float& v : x) {
    v = positive ? 0.25f + std::fabs(v) : v;
  }
  return x;
}

/** A ReLU in half of the problems, since that is where the rules differ. */
clk_post draw_function(Random& random) {
  if (random.one_in(2)) {
    clk_post gate = {};
    gate.kind = random.one_in(2) ? CLK_RELU : CLK_CLIP;
    gate.b = random.one_in(2) ? 1 : 6;
    return gate;
  }
  return draw_activation(random, random.of(CLK_RELU, CLK_POST_KINDS - 1));
}

void activation_gradient(Random& random, std::string& name) {
  Extents dims = draw_extents(random);
  clk_post f = draw_function(random);
  Layout to = draw_layout(random, dims);
  bool in_place = random.one_in(4);
  Layout from = in_place ? to : draw_repeating(random, dims);
  Layout of_x = random.one_in(2) ? to : draw_layout(random, dims);
  int64_t offset = random.one_in(4) ? 1 : 0;
  Floats gradient(random.values(from.length), offset);
  std::vector<float> inputs = draw_inputs(random, f.kind, of_x.length);
  if (is_gate(f)) {
    inputs[0] = random.one_in(2) ? 0 : static_cast<float>(f.b);  // a corner is closed
  }
  Floats x(inputs);
  Floats other(random.values(to.length));
  const Floats& dst = in_place ? gradient : other;
  clk_activation_gradient_args args = {};
  args.gradient = gradient.at();
  args.x = x.at();
  args.dst = dst.at();
  args.function = f.kind;
  args.a = f.a;
  args.b = f.b;
  args.rule = random.of(CLK_RULE_GRADIENT, CLK_RULE_DECONVNET);
  args.axes = static_cast<int64_t>(dims.size());
  assign(args.dims, dims);
  assign(args.stride_gradient, from.strides);
  assign(args.stride_x, of_x.strides);
  assign(args.stride_dst, to.strides);
  name = Name()
             .with("kind", f.kind)
             .with("a", f.a)
             .with("b", f.b)
             .with("rule", args.rule)
             .with("dims", text(dims))
             .with("gradient", text(from.strides))
             .with("x", text(of_x.strides))
             .with("dst", text(to.strides))
             .text();
  std::vector<double> expected = doubles(dst.initial());
  for (int64_t i = 0; i < elements(dims); i++) {
    Extents index = index_of(dims, i);
    expected[offset_of(index, to.strides)] =
        passed(f, args.rule, gradient.initial()[offset_of(index, from.strides)],
               inputs[offset_of(index, of_x.strides)]);
  }
  run({name, [&](void* stream) { return clk_activation_gradient(&args, stream); }, &dst, expected});
}

/** What of a window's gradient goes to each of its taps. */
std::vector<double> shares(const Pool& pool, const std::vector<float>& x, const At& to, int64_t c) {
  std::vector<double> values(static_cast<size_t>(pool.taps()), NAN);
  double powers = 0;
  int64_t largest = -1;
  int64_t inside = 0;
  int64_t counted = 0;
  const clk_map& map = pool.args.src_map;
  for (int64_t t = 0; t < pool.taps(); t++) {
    Pool::Tap tap = pool.tap(to, t);
    counted += tap.counted;
    if (!tap.inside) {
      continue;
    }
    double v = x[element(map, number_of(map, to.n, tap.d, tap.h, tap.w), c)];
    values[static_cast<size_t>(t)] = v;
    largest = largest < 0 || v > values[static_cast<size_t>(largest)] ? t : largest;
    powers += std::pow(std::fabs(v), pool.args.p);
    inside++;
  }
  double p = static_cast<double>(pool.args.p);
  std::vector<double> result(values.size(), 0);
  for (int64_t t = 0; t < pool.taps(); t++) {
    size_t at = static_cast<size_t>(t);
    if (std::isnan(values[at])) {
      continue;
    }
    switch (pool.args.kind) {
      case CLK_POOL_MAX:
        result[at] = t == largest ? 1 : 0;
        break;
      case CLK_POOL_AVERAGE:
        result[at] = 1.0 / static_cast<double>(inside);
        break;
      case CLK_POOL_AVERAGE_PADDED:
        result[at] = 1.0 / static_cast<double>(counted);
        break;
      default:
        result[at] = powers == 0
                         ? 0
                         : std::copysign(values[at] != 0, values[at]) *
                               std::pow(std::fabs(values[at]) / std::pow(powers, 1 / p), p - 1);
    }
  }
  return result;
}

void pool_gradient(Random& random, std::string& name) {
  Pool pool = draw_pool(random);
  const clk_map& from = pool.args.dst_map;
  const clk_map& map = pool.args.src_map;
  clk_map to = repitched(random, map);
  std::vector<float> values = random.values(span(map));
  for (float& v : values) {
    v = random.one_in(2) ? std::nearbyint(v) : v;  // so that the largest is often there twice
  }
  Floats gradient(random.values(span(from)));
  Floats x(values, random.one_in(4) ? 1 : 0);
  Floats dst(random.values(span(to)));
  Memory notes(static_cast<size_t>(places(from) * from.c * 4));
  clk_pool_gradient_args args = {};
  args.gradient = gradient.at();
  args.x = x.at();
  args.dst = dst.at();
  args.notes = notes.begin();
  args.gradient_map = from;
  args.x_map = map;
  args.dst_map = to;
  args.window = pool.args.window;
  args.kind = pool.args.kind;
  args.p = pool.args.p;
  for (int axis = 0; axis < 3; axis++) {
    args.pad_end[axis] = pool.args.pad_end[axis];
  }
  name = text(pool.args) + Name().with("pitch", to.pitch).text();
  std::vector<double> expected = doubles(dst.initial());
  for (int64_t place = 0; place < places(to); place++) {
    for (int64_t c = 0; c < to.c; c++) {
      expected[element(to, place, c)] = 0;
    }
  }
  for (int64_t place = 0; place < places(from); place++) {
    At at = place_at(from, place);
    for (int64_t c = 0; c < from.c; c++) {
      std::vector<double> parts = shares(pool, values, at, c);
      for (int64_t t = 0; t < pool.taps(); t++) {
        Pool::Tap tap = pool.tap(at, t);
        if (tap.inside) {
          expected[element(to, number_of(to, at.n, tap.d, tap.h, tap.w), c)] +=
              parts[static_cast<size_t>(t)] * gradient.initial()[element(from, place, c)];
        }
      }
    }
  }
  run({name, [&](void* stream) { return clk_pool_gradient(&args, stream); }, &dst, expected});
}

}  // namespace

std::vector<Kind> gradient_kinds() {
  return {{"activation-gradient", 160, activation_gradient}, {"pool-gradient", 120, pool_gradient}};
}

}  // namespace trial
