/*
 * Normal noise by counter, io.convlens.device.CounterNoise's to the last bit: sums of products are
 * written as fma, so that no compiler joins or parts them.
 */
#pragma once

#include <cuda_runtime.h>
#include <math.h>
#include <stdint.h>

namespace convlens {

/** SplitMix64's output function: Steele et al., 2014. */
__device__ inline uint64_t mixed(uint64_t z) {
  uint64_t a = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  uint64_t b = (a ^ (a >> 27)) * 0x94d049bb133111ebull;
  return b ^ (b >> 31);
}

template <int N>
__device__ inline double series(const double (&coefficients)[N], double x) {
  double sum = coefficients[N - 1];
#pragma unroll
  for (int i = N - 2; i >= 0; i--) {
    sum = fma(sum, x, coefficients[i]);
  }
  return sum;
}

/** ln(k * 2^-53) for k from 1 to 2^53: with k = m * 2^e, ln m is 2*artanh((m - 1)/(m + 1)). */
__device__ inline double log_of(int64_t k) {
  constexpr double kArtanh[] = {1,        1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9, 1.0 / 11,
                                1.0 / 13, 1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21};
  constexpr double kLogOfTwo = 0.6931471805599453;
  int exponent = 63 - __clzll(k);
  double m = scalbn(static_cast<double>(k), -exponent);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent++;
  }
  double f = (m - 1) / (m + 1);
  return fma(static_cast<double>(exponent - 53), kLogOfTwo, 2 * f * series(kArtanh, f * f));
}

/** cos(2*pi * k * 2^-53): of the rest to the nearest quarter turn. */
__device__ inline double cosine_of_turn(int64_t k) {
  constexpr double kCosine[] = {1,
                                -1.0 / 2,
                                1.0 / 24,
                                -1.0 / 720,
                                1.0 / 40320,
                                -1.0 / 3628800,
                                1.0 / 479001600,
                                -1.0 / 87178291200.0,
                                1.0 / 20922789888000.0};
  constexpr double kSine[] = {1,
                              -1.0 / 6,
                              1.0 / 120,
                              -1.0 / 5040,
                              1.0 / 362880,
                              -1.0 / 39916800,
                              1.0 / 6227020800.0,
                              -1.0 / 1307674368000.0,
                              1.0 / 355687428096000.0};
  double quarters = static_cast<double>(k) * 0x1p-51;
  double nearest = floor(quarters + 0.5);
  double angle = (quarters - nearest) * 1.5707963267948966;
  double square = angle * angle;
  int quarter = static_cast<int>(nearest) & 3;
  double value = (quarter & 1) == 0 ? series(kCosine, square) : angle * series(kSine, square);
  return quarter == 1 || quarter == 2 ? -value : value;
}

/** The number of a sample's element, by Box and Muller's transform. */
__device__ inline double normal(uint64_t key, int64_t sample, int64_t element) {
  constexpr uint64_t kStep = 0x9e3779b97f4a7c15ull;
  constexpr int kSampleShift = 36;
  uint64_t counter =
      2 * ((static_cast<uint64_t>(sample) << kSampleShift) + static_cast<uint64_t>(element));
  int64_t of_radius = static_cast<int64_t>(mixed(key + counter * kStep) >> 11) + 1;
  int64_t of_angle = static_cast<int64_t>(mixed(key + (counter + 1) * kStep) >> 11) + 1;
  return sqrt(-2 * log_of(of_radius)) * cosine_of_turn(of_angle);
}

}  // namespace convlens
