/* Random strided arrays. */
#pragma once

#include "reference.h"

namespace trial {

using Extents = std::vector<int64_t>;

/** Up to five extents, in half of the cases with a last one of fours. */
Extents draw_extents(Random& random);

/** The index of element `number` in row-major order. */
Extents index_of(const Extents& dims, int64_t number);

int64_t elements(const Extents& dims);

/** Where an index lies. */
size_t offset_of(const Extents& index, const Extents& strides);

/** Strides of an array that has these extents in some order of axes, with gaps; and its length. */
struct Layout {
  Extents strides;
  int64_t length = 1;
};

Layout draw_layout(Random& random, const Extents& dims);

/** The same, where axes repeat now and then. */
Layout draw_repeating(Random& random, const Extents& dims);

void assign(int64_t (&to)[CLK_AXES], const Extents& from);

std::string text(const Extents& numbers);

}  // namespace trial
