/* clk_conv by its definition: every product of a tap that lies inside, added in double precision.
 */
#include "reference.h"

namespace trial {
namespace {

struct Draw {
  clk_conv_args args = {};
  int64_t offset = 0;  // of src, floats off a quad's boundary
};

/** How an axis of a problem is drawn: extent of src, window, extent of dst. */
int64_t draw_axis(Random& random, Draw& draw, int axis, bool there, int64_t extent) {
  clk_window& window = draw.args.window;
  window.kernel[axis] = there ? random.of(1, 4) : 1;
  window.stride[axis] = there ? random.of(1, 3) : 1;
  window.dilation[axis] = there ? random.of(1, 2) : 1;
  window.pad[axis] = there ? random.of(0, 3) : 0;
  int64_t reach = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
  if (draw.args.transposed == 1) {
    int64_t outputs = (extent - 1) * window.stride[axis] + reach - window.pad[axis];
    return std::max<int64_t>(1, outputs - random.of(0, 1));
  }
  int64_t room = extent + window.pad[axis] + random.of(0, 2) - reach;
  return room < 0 ? 1 : room / window.stride[axis] + 1;
}

/** Few channels, or so many that tiles are full and there is more than one. */
void draw_channels(Random& random, int64_t& groups, int64_t& sources, int64_t& outputs) {
  groups = random.one_in(2) ? 1 : random.of(2, 6);
  bool depthwise = groups > 1 && random.one_in(2);
  bool fours = random.one_in(2);
  int64_t unit = fours ? 4 : 1;
  if (depthwise) {
    groups = unit * random.of(1, 12);
    sources = groups;
    outputs = groups * (random.one_in(3) ? 2 : 1);
    return;
  }
  sources = groups * unit * random.of(1, 8);
  outputs = groups * (random.one_in(4) ? unit * random.of(16, 35) : unit * random.of(1, 12));
}

Draw draw_problem(Random& random) {
  Draw draw;
  clk_conv_args& args = draw.args;
  args.transposed = random.one_in(3) ? 1 : 0;
  args.algorithm = random.of(0, 2);
  int64_t sources = 0;
  int64_t outputs = 0;
  draw_channels(random, args.groups, sources, outputs);
  int64_t axes = random.of(1, 3);
  int64_t from[3];
  int64_t to[3];
  for (int axis = 0; axis < 3; axis++) {
    bool there = axis >= 3 - axes;
    from[axis] = there ? random.of(1, axes == 3 ? 5 : 12) : 1;
    to[axis] = draw_axis(random, draw, axis, there, from[axis]);
  }
  int64_t n = random.of(1, 3);
  args.src_map = draw_map(random, n, from[0], from[1], from[2], sources);
  args.dst_map = draw_map(random, n, to[0], to[1], to[2], outputs);
  args.weight_pitch = random.one_in(3) ? outputs + random.of(0, 3) : (outputs + 3) / 4 * 4;
  draw.offset = random.one_in(3) ? random.of(1, 3) : 0;
  return draw;
}

/** Adds what one tap of one output reads: all channels of the group. */
class Reference {
 public:
  Reference(const clk_conv_args& args, const std::vector<float>& src,
            const std::vector<float>& weights)
      : args_(args), src_(src), weights_(weights) {}

  double sum(int64_t place, int64_t channel) const {
    At to = place_at(args_.dst_map, place);
    const int64_t* kernel = args_.window.kernel;
    double sum = 0;
    for (int64_t tap = 0; tap < kernel[0] * kernel[1] * kernel[2]; tap++) {
      int64_t d = source(0, to.d, tap / kernel[2] / kernel[1]);
      int64_t h = source(1, to.h, tap / kernel[2] % kernel[1]);
      int64_t w = source(2, to.w, tap % kernel[2]);
      if (inside(args_.src_map, d, h, w)) {
        sum += products(number_of(args_.src_map, to.n, d, h, w), tap, channel);
      }
    }
    return sum;
  }

 private:
  int64_t source(int axis, int64_t output, int64_t tap) const {
    const clk_window& window = args_.window;
    if (args_.transposed == 0) {
      return output * window.stride[axis] - window.pad[axis] + tap * window.dilation[axis];
    }
    int64_t times_stride = output + window.pad[axis] - tap * window.dilation[axis];
    return times_stride % window.stride[axis] == 0 ? times_stride / window.stride[axis] : -1;
  }

  double products(int64_t place, int64_t tap, int64_t channel) const {
    int64_t sources = args_.src_map.c / args_.groups;
    int64_t group = channel / (args_.dst_map.c / args_.groups);
    double sum = 0;
    for (int64_t i = 0; i < sources; i++) {
      size_t from = static_cast<size_t>(place * args_.src_map.pitch + group * sources + i);
      size_t weight = static_cast<size_t>((tap * sources + i) * args_.weight_pitch + channel);
      sum += static_cast<double>(src_[from]) * weights_[weight];
    }
    return sum;
  }

