// Number formats of NVIDIA's libraries, and rounding to them.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace convlens::emulator {

enum class Format { kFloat, kDouble, kHalf, kBfloat16 };

// To what tensor cores round the operands of a product.
enum class Rounding { kNone, kTf32, kHalf, kBfloat16 };

inline size_t bytes_of(Format format) { return format == Format::kDouble ? 8 : format == Format::kFloat ? 4 : 2; }

namespace number {

inline uint32_t bits(float value) {
  uint32_t result;
  std::memcpy(&result, &value, 4);
  return result;
}

inline float from_bits(uint32_t word) {
  float result;
  std::memcpy(&result, &word, 4);
  return result;
}

// Rounds to the nearest number, ties to even, with so many low bits of the mantissa gone. NaN and infinity stay.
inline float without_bits(float value, int count) {
  const uint32_t word = bits(value);
  if ((word & 0x7f800000u) == 0x7f800000u) return value;
  const uint32_t half = (1u << (count - 1)) - 1 + (word >> count & 1);
  return from_bits((word + half) >> count << count);
}

// Half by the compiler's own type.
inline float from_half(uint16_t word) {
  _Float16 half;
  std::memcpy(&half, &word, 2);
  return static_cast<float>(half);
}

inline uint16_t to_half(float value) {
  const _Float16 half = static_cast<_Float16>(value);
  uint16_t word;
  std::memcpy(&word, &half, 2);
  return word;
}

}  // namespace number

inline float rounded(float value, Rounding rounding) {
  switch (rounding) {
    case Rounding::kTf32:
      return number::without_bits(value, 13);
    case Rounding::kBfloat16:
      return number::without_bits(value, 16);
    case Rounding::kHalf:
      return number::from_half(number::to_half(value));
    default:
      return value;
  }
}

inline float load(const void* array, int64_t index, Format format) {
  switch (format) {
    case Format::kDouble:
      return static_cast<float>(static_cast<const double*>(array)[index]);
    case Format::kHalf:
      return number::from_half(static_cast<const uint16_t*>(array)[index]);
    case Format::kBfloat16:
      return number::from_bits(static_cast<uint32_t>(static_cast<const uint16_t*>(array)[index]) << 16);
    default:
      return static_cast<const float*>(array)[index];
  }
}

inline void store(void* array, int64_t index, Format format, float value) {
  switch (format) {
    case Format::kDouble:
      static_cast<double*>(array)[index] = value;
      return;
    case Format::kHalf:
      static_cast<uint16_t*>(array)[index] = number::to_half(value);
      return;
    case Format::kBfloat16:
      static_cast<uint16_t*>(array)[index] = static_cast<uint16_t>(number::bits(number::without_bits(value, 16)) >> 16);
      return;
    default:
      static_cast<float*>(array)[index] = value;
  }
}

// An array as floats: itself where it is one and nothing is rounded, else a copy.
class Floats {
 public:
  Floats(const void* array, int64_t count, Format format, Rounding rounding) {
    if (format == Format::kFloat && rounding == Rounding::kNone) {
      data_ = static_cast<const float*>(array);
      return;
    }
    copy_.resize(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; i++) copy_[static_cast<size_t>(i)] = rounded(load(array, i, format), rounding);
    data_ = copy_.data();
  }

  const float* data() const { return data_; }

 private:
  std::vector<float> copy_;
  const float* data_;
};

}  // namespace convlens::emulator
