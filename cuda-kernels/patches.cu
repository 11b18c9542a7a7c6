/*
 * How patches change a picture, in windows of it: fill - picture inside of a rectangle, 0
 * elsewhere.
 *
 * picture: [h][w][c], dst: [n][rows][columns][c].
 *
 * Bound: bytes, 4*(picture + dst); the picture stays in the caches.
 */
#include "common/windows.cuh"

namespace convlens {
namespace {

/** A thread for an element of dst. */
__global__ void __launch_bounds__(kThreads)
    patches(const clk_patches_args args, const Places places, const Divisor channels) {
  Split at = split(thread_number(), channels);
  if (at.quotient >= places.count) {
    return;
  }
  Place place = place_of(places, at.quotient);
  Spot spot = spot_of(args.dst_windows, place);
  const int32_t* rectangle = args.rectangles + place.n * 4;
  bool hidden = spot.row >= rectangle[0] && spot.column >= rectangle[1] &&
                spot.row < rectangle[2] && spot.column < rectangle[3];
  float change = 0;
  if (hidden && is_inside(args.picture_map, spot.row, spot.column)) {
    change = args.fill[at.rest] - at_spot<1>(args.picture, args.picture_map, spot, at.rest).at[0];
  }
  args.dst[at.quotient * args.dst_windows.map.pitch + at.rest] = change;
}

bool makes_sense(const clk_patches_args& a) {
  return a.picture != nullptr && a.rectangles != nullptr && a.fill != nullptr && a.dst != nullptr &&
         is_whole(a.picture_map) && are_windows(a.dst_windows) &&
         a.picture_map.c == a.dst_windows.map.c;
}

}  // namespace
}  // namespace convlens

extern "C" int clk_patches(const clk_patches_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  Places places = places_of(args->dst_windows.map);
  if (places.count == 0) {
    return 0;
  }
  Divisor channels = divisor(args->dst_windows.map.c);
  int64_t blocks = ceil_div(places.count * channels.by, kThreads);
  if (!fits_grid(blocks)) {
    return refused();
  }
  CLK_LAUNCH(patches, grid_of(blocks), dim3(kThreads), 0, stream, *args, places, channels);
  return launched();
}
