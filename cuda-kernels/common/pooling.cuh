/* What the kernels of clk_pool share: which taps of a window lie inside. */
#pragma once

#include <math.h>

#include "map.cuh"

namespace convlens {

struct Pooling {
  const float* src;
  float* dst;
  clk_map src_map;
  clk_map dst_map;
  Window window;
  Places places;
  Divisor width;  // channels, by those of a thread
};

inline Pooling pooling_of(const clk_pool_args& args, int channels_each) {
  return {args.src,
          args.dst,
          args.src_map,
          args.dst_map,
          window_of(args.window, args.src_map),
          places_of(args.dst_map),
          divisor(args.dst_map.c / channels_each)};
}

/** Taps first to end - 1 of an axis, the first of them at element `from` of src. */
struct Taps {
  int first;
  int end;
};

/** The taps of a window beginning at `origin` that fall on elements 0 to extent - 1. */
__device__ inline Taps taps_inside(const Window& window, int axis, int origin, int extent) {
  int dilation = window.dilation[axis];
  int first = origin < 0 ? (-origin + dilation - 1) / dilation : 0;
  int end = extent > origin ? (extent - origin + dilation - 1) / dilation : 0;
  return {first, end < window.kernel[axis] ? end : window.kernel[axis]};
}

__device__ inline int count(const Taps& taps) {
  return taps.end > taps.first ? taps.end - taps.first : 0;
}

__device__ inline int window_origin(const Window& window, int axis, int output) {
  return output * window.stride[axis] - window.pad[axis];
}

/** What is made of a window's taps. */
struct Kind {
  int kind;
  int pad_end[3];
  float p;
};

/** Takes in a tap. */
__device__ inline float with(const Kind& kind, float so_far, float x) {
  switch (kind.kind) {
    case CLK_POOL_MAX:
      return x > so_far || x != x ? x : so_far;
    case CLK_POOL_LP:
      return so_far + (kind.p == 2 ? x * x : powf(fabsf(x), kind.p));
    default:
      return so_far + x;
  }
}

/** Joins what came of a row of taps. */
__device__ inline float joined(const Kind& kind, float so_far, float row) {
  return kind.kind == CLK_POOL_MAX ? with(kind, so_far, row) : so_far + row;
}

/** What comes of all taps: so many inside, so many inside and in the padding. */
__device__ inline float finished(const Kind& kind, float x, int inside, int padded) {
  switch (kind.kind) {
    case CLK_POOL_AVERAGE:
      return x / static_cast<float>(inside);
    case CLK_POOL_AVERAGE_PADDED:
      return x / static_cast<float>(padded);
    case CLK_POOL_LP:
      return kind.p == 2 ? sqrtf(x) : powf(x, 1 / kind.p);
    default:
      return x;
  }
}

/** What stands before the first tap. */
__device__ inline float start_of(const Kind& kind) {
  return kind.kind == CLK_POOL_MAX ? -INFINITY : 0;
}

inline Kind kind_of(int64_t kind, const int64_t (&pad_end)[3], int64_t p) {
  return {
      static_cast<int>(kind),
      {static_cast<int>(pad_end[0]), static_cast<int>(pad_end[1]), static_cast<int>(pad_end[2])},
      static_cast<float>(p)};
}

/** Whether clk_pool_args' kind, padding and order can be worked with. */
inline bool is_kind(int64_t kind, const int64_t (&pad_end)[3], int64_t p) {
  for (int64_t pad : pad_end) {
    if (pad < -kMostAlong || pad > kMostAlong) {
      return false;
    }
  }
  return kind >= CLK_POOL_MAX && kind <= CLK_POOL_LP && (kind != CLK_POOL_LP || p >= 1);
}

}  // namespace convlens
