// Half precision as kernels use it: conversions, and arithmetic that is computed in float and rounded.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

struct __half {
  _Float16 value;
};
typedef __half half;

struct alignas(4) __half2 {
  __half x, y;
};
typedef __half2 half2;

inline __half __float2half_rn(float x) { return {static_cast<_Float16>(x)}; }
inline __half __float2half(float x) { return __float2half_rn(x); }
inline float __half2float(__half x) { return static_cast<float>(x.value); }
inline __half2 __floats2half2_rn(float x, float y) { return {__float2half_rn(x), __float2half_rn(y)}; }
inline float __low2float(__half2 v) { return __half2float(v.x); }
inline float __high2float(__half2 v) { return __half2float(v.y); }

inline unsigned short __half_as_ushort(__half x) {
  unsigned short word;
  std::memcpy(&word, &x, sizeof word);
  return word;
}
inline __half __ushort_as_half(unsigned short word) {
  __half x;
  std::memcpy(&x, &word, sizeof word);
  return x;
}

inline __half __hadd(__half a, __half b) { return __float2half_rn(__half2float(a) + __half2float(b)); }
inline __half __hmul(__half a, __half b) { return __float2half_rn(__half2float(a) * __half2float(b)); }
inline __half __hfma(__half a, __half b, __half c) {
  return __float2half_rn(std::fma(__half2float(a), __half2float(b), __half2float(c)));
}
