/*
 * The gradient through pooling. Each element gathers from the windows that see it, in their order,
 * so that no two threads write one element. Which element of a window is the first of the largest,
 * or what a window's norm is, is noted once a window by a kernel before.
 *
 * gradient: [n][d'][h'][w'][c], x, dst: [n][d][h][w][c], notes: [n][d'][h'][w'][c], dense.
 *
 * Bound: bytes, 4*(gradient + x + dst), and 8*gradient for the notes of MAX and LP.
 */
#include "common/pooling.cuh"
#include "common/vec.cuh"

namespace convlens {
namespace {

/** Elements of a picture, by their numbers d*H*W + h*W + w. */
template <int V>
struct alignas(V * sizeof(int32_t)) Marks {
  int32_t at[V];
};

struct Operands {
  const float* gradient;
  const float* x;
  float* dst;
  void* notes;
  clk_map gradient_map;
  int64_t x_pitch;
  int64_t dst_pitch;
  Window window;  // its source is x
  Kind kind;
  Places places;  // of what there is a thread for
  Divisor width;  // channels, by those of a thread
};

/** Blocks that a multiprocessor is to hold: with more, registers would spill. */
constexpr int kBlocks = 3;

/** Notes the first of the largest elements of each window, -1 where none is inside. */
template <int V>
__global__ void __launch_bounds__(kThreads, kBlocks) mark_largest(const Operands p) {
  Split at = split(thread_number(), p.width);
  if (at.quotient >= p.places.count) {
    return;
  }
  Place place = place_of(p.places, at.quotient);
  int origins[3];
  Taps taps[3];
#pragma unroll
  for (int axis = 0; axis < 3; axis++) {
    origins[axis] = window_origin(p.window, axis, place.at[axis]);
    taps[axis] = taps_inside(p.window, axis, origins[axis], p.window.source[axis]);
  }
  const int* extents = p.window.source;
  const float* picture = p.x + place.n * extents[0] * extents[1] * extents[2] * p.x_pitch;
  Vec<V> largest = splat<V>(0);
  Marks<V> marks;
#pragma unroll
  for (int lane = 0; lane < V; lane++) {
    marks.at[lane] = -1;
  }
  for (int kd = taps[0].first; kd < taps[0].end; kd++) {
    int d = origins[0] + kd * p.window.dilation[0];
    for (int kh = taps[1].first; kh < taps[1].end; kh++) {
      int row = (d * extents[1] + origins[1] + kh * p.window.dilation[1]) * extents[2];
      for (int kw = taps[2].first; kw < taps[2].end; kw++) {
        int number = row + origins[2] + kw * p.window.dilation[2];
        Vec<V> x = load<V>(picture + number * p.x_pitch + at.rest * V);
#pragma unroll
        for (int lane = 0; lane < V; lane++) {
          bool larger = marks.at[lane] < 0 || x.at[lane] > largest.at[lane];
          largest.at[lane] = larger ? x.at[lane] : largest.at[lane];
          marks.at[lane] = larger ? number : marks.at[lane];
        }
      }
    }
  }
  auto* notes = static_cast<int32_t*>(p.notes) + (at.quotient * p.width.by + at.rest) * V;
  *reinterpret_cast<Marks<V>*>(notes) = marks;
}

/** Outputs first to end - 1 of an axis: those whose windows reach over an element. */
struct Outputs {
  int first;
  int end;
};

__device__ Outputs outputs_over(const Window& window, int axis, int element, int extent) {
  int last_begin = element + window.pad[axis];
  int first_begin = last_begin - (window.kernel[axis] - 1) * window.dilation[axis];
  int stride = window.stride[axis];
  int first = first_begin > 0 ? (first_begin + stride - 1) / stride : 0;
  int end = last_begin < 0 ? 0 : last_begin / stride + 1;
  return {first, end < extent ? end : extent};
}

/** Whether the window of an output has a tap on an element that it reaches over. */
__device__ bool sees(const Window& window, int axis, int output, int element) {
  int dilation = window.dilation[axis];
  return dilation == 1 || (element - window_origin(window, axis, output)) % dilation == 0;
}

/** Taps along an axis that a mean divides by. */
__device__ int divisor_along(const Operands& p, int axis, int output) {
  int extent = p.window.source[axis];
  int origin = window_origin(p.window, axis, output);
  return p.kind.kind == CLK_POOL_AVERAGE_PADDED
             ? taps_inside(p.window, axis, origin, extent + p.kind.pad_end[axis]).end
             : count(taps_inside(p.window, axis, origin, extent));
}

/** The derivative of (sum of |x|^p)^(1/p): sign(x)*(|x|/norm)^(p - 1), 0 where all are 0. */
__device__ float slope_of_norm(float p, float x, float norm) {
  float share = p == 2 ? fabsf(x) / norm : powf(fabsf(x) / norm, p - 1);
  return norm == 0 ? 0 : copysignf(x == 0 ? 0 : share, x);
}

/** Adds what comes from the window at a place of the gradient's map. */
template <int V>
__device__ void add_share(const Operands& p, Vec<V>& sum, int64_t from, int64_t channel, int number,
                          const Vec<V>& x, int taps) {
  Vec<V> g = load<V>(p.gradient + from * p.gradient_map.pitch + channel);
  int64_t note = from * p.gradient_map.c + channel;
  if (p.kind.kind == CLK_POOL_MAX) {
    auto marks = *reinterpret_cast<const Marks<V>*>(static_cast<const int32_t*>(p.notes) + note);
#pragma unroll
    for (int lane = 0; lane < V; lane++) {
      sum.at[lane] += marks.at[lane] == number ? g.at[lane] : 0;
    }
  } else if (p.kind.kind == CLK_POOL_LP) {
    Vec<V> norm = load<V>(static_cast<const float*>(p.notes) + note);
#pragma unroll
    for (int lane = 0; lane < V; lane++) {
      sum.at[lane] += g.at[lane] * slope_of_norm(p.kind.p, x.at[lane], norm.at[lane]);
    }
  } else {
#pragma unroll
    for (int lane = 0; lane < V; lane++) {
      sum.at[lane] += g.at[lane] / static_cast<float>(taps);
    }
  }
}

/** A thread for V neighbouring channels of an element of dst. */
template <int V>
__global__ void __launch_bounds__(kThreads, kBlocks) pool_gradient(const Operands p) {
  Split at = split(thread_number(), p.width);
  if (at.quotient >= p.places.count) {
    return;
  }
  Place place = place_of(p.places, at.quotient);
  int64_t channel = at.rest * V;
  const clk_map& from = p.gradient_map;
  Outputs depths = outputs_over(p.window, 0, place.at[0], static_cast<int>(from.d));
  Outputs rows = outputs_over(p.window, 1, place.at[1], static_cast<int>(from.h));
  Outputs columns = outputs_over(p.window, 2, place.at[2], static_cast<int>(from.w));
  int number = (place.at[0] * p.window.source[1] + place.at[1]) * p.window.source[2] + place.at[2];
  Vec<V> x = splat<V>(0);
  if (p.kind.kind == CLK_POOL_LP) {
    x = load<V>(p.x + at.quotient * p.x_pitch + channel);
  }
  Vec<V> sum = splat<V>(0);
  for (int d = depths.first; d < depths.end; d++) {
    for (int h = rows.first; h < rows.end; h++) {
      if (!sees(p.window, 0, d, place.at[0]) || !sees(p.window, 1, h, place.at[1])) {
        continue;
      }
      int64_t row = ((place.n * from.d + d) * from.h + h) * from.w;
      int taps = divisor_along(p, 0, d) * divisor_along(p, 1, h);
      for (int w = columns.first; w < columns.end; w++) {
        if (sees(p.window, 2, w, place.at[2])) {
          add_share<V>(p, sum, row + w, channel, number, x, taps * divisor_along(p, 2, w));
        }
      }
    }
  }
  store<V>(p.dst + at.quotient * p.dst_pitch + channel, sum);
}

bool is_noted(int64_t kind) { return kind == CLK_POOL_MAX || kind == CLK_POOL_LP; }

bool makes_sense(const clk_pool_gradient_args& a) {
  const clk_map& x = a.x_map;
  const clk_map& dst = a.dst_map;
  bool maps = is_map(a.gradient_map) && is_map(x) && is_map(dst) && x.n == dst.n && x.d == dst.d &&
              x.h == dst.h && x.w == dst.w && x.c == dst.c && a.gradient_map.n == x.n &&
              a.gradient_map.c == x.c;
  // Elements of a picture have 32-bit numbers.
  return maps && a.gradient != nullptr && a.x != nullptr && a.dst != nullptr &&
         is_window(a.window, a.gradient_map) && is_kind(a.kind, a.pad_end, a.p) &&
         (a.notes != nullptr || !is_noted(a.kind)) && x.d * x.h <= INT32_MAX &&
         x.d * x.h * x.w <= INT32_MAX;
}

Operands operands_of(const clk_pool_gradient_args& args, int channels_each, const clk_map& places) {
  return {args.gradient,
          args.x,
          args.dst,
          args.notes,
          args.gradient_map,
          args.x_map.pitch,
          args.dst_map.pitch,
          window_of(args.window, args.x_map),
          kind_of(args.kind, args.pad_end, args.p),
          places_of(places),
          divisor(args.x_map.c / channels_each)};
}

bool goes_by_fours(const clk_pool_gradient_args& a) {
  return by_fours(a.x_map.c, a.x_map.pitch, a.dst_map.pitch, a.gradient_map.pitch) &&
         is_aligned(a.x) && is_aligned(a.dst) && is_aligned(a.gradient) && is_aligned(a.notes);
}

/** Norms are what pooling itself computes. */
int note_norms(const clk_pool_gradient_args& args, void* stream) {
  clk_pool_args pool = {args.x,
                        static_cast<float*>(args.notes),
                        args.x_map,
                        args.gradient_map,
                        args.window,
                        {args.pad_end[0], args.pad_end[1], args.pad_end[2]},
                        CLK_POOL_LP,
                        args.p};
  pool.dst_map.pitch = args.gradient_map.c;
  return clk_pool(&pool, stream);
}

int note_largest(const clk_pool_gradient_args& args, bool fours, void* stream) {
  Operands p = operands_of(args, fours ? 4 : 1, args.gradient_map);
  int64_t blocks = ceil_div(p.places.count * p.width.by, kThreads);
  if (p.places.count == 0) {
    return 0;
  }
  if (!fits_grid(blocks)) {
    return refused();
  }
  auto* mark_kernel = fours ? mark_largest<4> : mark_largest<1>;
  CLK_LAUNCH(mark_kernel, grid_of(blocks), dim3(kThreads), 0, stream, p);
  return launched();
}

int note(const clk_pool_gradient_args& args, bool fours, void* stream) {
  switch (args.kind) {
    case CLK_POOL_MAX:
      return note_largest(args, fours, stream);
    case CLK_POOL_LP:
      return note_norms(args, stream);
    default:
      return 0;
  }
}

}  // namespace
}  // namespace convlens

extern "C" int clk_pool_gradient(const clk_pool_gradient_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (places_of(args->dst_map).count == 0) {
    return 0;
  }
  bool fours = goes_by_fours(*args);
  Operands p = operands_of(*args, fours ? 4 : 1, args->dst_map);
  int64_t blocks = ceil_div(p.places.count * p.width.by, kThreads);
  if (!fits_grid(blocks)) {
    return refused();
  }
  int noted = note(*args, fours, stream);
  if (noted != 0) {
    return noted;
  }
  auto* pool_gradient_kernel = fours ? pool_gradient<4> : pool_gradient<1>;
  CLK_LAUNCH(pool_gradient_kernel, grid_of(blocks), dim3(kThreads), 0, stream, p);
  return launched();
}
