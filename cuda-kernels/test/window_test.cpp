/* Kernels on windows of a map, through the whole map: clk_patches, clk_change, clk_pool_change. */
#include <algorithm>

#include "reference.h"

namespace trial {
namespace {

/** Windows with corners on the device, some of them over the map's edges. */
class Windows {
 public:
  Windows(Random& random, int64_t n, int64_t channels, const clk_map& whole)
      : map_(draw_map(random, n, 1, random.of(1, 6), random.of(1, 6), channels)),
        corners_(draw_corners(random, n, whole)) {}

  clk_windows get() const { return {map_, corners_.at()}; }
  const clk_map& map() const { return map_; }
  int64_t row(int64_t n) const { return corners_.initial()[static_cast<size_t>(n * 2)]; }
  int64_t column(int64_t n) const { return corners_.initial()[static_cast<size_t>(n * 2 + 1)]; }

  /** The element of window n at a row and column of the whole map; 0 where it does not reach. */
  double at(const std::vector<float>& v, int64_t n, int64_t y, int64_t x, int64_t c) const {
    if (!inside(map_, 0, y - row(n), x - column(n))) {
      return 0;
    }
    int64_t place = number_of(map_, n, 0, y - row(n), x - column(n));
    return v[static_cast<size_t>(place * map_.pitch + c)];
  }

 private:
  static std::vector<int32_t> draw_corners(Random& random, int64_t n, const clk_map& whole) {
    std::vector<int32_t> corners;
    for (int64_t i = 0; i < n; i++) {
      corners.push_back(static_cast<int32_t>(random.of(-3, whole.h)));
      corners.push_back(static_cast<int32_t>(random.of(-3, whole.w)));
    }
    return corners;
  }

  clk_map map_;
  Ints corners_;
};

/** What dst shall hold: element(n, row, column, channel) inside of the whole map, else 0. */
template <class Element>
std::vector<double> expected(const Floats& dst, const Windows& windows, const clk_map& whole,
                             Element element) {
  std::vector<double> result = doubles(dst.initial());
  const clk_map& map = windows.map();
  for (int64_t place = 0; place < places(map); place++) {
    At at = place_at(map, place);
    int64_t row = windows.row(at.n) + at.h;
    int64_t column = windows.column(at.n) + at.w;
    for (int64_t c = 0; c < map.c; c++) {
      result[static_cast<size_t>(place * map.pitch + c)] =
          inside(whole, 0, row, column) ? element(at.n, row, column, c) : 0;
    }
  }
  return result;
}

double at_spot(const std::vector<float>& v, const clk_map& map, int64_t y, int64_t x, int64_t c) {
  return v[static_cast<size_t>(number_of(map, 0, 0, y, x) * map.pitch + c)];
}

clk_map draw_whole(Random& random) {
  int64_t c = random.one_in(2) ? 4 * random.of(1, 5) : random.of(1, 9);
  return draw_map(random, 1, 1, random.of(1, 9), random.of(1, 9), c);
}

void patches(Random& random, std::string& name) {
  clk_map whole = draw_whole(random);
  int64_t n = random.of(1, 4);
  Windows windows(random, n, whole.c, whole);
  std::vector<int32_t> sides;
  for (int64_t i = 0; i < n; i++) {
    int64_t top = random.of(-2, whole.h);
    int64_t left = random.of(-2, whole.w);
    for (int64_t side : {top, left, top + random.of(0, 5), left + random.of(0, 5)}) {
      sides.push_back(static_cast<int32_t>(side));
    }
  }
  Ints rectangles(sides);
  Floats picture(random.values(span(whole)));
  Floats fill(random.values(whole.c));
  Floats dst(random.values(span(windows.map())));
  clk_patches_args args = {picture.at(), rectangles.at(), fill.at(),
                           dst.at(),     whole,           windows.get()};
  name = Name().with("picture", text(whole)).with("dst", text(windows.map())).text();
  run({name, [&](void* stream) { return clk_patches(&args, stream); }, &dst,
       expected(dst, windows, whole, [&](int64_t i, int64_t y, int64_t x, int64_t c) {
         const int32_t* r = &sides[static_cast<size_t>(i * 4)];
         bool hidden = y >= r[0] && y < r[2] && x >= r[1] && x < r[3];
         return hidden ? fill.initial()[static_cast<size_t>(c)] -
                             at_spot(picture.initial(), whole, y, x, c)
                       : 0.0;
       })});
}

/** Changes in windows of some of the map's channels. */
struct Source {
  Source(Random& random, int64_t n, const clk_map& whole, int64_t first, int64_t channels)
      : windows(random, n, channels, whole),
        channel(first),
        values(random.values(span(windows.map()))),
        scale(random.values(channels)),
        scaled(random.one_in(2)) {}

