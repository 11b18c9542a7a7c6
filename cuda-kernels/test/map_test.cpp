/* Kernels that work on maps place by place: clk_affine, clk_pool, clk_lrn, clk_group_norm. */
#include "pooling.h"

namespace trial {
namespace {

void affine(Random& random, std::string& name) {
  clk_map from = draw_small(random);
  bool in_place = random.one_in(4);
  clk_map to = in_place ? from : repitched(random, from);
  Floats src(random.values(span(from)), random.one_in(4) ? 1 : 0);
  Floats scale(random.values(from.c));
  Floats shift(random.values(from.c));
  Floats other(random.values(span(to)));
  const Floats& dst = in_place ? src : other;
  Chain chain(random, places(to), to.c, true, random.one_in(4) ? 1 : 0);
  bool scaled = random.one_in(2);
  bool shifted = random.one_in(2);
  clk_affine_args args = {src.at(),
                          scaled ? scale.at() : nullptr,
                          shifted ? shift.at() : nullptr,
                          dst.at(),
                          places(from),
                          from.c,
                          from.pitch,
                          to.pitch,
                          chain.posts()};
  name = Name()
             .with("src", text(from))
             .with("pitch", to.pitch)
             .with("in-place", in_place)
             .with("posts", chain.text())
             .text();
  std::vector<double> expected = doubles(dst.initial());
  for (int64_t place = 0; place < places(from); place++) {
    for (int64_t c = 0; c < from.c; c++) {
      size_t channel = static_cast<size_t>(c);
      double x = src.initial()[element(from, place, c)];
      x = x * (scaled ? scale.initial()[channel] : 1) + (shifted ? shift.initial()[channel] : 0);
      expected[element(to, place, c)] = chain.of(x, place, c);
    }
  }
  run({name, [&](void* stream) { return clk_affine(&args, stream); }, &dst, expected});
}

/** Each activation by itself, at ordinary and at special numbers. */
void activation(Random& random, std::string& name) {
  int64_t kind = random.of(CLK_RELU, CLK_POST_KINDS - 1);
  std::vector<float> xs = random.values(random.of(8, 40), 3);
  for (float special : {0.0f, -0.0f, 1.0f, -1.0f, 0.5f, 2.5f, NAN, 20.0f, -20.0f}) {
    xs.push_back(special);
  }
  int64_t count = static_cast<int64_t>(xs.size());
  Floats src(xs);
  Floats dst(random.values(count));
  clk_posts posts = {};
  posts.count = 1;
  posts.list[0] = draw_activation(random, kind);
  clk_affine_args args = {src.at(), nullptr, nullptr, dst.at(), 1, count, count, count, posts};
  name = Name().with("kind", kind).with("a", posts.list[0].a).with("b", posts.list[0].b).text();
  std::vector<double> expected;
  for (float x : xs) {
    double y = activated(posts.list[0], x);
    expected.push_back(std::fabs(y) > 1e38 ? std::copysign(INFINITY, y) : y);
  }
  run({name, [&](void* stream) { return clk_affine(&args, stream); }, &dst, expected});
}

double pooled(const Pool& pool, const std::vector<float>& src, int64_t place, int64_t channel) {
  const clk_pool_args& args = pool.args;
  double most = -INFINITY;
  double sum = 0;
  int64_t inside = 0;
  int64_t counted = 0;
  for (int64_t t = 0; t < pool.taps(); t++) {
    At to = place_at(args.dst_map, place);
    Pool::Tap tap = pool.tap(to, t);
    counted += tap.counted;
    if (tap.inside) {
      int64_t from = number_of(args.src_map, to.n, tap.d, tap.h, tap.w);
      double x = src[element(args.src_map, from, channel)];
      most = x > most || std::isnan(x) ? x : most;
      sum += args.kind == CLK_POOL_LP ? std::pow(std::fabs(x), args.p) : x;
      inside++;
    }
  }
  switch (args.kind) {
    case CLK_POOL_MAX:
      return most;
    case CLK_POOL_AVERAGE:
      return sum / static_cast<double>(inside);
    case CLK_POOL_AVERAGE_PADDED:
      return sum / static_cast<double>(counted);
    default:
      return std::pow(sum, 1.0 / static_cast<double>(args.p));
  }
}

void pool(Random& random, std::string& name) {
  Pool pool = draw_pool(random);
  clk_pool_args& args = pool.args;
  Floats src(random.values(span(args.src_map)), random.one_in(4) ? 1 : 0);
  Floats dst(random.values(span(args.dst_map)));
  args.src = src.at();
  args.dst = dst.at();
  name = text(args);
  std::vector<double> expected = doubles(dst.initial());
  for (int64_t place = 0; place < places(args.dst_map); place++) {
    for (int64_t c = 0; c < args.dst_map.c; c++) {
      expected[element(args.dst_map, place, c)] = pooled(pool, src.initial(), place, c);
    }
  }
  run({name, [&](void* stream) { return clk_pool(&args, stream); }, &dst, expected});
}

void lrn(Random& random, std::string& name) {
  clk_map from = draw_small(random);
  clk_map to = repitched(random, from);
  Floats src(random.values(span(from)));
  Floats dst(random.values(span(to)));
  clk_lrn_args args = {src.at(), dst.at(),        places(from), from.c, from.pitch,
                       to.pitch, random.of(1, 9), 0.5,          0.75,   1.25};
  name = Name().with("src", text(from)).with("size", args.size).text();
  std::vector<double> expected = doubles(dst.initial());
  for (int64_t place = 0; place < places(from); place++) {
    for (int64_t c = 0; c < from.c; c++) {
      double sum = 0;
      for (int64_t i = std::max<int64_t>(0, c - (args.size - 1) / 2);
           i <= std::min(from.c - 1, c + args.size / 2); i++) {
        double x = src.initial()[element(from, place, i)];
        sum += x * x;
      }
      expected[element(to, place, c)] =
          src.initial()[element(from, place, c)] *
          std::pow(args.bias + args.alpha / static_cast<double>(args.size) * sum, -args.beta);
    }
  }
  run({name, [&](void* stream) { return clk_lrn(&args, stream); }, &dst, expected});
}

void group_norm(Random& random, std::string& name) {
  int64_t groups = random.of(1, 6);
  int64_t width = random.of(1, 12);
  clk_map from =
      draw_map(random, random.of(1, 3), 1, random.of(1, 9), random.of(1, 9), groups * width);
  clk_map to = repitched(random, from);
  Floats src(random.values(span(from)));
  Floats scale(random.values(from.c));
  Floats shift(random.values(from.c));
  Floats dst(random.values(span(to)));
  int64_t in_picture = from.h * from.w;
  clk_group_norm_args args = {src.at(), scale.at(), shift.at(), dst.at(), from.n, in_picture,
                              from.c,   from.pitch, to.pitch,   groups,   0.01};
  name = Name().with("src", text(from)).with("groups", groups).text();
  std::vector<double> expected = doubles(dst.initial());
  for (int64_t block = 0; block < from.n * groups; block++) {
    int64_t place0 = block / groups * in_picture;
    int64_t c0 = block % groups * width;
    double sum = 0;
    double squares = 0;
    auto each = [&](auto use) {
      for (int64_t i = 0; i < in_picture * width; i++) {
        use(place0 + i / width, c0 + i % width,
            src.initial()[element(from, place0 + i / width, c0 + i % width)]);
      }
    };
    double count = static_cast<double>(in_picture * width);
    each([&](int64_t, int64_t, double x) { sum += x; });
    each([&](int64_t, int64_t, double x) { squares += (x - sum / count) * (x - sum / count); });
    each([&](int64_t place, int64_t c, double x) {
      double y = (x - sum / count) / std::sqrt(squares / count + args.epsilon);
      expected[element(to, place, c)] =
          y * scale.initial()[static_cast<size_t>(c)] + shift.initial()[static_cast<size_t>(c)];
    });
  }
  run({name, [&](void* stream) { return clk_group_norm(&args, stream); }, &dst, expected});
}

}  // namespace

std::vector<Kind> map_kinds() {
  return {{"affine", 60, affine},
          {"activation", 120, activation},
          {"pool", 80, pool},
          {"lrn", 30, lrn},
          {"group-norm", 30, group_norm}};
}

}  // namespace trial
