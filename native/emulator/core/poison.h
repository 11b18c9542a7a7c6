// The patterns that fill memory before anybody wrote it. Each 2, 4 and 8 bytes are NaN as half, bfloat16, float and
// double, and far out of range as a signed index; x86 arithmetic keeps a NaN's payload, so that a result still says
// where it came from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace convlens::emulator {

constexpr uint32_t kUnwritten = 0xffd1ffd1;  // an allocation, or shared memory, that nobody wrote
constexpr uint32_t kFence = 0xffe5ffe5;      // beside an allocation
constexpr uint32_t kOnItsWay = 0xffc9ffc9;   // a download that has not arrived

// Fills [begin, begin + bytes); the pattern's phase follows the address, so that neighbouring fills fit together.
inline void fill(void* begin, size_t bytes, uint32_t pattern) {
  auto* at = static_cast<unsigned char*>(begin);
  auto* end = at + bytes;
  const auto* phases = reinterpret_cast<const unsigned char*>(&pattern);
  while (at < end && reinterpret_cast<uintptr_t>(at) % 4 != 0) {
    *at = phases[reinterpret_cast<uintptr_t>(at) % 4];
    at++;
  }
  auto* word = reinterpret_cast<uint32_t*>(at);
  auto* last = word + (end - at) / 4;
  while (word < last) *word++ = pattern;
  for (at = reinterpret_cast<unsigned char*>(word); at < end; at++) *at = phases[reinterpret_cast<uintptr_t>(at) % 4];
}

// The first byte that differs from the pattern, or null.
inline const unsigned char* differing(const void* begin, size_t bytes, uint32_t pattern) {
  const auto* at = static_cast<const unsigned char*>(begin);
  const auto* phases = reinterpret_cast<const unsigned char*>(&pattern);
  for (size_t i = 0; i < bytes; i++) {
    if (reinterpret_cast<uintptr_t>(at + i) % 4 == 0) {
      uint32_t word;
      while (i + 4 <= bytes && (std::memcpy(&word, at + i, 4), word == pattern)) i += 4;
      if (i == bytes) break;
    }
    if (at[i] != phases[reinterpret_cast<uintptr_t>(at + i) % 4]) return at + i;
  }
  return nullptr;
}

}  // namespace convlens::emulator
