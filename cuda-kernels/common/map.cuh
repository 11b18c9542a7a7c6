/* Places of a map, and windows that slide over them. */
#pragma once

#include "index.cuh"
#include "launch.cuh"

namespace convlens {

/** A place of a map. */
struct Place {
  int64_t n;
  int at[3];  // d, h, w
};

/** From the number of a place to the place. */
struct Places {
  int64_t count;
  Divisor d;
  Divisor h;
  Divisor w;
};

inline Places places_of(const clk_map& map) {
  int64_t count = map.n * map.d * map.h * map.w;
  return count == 0 ? Places{} : Places{count, divisor(map.d), divisor(map.h), divisor(map.w)};
}

__device__ inline Place place_of(const Places& places, int64_t number) {
  Split w = split(number, places.w);
  Split h = split(w.quotient, places.h);
  Split d = split(h.quotient, places.d);
  return {d.quotient,
          {static_cast<int>(d.rest), static_cast<int>(h.rest), static_cast<int>(w.rest)}};
}

/** A window over a source: extents a tap is held against. */
struct Window {
  int kernel[3];
  int stride[3];
  int dilation[3];
  int pad[3];
  int source[3];
};

inline Window window_of(const clk_window& from, const clk_map& source) {
  Window window = {};
  const int64_t extents[3] = {source.d, source.h, source.w};
  for (int axis = 0; axis < 3; axis++) {
    window.kernel[axis] = static_cast<int>(from.kernel[axis]);
    window.stride[axis] = static_cast<int>(from.stride[axis]);
    window.dilation[axis] = static_cast<int>(from.dilation[axis]);
    window.pad[axis] = static_cast<int>(from.pad[axis]);
    window.source[axis] = static_cast<int>(extents[axis]);
  }
  return window;
}

inline int64_t taps_of(const clk_window& window) {
  return window.kernel[0] * window.kernel[1] * window.kernel[2];
}

/** The most that an extent, a padding or the like may be: a sum of three of them is still an int.
 */
constexpr int64_t kMostAlong = INT32_MAX / 4;

/** Whether the map's extents can be worked with. */
inline bool is_map(const clk_map& map) {
  const int64_t extents[4] = {map.n, map.d, map.h, map.w};
  for (int64_t extent : extents) {
    if (extent < 0 || extent > kMostAlong) {
      return false;
    }
  }
  return map.c >= 1 && map.c <= kMostAlong && map.pitch >= map.c;
}

/** Whether a picture's places are so many that each is a float and none is missing. */
inline bool are_places(const clk_map& map) {
  constexpr int64_t kMost = 1 << 24;
  return map.d >= 1 && map.h >= 1 && map.w >= 1 && map.d <= kMost && map.h <= kMost &&
         map.d * map.h <= kMost && map.w <= kMost && map.d * map.h * map.w <= kMost;
}

/** Whether the window can be worked with: no tap of these outputs leaves 32 bits on an axis. */
inline bool is_window(const clk_window& window, const clk_map& outputs) {
  const int64_t extents[3] = {outputs.d, outputs.h, outputs.w};
  for (int axis = 0; axis < 3; axis++) {
    const int64_t numbers[3] = {window.kernel[axis], window.stride[axis], window.dilation[axis]};
    for (int64_t number : numbers) {
      if (number < 1 || number > kMostAlong) {
        return false;
      }
    }
    if (window.pad[axis] < -kMostAlong || window.pad[axis] > kMostAlong ||
        extents[axis] * window.stride[axis] > kMostAlong ||
        window.kernel[axis] * window.dilation[axis] > kMostAlong) {
      return false;
    }
  }
  return true;
}

}  // namespace convlens
