/* Kernels that work on maps place by place: clk_affine, clk_pool, clk_lrn, clk_group_norm. */
#include <algorithm>

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

/** Equal values, zeros of both signs, and now and then nothing above 0. */
std::vector<float> coarse(Random& random, int64_t count) {
  std::vector<float> values = random.values(count);
  bool negative = random.one_in(4);
  for (float& v : values) {
    v = random.one_in(2) ? std::nearbyint(v) : v;
    v = negative ? -std::fabs(v) : v;
  }
  return values;
}

/** Mostly small, now and then with many places or channels. */
clk_map draw_maps(Random& random) {
  if (random.one_in(5)) {
    return draw_map(random, random.of(1, 2), 1, random.of(10, 40), random.of(10, 40),
                    random.of(1, 40));
  }
  return random.one_in(5) ? draw_map(random, random.of(1, 3), 1, 1, random.of(1, 4),
                                     random.of(100, 700))
                          : draw_small(random);
}

/** Hands each map, and its number n*c + channel, to `use`. */
template <class Use>
void each_map(const clk_map& map, const std::vector<float>& values, Use use) {
  int64_t count = map.d * map.h * map.w;
  for (int64_t n = 0; n < map.n; n++) {
    for (int64_t c = 0; c < map.c; c++) {
      std::vector<double> one;
      for (int64_t p = 0; p < count; p++) {
        one.push_back(values[element(map, n * count + p, c)]);
      }
      use(n, c, one);
    }
  }
}

void figures(Random& random, std::string& name) {
  clk_map map = draw_maps(random);
  std::vector<float> values = coarse(random, span(map));
  Floats src(values, random.one_in(4) ? 1 : 0);
  const int64_t kinds[] = {CLK_FIGURES_PEAK, CLK_FIGURES_SUM, CLK_FIGURES_ACTIVITY};
  int64_t count = kinds[random.of(0, 2)];
  Floats dst(random.values(map.n * count * map.c));
  clk_map_figures_args args = {src.at(), dst.at(), map, count};
  name = Name().with("map", text(map)).with("figures", count).text();
  std::vector<double> expected = doubles(dst.initial());
  each_map(map, values, [&](int64_t n, int64_t c, const std::vector<double>& one) {
    std::vector<double> all(6, 0);
    all[0] = -INFINITY;
    for (size_t p = 0; p < one.size(); p++) {
      if (one[p] > all[0]) {
        all[0] = one[p];
        all[1] = static_cast<double>(p);
      }
      all[2] = std::max(all[2], std::fabs(one[p]));
      all[3] += one[p];
      all[4] += one[p] > 0;
      all[5] += one[p] == 0;
    }
    for (int64_t k = 0; k < count; k++) {
      expected[static_cast<size_t>((n * count + k) * map.c + c)] = all[static_cast<size_t>(k)];
    }
  });
  run({name, [&](void* stream) { return clk_map_figures(&args, stream); }, &dst, expected});
}

void rank(Random& random, std::string& name) {
  clk_map map = draw_maps(random);
  std::vector<float> values = coarse(random, span(map));
  Floats src(values, random.one_in(4) ? 1 : 0);
  Floats dst(random.values(map.n * 3 * map.c));
  clk_map_rank_args args = {src.at(), dst.at(), map, random.of(0, map.d * map.h * map.w - 1),
                            random.of(0, 1)};
  name = Name().with("map", text(map)).with("rank", args.rank).with("of", args.magnitudes).text();
  std::vector<double> expected = doubles(dst.initial());
  each_map(map, values, [&](int64_t n, int64_t c, std::vector<double> one) {
    for (double& x : one) {
      x = args.magnitudes ? std::fabs(x) : x;
    }
    std::sort(one.begin(), one.end());
    double all[3] = {one[static_cast<size_t>(args.rank)], 0, 0};
    for (size_t p = 0; p < one.size(); p++) {
      all[1] += static_cast<int64_t>(p) >= args.rank ? one[p] : 0;
      all[2] += one[p];
    }
    for (int64_t k = 0; k < 3; k++) {
      expected[static_cast<size_t>((n * 3 + k) * map.c + c)] = all[k];
    }
  });
  run({name, [&](void* stream) { return clk_map_rank(&args, stream); }, &dst, expected});
}

}  // namespace

std::vector<Kind> map_kinds() {
  return {{"affine", 60, affine},
          {"activation", 120, activation},
          {"pool", 80, pool},
          {"lrn", 30, lrn},
          {"group-norm", 30, group_norm},
          {"map-figures", 60, figures},
          {"map-rank", 60, rank}};
}

}  // namespace trial