  const clk_conv_args& args_;
  const std::vector<float>& src_;
  const std::vector<float>& weights_;
};

void convolution(Random& random, std::string& name) {
  Draw draw = draw_problem(random);
  clk_conv_args& args = draw.args;
  const int64_t* kernel = args.window.kernel;
  int64_t inner = kernel[0] * kernel[1] * kernel[2] * (args.src_map.c / args.groups);
  Floats src(random.values(span(args.src_map)), draw.offset);
  Floats weights(random.values(inner * args.weight_pitch, 1 / std::sqrt(inner)),
                 random.one_in(4) ? 1 : 0);
  Floats bias(random.values(args.dst_map.c));
  Floats dst(random.values(span(args.dst_map)), random.one_in(4) ? 1 : 0);
  Chain chain(random, places(args.dst_map), args.dst_map.c, true, random.one_in(4) ? 1 : 0);
  bool biased = random.one_in(2);
  args.src = src.at();
  args.weights = weights.at();
  args.bias = biased ? bias.at() : nullptr;
  args.dst = dst.at();
  args.posts = chain.posts();
  name = Name()
             .with("src", text(args.src_map))
             .with("dst", text(args.dst_map))
             .with("kernel", kernel[0] * 100 + kernel[1] * 10 + kernel[2])
             .with("groups", args.groups)
             .with("transposed", args.transposed)
             .with("algorithm", args.algorithm)
             .with("offset", draw.offset)
             .with("bias", biased)
             .with("posts", chain.text())
             .text();
  std::vector<double> expected = doubles(dst.initial());
  Reference reference(args, src.initial(), weights.initial());
  for (int64_t place = 0; place < places(args.dst_map); place++) {
    for (int64_t c = 0; c < args.dst_map.c; c++) {
      double sum =
          reference.sum(place, c) + (biased ? bias.initial()[static_cast<size_t>(c)] : 0.0);
      expected[static_cast<size_t>(place * args.dst_map.pitch + c)] = chain.of(sum, place, c);
    }
  }
  run({name, [&](void* stream) { return clk_conv(&args, stream); }, &dst, expected});
}

/** Enough places and channels for large tiles, whose edges are cut. */
void large_tiles(Random& random, std::string& name) {
  clk_conv_args args = {};
  args.window = {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}};
  args.groups = 1;
  args.src_map = {1, 1, 64, 127 + random.of(0, 2), 4 + random.of(0, 5), 0};
  args.src_map.pitch = args.src_map.c;
  args.dst_map = args.src_map;
  args.dst_map.c = 129 + random.of(0, 20);
  args.dst_map.pitch = args.dst_map.c;
  args.weight_pitch = args.dst_map.c;
  Floats src(random.values(span(args.src_map)));
  Floats weights(random.values(args.src_map.c * args.weight_pitch));
  Floats dst(random.values(span(args.dst_map)));
  args.src = src.at();
  args.weights = weights.at();
  args.dst = dst.at();
  name = Name().with("src", text(args.src_map)).with("dst", text(args.dst_map)).text();
  std::vector<double> expected = doubles(dst.initial());
  Reference reference(args, src.initial(), weights.initial());
  for (size_t i = 0; i < expected.size(); i++) {
    expected[i] = reference.sum(static_cast<int64_t>(i) / args.dst_map.c,
                                static_cast<int64_t>(i) % args.dst_map.c);
  }
  run({name, [&](void* stream) { return clk_conv(&args, stream); }, &dst, expected});
}

/** Both algorithms give the same bytes. */
void same_bytes(Random& random, std::string& name) {
  Draw draw = draw_problem(random);
  clk_conv_args& args = draw.args;
  const int64_t* kernel = args.window.kernel;
  int64_t inner = kernel[0] * kernel[1] * kernel[2] * (args.src_map.c / args.groups);
  Floats src(random.values(span(args.src_map)));
  Floats weights(random.values(inner * args.weight_pitch));
  Floats dst(random.values(span(args.dst_map)));
  args.src = src.at();
  args.weights = weights.at();
  args.dst = dst.at();
  name = Name().with("src", text(args.src_map)).with("dst", text(args.dst_map)).text();
  args.algorithm = CLK_CONV_GEMM;
  int status = clk_conv(&args, nullptr);
  std::vector<float> by_product = dst.read();
  args.algorithm = CLK_CONV_DIRECT;
  if (status != 0) {
    throw Failure{clk_error_text(status)};
  }
  run({name, [&](void* stream) { return clk_conv(&args, stream); }, &dst, doubles(by_product), 0});
}

}  // namespace

std::vector<Kind> convolution_kinds() {
  return {
      {"conv", 160, convolution}, {"conv-large", 2, large_tiles}, {"conv-same", 30, same_bytes}};
}

}  // namespace trial
