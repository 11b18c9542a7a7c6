// Shuffles, votes and the barrier of a warp. All lanes named by the mask must take part, as on a GPU.
#pragma once

#include <cstdint>
#include <cstring>

#include "thread.h"

#pragma GCC visibility push(default)
extern "C" {
// Waits for the mask's lanes, each bringing a value; returns the 32 values brought. They stay valid until the calling
// thread's next exchange.
const uint64_t* convlens_warp_exchange(unsigned mask, uint64_t value);
unsigned convlens_lane(void);
}
#pragma GCC visibility pop

namespace convlens_warp {

template <typename T>
uint64_t bits(T value) {
  static_assert(sizeof(T) <= sizeof(uint64_t), "a lane exchanges at most 8 bytes");
  uint64_t word = 0;
  std::memcpy(&word, &value, sizeof(T));
  return word;
}

template <typename T>
T value(uint64_t word) {
  T result;
  std::memcpy(&result, &word, sizeof(T));
  return result;
}

// The value of the source lane, or one's own where that lies outside [first, last] (CUDA's rule for short warps).
template <typename T>
T shuffle(unsigned mask, T own, int source, int first, int last) {
  const uint64_t* all = convlens_warp_exchange(mask, bits(own));
  return source < first || source > last ? own : value<T>(all[source]);
}

}  // namespace convlens_warp

template <typename T>
T __shfl_sync(unsigned mask, T own, int source, int width = 32) {
  const int first = static_cast<int>(convlens_lane()) & ~(width - 1);
  return convlens_warp::shuffle(mask, own, first + (source & (width - 1)), first, first + width - 1);
}

template <typename T>
T __shfl_up_sync(unsigned mask, T own, unsigned delta, int width = 32) {
  const int lane = static_cast<int>(convlens_lane());
  const int first = lane & ~(width - 1);
  return convlens_warp::shuffle(mask, own, lane - static_cast<int>(delta), first, first + width - 1);
}

template <typename T>
T __shfl_down_sync(unsigned mask, T own, unsigned delta, int width = 32) {
  const int lane = static_cast<int>(convlens_lane());
  const int first = lane & ~(width - 1);
  return convlens_warp::shuffle(mask, own, lane + static_cast<int>(delta), first, first + width - 1);
}

template <typename T>
T __shfl_xor_sync(unsigned mask, T own, int flip, int width = 32) {
  const int lane = static_cast<int>(convlens_lane());
  const int last = (lane & ~(width - 1)) + width - 1;
  return convlens_warp::shuffle(mask, own, lane ^ flip, 0, last);
}

inline unsigned __ballot_sync(unsigned mask, int predicate) {
  const uint64_t* all = convlens_warp_exchange(mask, predicate != 0);
  unsigned votes = 0;
  for (unsigned lane = 0; lane < 32; lane++) {
    if ((mask >> lane & 1) != 0 && all[lane] != 0) votes |= 1u << lane;
  }
  return votes;
}

inline int __any_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) != 0; }
inline int __all_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) == mask; }
inline void __syncwarp(unsigned mask = 0xffffffffu) { convlens_warp_exchange(mask, 0); }
// The lanes that run together here: a thread runs alone on the emulator, which CUDA allows.
inline unsigned __activemask() { return 1u << convlens_lane(); }

inline int __popc(unsigned word) { return __builtin_popcount(word); }
inline int __popcll(unsigned long long word) { return __builtin_popcountll(word); }
inline int __clz(int word) { return word == 0 ? 32 : __builtin_clz(static_cast<unsigned>(word)); }
inline int __ffs(int word) { return __builtin_ffs(word); }

template <typename T>
unsigned __match_any_sync(unsigned mask, T own) {
  const uint64_t* all = convlens_warp_exchange(mask, convlens_warp::bits(own));
  unsigned same = 0;
  for (unsigned lane = 0; lane < 32; lane++) {
    if ((mask >> lane & 1) != 0 && all[lane] == convlens_warp::bits(own)) same |= 1u << lane;
  }
  return same;
}

template <typename T, typename Join>
T __convlens_reduce(unsigned mask, T own, Join join) {
  const uint64_t* all = convlens_warp_exchange(mask, convlens_warp::bits(own));
  T result = own;
  for (unsigned lane = 0; lane < 32; lane++) {
    if ((mask >> lane & 1) != 0 && lane != convlens_lane()) result = join(result, convlens_warp::value<T>(all[lane]));
  }
  return result;
}

inline int __reduce_add_sync(unsigned mask, int own) {
  return __convlens_reduce(mask, own, [](int a, int b) { return a + b; });
}
inline int __reduce_min_sync(unsigned mask, int own) {
  return __convlens_reduce(mask, own, [](int a, int b) { return a < b ? a : b; });
}
inline int __reduce_max_sync(unsigned mask, int own) {
  return __convlens_reduce(mask, own, [](int a, int b) { return a > b ? a : b; });
}
