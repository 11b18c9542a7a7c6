// Lanes of a warp that exchange a word each.
#pragma once

#include <cstdint>

namespace convlens::emulator {

// One exchange: lanes of a mask bring a word each, all see all once the last has come. Words of two exchanges are kept,
// so that a lane may bring its next word while others still read.
struct Exchange {
  unsigned mask = 0;
  unsigned arrived = 0;
  unsigned readers = 0;  // lanes that have not yet gone on after the last one
  uint64_t done = 0;     // exchanges completed
  uint64_t words[2][32];
};

// A warp's exchanges by mask: parts of a warp may exchange apart from each other.
struct Warp {
  static constexpr int kMostGroups = 8;
  Exchange groups[kMostGroups];

  // The exchange of the mask's lanes; null where a warp is divided into more parts than are kept.
  Exchange* group(unsigned mask) {
    Exchange* idle = nullptr;
    for (Exchange& group : groups) {
      if (group.mask == mask) return &group;
      if (group.arrived == 0 && group.readers == 0 && idle == nullptr) idle = &group;
    }
    if (idle != nullptr) idle->mask = mask;
    return idle;
  }
};

}  // namespace convlens::emulator
