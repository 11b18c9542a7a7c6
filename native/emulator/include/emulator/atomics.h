// Atomic operations. One host thread runs all threads of all blocks, and none is interrupted between barriers: plain
// arithmetic is atomic. Each returns what was there before.
#pragma once

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace convlens_atomic {

template <typename T, typename Change>
T change(T* place, Change next) {
  const T before = *place;
  *place = next(before);
  return before;
}

}  // namespace convlens_atomic

#define CONVLENS_ATOMIC(name, expression)                                              \
  template <typename T>                                                                \
  T name(T* place, std::common_type_t<T> value) {                                      \
    return convlens_atomic::change(place, [value](T old) -> T { return expression; }); \
  }

CONVLENS_ATOMIC(atomicAdd, old + value)
CONVLENS_ATOMIC(atomicSub, old - value)
CONVLENS_ATOMIC(atomicMin, std::min(old, value))
CONVLENS_ATOMIC(atomicMax, std::max(old, value))
CONVLENS_ATOMIC(atomicAnd, old& value)
CONVLENS_ATOMIC(atomicOr, old | value)
CONVLENS_ATOMIC(atomicXor, old ^ value)
CONVLENS_ATOMIC(atomicExch, (static_cast<void>(old), value))
#undef CONVLENS_ATOMIC

inline unsigned atomicInc(unsigned* place, unsigned limit) {
  return convlens_atomic::change(place, [limit](unsigned old) { return old >= limit ? 0 : old + 1; });
}

inline unsigned atomicDec(unsigned* place, unsigned limit) {
  return convlens_atomic::change(place, [limit](unsigned old) { return old == 0 || old > limit ? limit : old - 1; });
}

template <typename T>
T atomicCAS(T* place, std::common_type_t<T> expected, std::common_type_t<T> value) {
  return convlens_atomic::change(place, [=](T old) -> T { return old == expected ? value : old; });
}
