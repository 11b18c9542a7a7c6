/* What the kernels of clk_pool share: which taps of a window lie inside. */
#pragma once

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

int arg_max_pool(const clk_pool_args& args, void* stream);

}  // namespace convlens
