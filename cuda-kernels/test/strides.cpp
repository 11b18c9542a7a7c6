#include "strides.h"

#include <algorithm>

namespace trial {

Extents draw_extents(Random& random) {
  Extents dims(static_cast<size_t>(random.of(0, 5)));
  for (int64_t& dim : dims) {
    dim = random.of(1, 5);
  }
  if (!dims.empty() && random.one_in(2)) {
    dims.back() = 4 * random.of(1, 10);
  }
  return dims;
}

Extents index_of(const Extents& dims, int64_t number) {
  Extents index(dims.size());
  for (size_t axis = dims.size(); axis-- > 0;) {
    index[axis] = number % dims[axis];
    number /= dims[axis];
  }
  return index;
}

int64_t elements(const Extents& dims) {
  int64_t product = 1;
  for (int64_t dim : dims) {
    product *= dim;
  }
  return product;
}

size_t offset_of(const Extents& index, const Extents& strides) {
  int64_t sum = 0;
  for (size_t axis = 0; axis < index.size(); axis++) {
    sum += index[axis] * strides[axis];
  }
  return static_cast<size_t>(sum);
}

Layout draw_layout(Random& random, const Extents& dims) {
  std::vector<size_t> order(dims.size());
  for (size_t i = 0; i < order.size(); i++) {
    order[i] = i;
  }
  if (random.one_in(2)) {
    for (size_t i = order.size(); i > 1; i--) {
      std::swap(order[i - 1],
                order[static_cast<size_t>(random.of(0, static_cast<int64_t>(i) - 1))]);
    }
  }
  Layout layout = {Extents(dims.size()), 1};
  for (size_t i = order.size(); i-- > 0;) {
    layout.strides[order[i]] = layout.length;
    layout.length *= dims[order[i]];
    layout.length += random.one_in(3) ? 4 * random.of(0, 2) + random.of(0, 1) : 0;
  }
  return layout;
}

Layout draw_repeating(Random& random, const Extents& dims) {
  Extents kept = dims;
  for (int64_t& dim : kept) {
    dim = random.one_in(3) ? 1 : dim;
  }
  Layout layout = draw_layout(random, kept);
  for (size_t axis = 0; axis < dims.size(); axis++) {
    layout.strides[axis] = kept[axis] == 1 ? 0 : layout.strides[axis];
  }
  return layout;
}

void assign(int64_t (&to)[CLK_AXES], const Extents& from) {
  std::copy(from.begin(), from.end(), to);
}

std::string text(const Extents& numbers) {
  std::string text;
  for (int64_t number : numbers) {
    text += (text.empty() ? "" : "x") + std::to_string(number);
  }
  return text;
}

}  // namespace trial