  Windows windows;
  int64_t channel;
  Floats values;
  Floats scale;
  bool scaled;
};

std::unique_ptr<Source> draw_source(Random& random, int64_t n, const clk_map& whole) {
  int64_t unit = whole.c % 4 == 0 && random.one_in(2) ? 4 : 1;
  int64_t channel = unit * random.of(0, whole.c / unit - 1);
  int64_t channels = unit * random.of(1, (whole.c - channel) / unit);
  return std::make_unique<Source>(random, n, whole, channel, channels);
}

double chained(const Chain& chain, double x) { return chain.of(x, 0, 0); }

void change(Random& random, std::string& name) {
  clk_map whole = draw_whole(random);
  int64_t n = random.of(1, 4);
  Windows windows(random, n, whole.c, whole);
  Floats base(random.values(span(whole)), random.one_in(4) ? 1 : 0);
  Floats dst(random.values(span(windows.map())));
  Chain chain(random, 0, 0, false, 0);
  clk_change_args args = {};
  args.result = random.of(CLK_CHANGE, CLK_VALUE);
  args.count = random.of(0, 4);
  args.base = args.result == CLK_CHANGE ? nullptr : base.at();
  args.dst = dst.at();
  args.base_map = whole;
  args.dst_windows = windows.get();
  args.posts = chain.posts();
  std::vector<std::unique_ptr<Source>> sources;
  for (int64_t i = 0; i < args.count; i++) {
    sources.push_back(draw_source(random, n, whole));
    const Source& s = *sources.back();
    args.sources[i] = {s.values.at(), s.scaled ? s.scale.at() : nullptr, s.windows.get(),
                       s.channel};
  }
  name = Name()
             .with("base", text(whole))
             .with("dst", text(windows.map()))
             .with("result", args.result)
             .with("sources", args.count)
             .with("posts", chain.text())
             .text();
  run({name, [&](void* stream) { return clk_change(&args, stream); }, &dst,
       expected(dst, windows, whole,
                [&](int64_t i, int64_t y, int64_t x, int64_t c) {
                  double d = 0;
                  for (const auto& s : sources) {
                    int64_t own = c - s->channel;
                    if (own >= 0 && own < s->windows.map().c) {
                      double scale = s->scaled ? s->scale.initial()[static_cast<size_t>(own)] : 1;
                      d += scale * s->windows.at(s->values.initial(), i, y, x, own);
                    }
                  }
                  double b =
                      args.result == CLK_CHANGE ? 0 : at_spot(base.initial(), whole, y, x, c);
                  double value = chained(chain, b + d);
                  return args.result == CLK_DIFFERENCE_OF ? value - chained(chain, b) : value;
                }),
       1e-5, 1});
}

/** pool(value) at an output of the pooled map, value(row, column) being the map. */
template <class Value>
double pooled(const clk_pool_change_args& args, int64_t row, int64_t column, Value value) {
  double most = -INFINITY;
  double sum = 0;
  int64_t taps = 0;
  int64_t counted = 0;
  const clk_window& v = args.window;
  for (int64_t t = 0; t < v.kernel[1] * v.kernel[2]; t++) {
    int64_t y = row * v.stride[1] - v.pad[1] + t / v.kernel[2] * v.dilation[1];
    int64_t x = column * v.stride[2] - v.pad[2] + t % v.kernel[2] * v.dilation[2];
    counted += y < args.base_map.h + args.pad_end[1] && x < args.base_map.w + args.pad_end[2];
    if (inside(args.base_map, 0, y, x)) {
      most = std::max(most, value(y, x));
      sum += args.kind == CLK_POOL_LP ? std::pow(std::fabs(value(y, x)), args.p) : value(y, x);
      taps++;
    }
  }
  switch (args.kind) {
    case CLK_POOL_MAX:
      return most;
    case CLK_POOL_AVERAGE:
      return sum / static_cast<double>(taps);
    case CLK_POOL_AVERAGE_PADDED:
      return sum / static_cast<double>(counted);
    default:
      return std::pow(sum, 1.0 / static_cast<double>(args.p));
  }
}

/** A pooling of the whole map, each window of which has a tap inside. */
void draw_pooling(Random& random, clk_pool_change_args& args) {
  args.kind = random.of(CLK_POOL_MAX, CLK_POOL_LP);
  args.p = random.of(1, 3);
  args.window = {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}};
  int64_t from[3] = {1, args.base_map.h, args.base_map.w};
  int64_t to[3] = {1, 1, 1};
  for (int axis = 1; axis < 3; axis++) {
    args.window.kernel[axis] = random.of(1, std::min<int64_t>(3, from[axis]));
    args.window.stride[axis] = random.of(1, 3);
    args.window.pad[axis] = random.of(0, args.window.kernel[axis] - 1);
    args.pad_end[axis] = random.of(0, args.window.kernel[axis] - 1);
    int64_t room = from[axis] + args.window.pad[axis] + args.pad_end[axis];
    to[axis] = (room - args.window.kernel[axis]) / args.window.stride[axis] + 1;
  }
  args.pooled_map = draw_map(random, 1, 1, to[1], to[2], args.base_map.c);
}

void pool_change(Random& random, std::string& name) {
  clk_pool_change_args args = {};
  args.base_map = draw_whole(random);
  draw_pooling(random, args);
  int64_t n = random.of(1, 4);
  Windows from(random, n, args.base_map.c, args.base_map);
  Windows to(random, n, args.base_map.c, args.pooled_map);
  Floats src(random.values(span(from.map())));
  Floats base(random.values(span(args.base_map)));
  std::vector<float> base_pooled(static_cast<size_t>(span(args.pooled_map)));
  auto base_at = [&](int64_t y, int64_t x, int64_t c) {
    return at_spot(base.initial(), args.base_map, y, x, c);
  };
  for (int64_t place = 0; place < places(args.pooled_map); place++) {
    At at = place_at(args.pooled_map, place);
    for (int64_t c = 0; c < args.base_map.c; c++) {
      base_pooled[static_cast<size_t>(place * args.pooled_map.pitch + c)] = static_cast<float>(
          pooled(args, at.h, at.w, [&](int64_t y, int64_t x) { return base_at(y, x, c); }));
    }
  }
  Floats pooled_array(base_pooled);
  Floats dst(random.values(span(to.map())));
  args.src = src.at();
  args.base = base.at();
  args.pooled = pooled_array.at();
  args.dst = dst.at();
  args.src_windows = from.get();
  args.dst_windows = to.get();
  name = Name()
             .with("kind", args.kind)
             .with("p", args.p)
             .with("base", text(args.base_map))
             .with("pooled", text(args.pooled_map))
             .with("src", text(from.map()))
             .with("dst", text(to.map()))
             .text();
  run({name, [&](void* stream) { return clk_pool_change(&args, stream); }, &dst,
       expected(dst, to, args.pooled_map,
                [&](int64_t i, int64_t row, int64_t column, int64_t c) {
                  double changed = pooled(args, row, column, [&](int64_t y, int64_t x) {
                    return base_at(y, x, c) + from.at(src.initial(), i, y, x, c);
                  });
                  double before = pooled(args, row, column,
                                         [&](int64_t y, int64_t x) { return base_at(y, x, c); });
                  return changed - before;
                }),
       1e-5, 1});
}

}  // namespace

std::vector<Kind> window_kinds() {
  return {{"patches", 40, patches}, {"change", 80, change}, {"pool-change", 80, pool_change}};
}

}  // namespace trial
