/* Strided arrays: axes merged where they can be, and from an element's number to its offsets. */
#pragma once

#include "index.cuh"
#include "launch.cuh"
#include "vec.cuh"

namespace convlens {

/** Axes that S arrays share, the last one fastest. */
template <int S>
struct Axes {
  int count;
  Divisor dims[CLK_AXES];
  int64_t strides[S][CLK_AXES];
};

/** Where element `number` in row-major order of the extents lies in each array. */
template <int S>
struct Offsets {
  int64_t at[S];
};

template <int S>
__device__ inline Offsets<S> offsets(const Axes<S>& axes, int64_t number) {
  Offsets<S> result = {};
  int64_t rest = number;
#pragma unroll 1
  for (int axis = axes.count - 1; axis >= 0; axis--) {
    Split index = split(rest, axes.dims[axis]);
    rest = index.quotient;
#pragma unroll
    for (int s = 0; s < S; s++) {
      result.at[s] += index.rest * axes.strides[s][axis];
    }
  }
  return result;
}

template <int S>
int64_t elements(const Axes<S>& axes) {
  int64_t product = 1;
  for (int axis = 0; axis < axes.count; axis++) {
    product *= axes.dims[axis].by;
  }
  return product;
}

/** Whether the number of axes and each extent can be worked with. */
inline bool are_axes(int64_t count, const int64_t* dims) {
  if (count < 0 || count > CLK_AXES) {
    return false;
  }
  for (int64_t axis = 0; axis < count; axis++) {
    if (dims[axis] < 0) {
      return false;
    }
  }
  return true;
}

/** Whether some extent is 0. */
inline bool is_empty(int64_t count, const int64_t* dims) {
  for (int64_t axis = 0; axis < count; axis++) {
    if (dims[axis] == 0) {
      return true;
    }
  }
  return false;
}

/** Appends an axis; one that goes on where the last ends, in all arrays, makes the last longer. */
template <int S>
void append(Axes<S>& axes, int64_t dim, const int64_t (&strides)[S]) {
  if (dim == 1) {
    return;
  }
  int last = axes.count - 1;
  bool merges = last >= 0;
  for (int s = 0; s < S && merges; s++) {
    merges = axes.strides[s][last] == strides[s] * dim;
  }
  int axis = merges ? last : axes.count++;
  axes.dims[axis] = divisor(merges ? axes.dims[axis].by * dim : dim);
  for (int s = 0; s < S; s++) {
    axes.strides[s][axis] = strides[s];
  }
}

/** As many axes as it takes for extents and, an array each, strides. */
template <int S>
Axes<S> axes_of(int64_t count, const int64_t* dims, const int64_t* const (&arrays)[S]) {
  Axes<S> axes = {};
  for (int64_t k = 0; k < count; k++) {
    int64_t strides[S];
    for (int s = 0; s < S; s++) {
      strides[s] = arrays[s][k];
    }
    append<S>(axes, dims[k], strides);
  }
  return axes;
}

/** Whether one array's last axis is dense or repeats, and all its rows begin at multiples of 4. */
template <int S>
bool goes_by_fours(const Axes<S>& axes, int array) {
  const int64_t* strides = axes.strides[array];
  int last = axes.count - 1;
  bool repeats = strides[last] == 0;
  for (int axis = 0; axis < last && !repeats; axis++) {
    if (!by_fours(strides[axis])) {
      return false;
    }
  }
  return repeats || strides[last] == 1;
}

/** Whether that is so of all arrays, the first of which is written. */
template <int S>
bool goes_by_fours(const Axes<S>& axes) {
  int last = axes.count - 1;
  bool all = last >= 0 && by_fours(axes.dims[last].by) && axes.strides[0][last] == 1;
  for (int s = 0; s < S && all; s++) {
    all = goes_by_fours(axes, s);
  }
  return all;
}

/** V neighbours of an operand that goes on by 1 or, where it repeats, by 0. */
template <int V>
__device__ inline Vec<V> neighbours(const float* from, int64_t stride) {
  return stride == 0 ? splat<V>(*from) : load<V>(from);
}

}  // namespace convlens
