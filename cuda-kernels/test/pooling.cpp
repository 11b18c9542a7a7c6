#include "pooling.h"

namespace trial {

Pool::Tap Pool::tap(const At& to, int64_t number) const {
  const clk_window& v = args.window;
  int64_t taps[3] = {number / v.kernel[2] / v.kernel[1], number / v.kernel[2] % v.kernel[1],
                     number % v.kernel[2]};
  int64_t outputs[3] = {to.d, to.h, to.w};
  int64_t extents[3] = {args.src_map.d, args.src_map.h, args.src_map.w};
  int64_t at[3];
  bool counted = true;
  for (int axis = 0; axis < 3; axis++) {
    at[axis] = outputs[axis] * v.stride[axis] - v.pad[axis] + taps[axis] * v.dilation[axis];
    counted = counted && at[axis] < extents[axis] + args.pad_end[axis];
  }
  return {inside(args.src_map, at[0], at[1], at[2]), counted, at[0], at[1], at[2]};
}

int64_t Pool::taps() const {
  return args.window.kernel[0] * args.window.kernel[1] * args.window.kernel[2];
}

clk_map draw_small(Random& random) {
  int64_t c = random.one_in(2) ? 4 * random.of(1, 8) : random.of(1, 30);
  return draw_map(random, random.of(1, 3), random.of(1, 3), random.of(1, 6), random.of(1, 6), c);
}

Pool draw_pool(Random& random) {
  Pool pool;
  clk_pool_args& args = pool.args;
  args.src_map = draw_small(random);
  args.kind = random.of(CLK_POOL_MAX, CLK_POOL_LP);
  args.p = random.of(1, 3);
  int64_t from[3] = {args.src_map.d, args.src_map.h, args.src_map.w};
  int64_t to[3];
  for (int axis = 0; axis < 3; axis++) {
    args.window.kernel[axis] = random.of(1, 3);
    args.window.stride[axis] = random.of(1, 3);
    args.window.dilation[axis] = random.of(1, 2);
    args.window.pad[axis] = random.of(0, args.window.kernel[axis] - 1);
    args.pad_end[axis] = random.of(0, args.window.kernel[axis] - 1);
    int64_t reach = (args.window.kernel[axis] - 1) * args.window.dilation[axis] + 1;
    int64_t room = from[axis] + args.window.pad[axis] + args.pad_end[axis] - reach;
    to[axis] = room < 0 ? 1 : room / args.window.stride[axis] + 1 + random.of(0, 1);
  }
  args.dst_map = draw_map(random, args.src_map.n, to[0], to[1], to[2], args.src_map.c);
  return pool;
}

std::string text(const clk_pool_args& args) {
  const clk_window& v = args.window;
  return Name()
      .with("kind", args.kind)
      .with("src", text(args.src_map))
      .with("dst", text(args.dst_map))
      .with("kernel", v.kernel[0] * 100 + v.kernel[1] * 10 + v.kernel[2])
      .with("stride", v.stride[0] * 100 + v.stride[1] * 10 + v.stride[2])
      .text();
}

}  // namespace trial
