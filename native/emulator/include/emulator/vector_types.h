// CUDA's short vectors and dim3, with CUDA's sizes and alignments.
#pragma once

#include <cstddef>
#include <cstdint>

#define CONVLENS_VECTORS(T, name, align1, align2, align4)            \
  struct alignas(align1) name##1 {                                   \
    T x;                                                             \
  };                                                                 \
  struct alignas(align2) name##2 {                                   \
    T x, y;                                                          \
  };                                                                 \
  struct name##3 {                                                   \
    T x, y, z;                                                       \
  };                                                                 \
  struct alignas(align4) name##4 {                                   \
    T x, y, z, w;                                                    \
  };                                                                 \
  inline name##1 make_##name##1(T x) { return {x}; }                 \
  inline name##2 make_##name##2(T x, T y) { return {x, y}; }         \
  inline name##3 make_##name##3(T x, T y, T z) { return {x, y, z}; } \
  inline name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }

CONVLENS_VECTORS(signed char, char, 1, 2, 4)
CONVLENS_VECTORS(unsigned char, uchar, 1, 2, 4)
CONVLENS_VECTORS(short, short, 2, 4, 8)
CONVLENS_VECTORS(unsigned short, ushort, 2, 4, 8)
CONVLENS_VECTORS(int, int, 4, 8, 16)
CONVLENS_VECTORS(unsigned int, uint, 4, 8, 16)
CONVLENS_VECTORS(long long, longlong, 8, 16, 16)
CONVLENS_VECTORS(unsigned long long, ulonglong, 8, 16, 16)
CONVLENS_VECTORS(float, float, 4, 8, 16)
CONVLENS_VECTORS(double, double, 8, 16, 16)
#undef CONVLENS_VECTORS

struct dim3 {
  unsigned int x, y, z;
  constexpr dim3(unsigned int x = 1, unsigned int y = 1, unsigned int z = 1) : x(x), y(y), z(z) {}
  constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
  operator uint3() const { return {x, y, z}; }
};
