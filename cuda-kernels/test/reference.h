/* Definitions in double precision that several references share. */
#pragma once

#include <cmath>
#include <memory>
#include <vector>

#include "trial.h"

namespace trial {

/** One activation as clk_post defines it. */
double activated(const clk_post& post, double x);

/** A chain of posts with the arrays that its additions read. */
class Chain {
 public:
  /** Up to three tame steps, for a dst of these places and channels. */
  Chain(Random& random, int64_t places, int64_t channels, bool additions, int64_t offset);

  const clk_posts& posts() const { return posts_; }
  double of(double x, int64_t place, int64_t channel) const;
  std::string text() const;

 private:
  clk_posts posts_ = {};
  std::vector<std::unique_ptr<Floats>> others_;
};

/** A step of this kind with parameters drawn. */
clk_post draw_activation(Random& random, int64_t kind);

/** A map of these extents, with a pitch that is often larger than its channels. */
clk_map draw_map(Random& random, int64_t n, int64_t d, int64_t h, int64_t w, int64_t c);

inline int64_t places(const clk_map& map) { return map.n * map.d * map.h * map.w; }

/** Elements from the first of the first place to the last of the last. */
inline int64_t span(const clk_map& map) {
  return places(map) == 0 ? 0 : (places(map) - 1) * map.pitch + map.c;
}

/** Place number as n, d, h, w. */
struct At {
  int64_t n, d, h, w;
};

inline At place_at(const clk_map& map, int64_t number) {
  return {number / map.w / map.h / map.d, number / map.w / map.h % map.d, number / map.w % map.h,
          number % map.w};
}

inline int64_t number_of(const clk_map& map, int64_t n, int64_t d, int64_t h, int64_t w) {
  return ((n * map.d + d) * map.h + h) * map.w + w;
}

inline bool inside(const clk_map& map, int64_t d, int64_t h, int64_t w) {
  return d >= 0 && d < map.d && h >= 0 && h < map.h && w >= 0 && w < map.w;
}

inline std::vector<double> doubles(const std::vector<float>& from) {
  return std::vector<double>(from.begin(), from.end());
}

/** A name's text for a map: n2d1h5w6c3p4, p the pitch. */
std::string text(const clk_map& map);

}  // namespace trial
