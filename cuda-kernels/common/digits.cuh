/* The number at a rank, found digit by digit from counts of keys, so that nothing is moved. */
#pragma once

#include "sum.cuh"

namespace convlens {

constexpr int kDigitBits = 8;
constexpr int kDigits = 1 << kDigitBits;

/** What is known of a number: its leading digits, and its rank among those that share them. */
struct Candidate {
  uint32_t key;
  int rank;
  int count;  // of those that have the same digits
};

/** Whether a key begins with the digits that are known before the one at a shift. */
__device__ inline bool shares_digits(uint32_t key, uint32_t known, int shift) {
  // A shift by all 32 bits is none: the first time nothing is known.
  return shift == 32 - kDigitBits || (key ^ known) >> (shift + kDigitBits) == 0;
}

__device__ inline int digit_of(uint32_t key, int shift) {
  return static_cast<int>(key >> shift & (kDigits - 1));
}

/** Finds, by a warp, the digit at which the rank is reached. */
__device__ inline void choose_digit(const int* counts, Candidate& candidate, int shift) {
  constexpr int kEach = kDigits / kWarp;
  int lane = static_cast<int>(threadIdx.x) % kWarp;
  int own = 0;
  for (int i = 0; i < kEach; i++) {
    own += counts[lane * kEach + i];
  }
  int upto = own;
  for (int distance = 1; distance < kWarp; distance *= 2) {
    int other = __shfl_up_sync(kAllLanes, upto, distance);
    upto += lane >= distance ? other : 0;
  }
  int below = upto - own;
  int rank = candidate.rank;
  uint32_t key = candidate.key;
  __syncwarp();
  if (below <= rank && rank < upto) {
    int digit = lane * kEach;
    while (below + counts[digit] <= rank) {
      below += counts[digit++];
    }
    candidate = {key | static_cast<uint32_t>(digit) << shift, rank - below, counts[digit]};
  }
}

}  // namespace convlens
