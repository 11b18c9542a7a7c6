/* Random poolings, and which elements their windows see. */
#pragma once

#include "reference.h"

namespace trial {

struct Pool {
  clk_pool_args args = {};

  /** The input of tap `number` at an output, and whether it is inside and in the padding. */
  struct Tap {
    bool inside;
    bool counted;
    int64_t d, h, w;
  };

  Tap tap(const At& to, int64_t number) const;
  int64_t taps() const;
};

/** A pooling of any kind over a small map; some windows lie outside of it. */
Pool draw_pool(Random& random);

std::string text(const clk_pool_args& args);

/** A small map with up to 30 channels. */
clk_map draw_small(Random& random);

/** The same extents, perhaps at another pitch. */
inline clk_map repitched(Random& random, const clk_map& m) {
  return draw_map(random, m.n, m.d, m.h, m.w, m.c);
}

inline size_t element(const clk_map& map, int64_t place, int64_t channel) {
  return static_cast<size_t>(place * map.pitch + channel);
}

}  // namespace trial
