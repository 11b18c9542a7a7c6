/* Windows of 2-D maps: from a place of a window to its place in the map, and back. */
#pragma once

#include "map.cuh"
#include "vec.cuh"

namespace convlens {

/** Row and column of a whole map. */
struct Spot {
  int row;
  int column;
};

__device__ inline Spot spot_of(const clk_windows& windows, const Place& place) {
  const int32_t* corner = windows.corners + place.n * 2;
  return {corner[0] + place.at[1], corner[1] + place.at[2]};
}

__device__ inline bool is_inside(const clk_map& map, int row, int column) {
  return row >= 0 && row < map.h && column >= 0 && column < map.w;
}

/** Neighbouring channels of a whole map of one picture. */
template <int V>
__device__ inline Vec<V> at_spot(const float* map, const clk_map& shape, const Spot& spot,
                                 int64_t channel) {
  return load<V>(map + (spot.row * shape.w + spot.column) * shape.pitch + channel);
}

/** Neighbouring channels of window n where it covers a spot; zeros where it does not. */
template <int V>
__device__ inline Vec<V> in_window(const float* src, const clk_windows& windows, int64_t n,
                                   const Spot& spot, int64_t channel) {
  const int32_t* corner = windows.corners + n * 2;
  int y = spot.row - corner[0];
  int x = spot.column - corner[1];
  if (!is_inside(windows.map, y, x)) {
    return splat<V>(0);
  }
  int64_t place = (n * windows.map.h + y) * windows.map.w + x;
  return load<V>(src + place * windows.map.pitch + channel);
}

/** Whether windows can be worked with. */
inline bool are_windows(const clk_windows& windows) {
  return is_map(windows.map) && windows.map.d == 1 && windows.corners != nullptr;
}

/** Whether the map is one that windows can be of. */
inline bool is_whole(const clk_map& map) { return is_map(map) && map.n == 1 && map.d == 1; }

}  // namespace convlens
