/* A few floats that are read and written in one access of 4 or 16 bytes. */
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>

namespace convlens {

template <int V>
struct alignas(V * sizeof(float)) Vec {
  float at[V];
};

template <int V>
__device__ inline Vec<V> load(const float* from) {
  return *reinterpret_cast<const Vec<V>*>(from);
}

template <int V>
__device__ inline void store(float* to, const Vec<V>& value) {
  *reinterpret_cast<Vec<V>*>(to) = value;
}

template <int V>
__device__ inline Vec<V> splat(float value) {
  Vec<V> vec;
#pragma unroll
  for (int lane = 0; lane < V; lane++) {
    vec.at[lane] = value;
  }
  return vec;
}

/** Whether the address is that of a Vec<4>; null is. */
inline bool is_aligned(const void* pointer) {
  return reinterpret_cast<uintptr_t>(pointer) % 16 == 0;
}

/** Whether all are multiples of 4. */
inline bool by_fours(int64_t a) { return a % 4 == 0; }

template <class... Rest>
bool by_fours(int64_t a, Rest... rest) {
  return by_fours(a) && by_fours(rest...);
}

}  // namespace convlens
