// What the emulator noticed, kept in the order of its happening.
#pragma once

#include <deque>
#include <string>

#include "../include/convlens_emulator.h"

namespace convlens::emulator {

class Reports {
 public:
  void add(convlens_emulator_kind kind, const std::string& text);
  int64_t count(int kind) const;
  const char* text(int64_t index) const;
  void clear();
  void set_quiet(bool quiet) { quiet_ = quiet; }

 private:
  int64_t counts_[CONVLENS_EMULATOR_KINDS] = {};
  std::deque<std::string> texts_;  // a deque, so that texts handed out stay where they are
  bool quiet_ = false;
};

}  // namespace convlens::emulator
