#include "reports.h"

#include <cstdio>

namespace convlens::emulator {
namespace {

constexpr size_t kMostTexts = 1000;  // a bug in a loop repeats itself; the counts go on

const char* const kNames[CONVLENS_EMULATOR_KINDS] = {
    "out of bounds",      "use after free", "bad free",     "leak",    "uninitialised",
    "out-of-bounds read", "host access",    "wrong device", "barrier", "wrong use"};

}  // namespace

void Reports::add(convlens_emulator_kind kind, const std::string& text) {
  counts_[kind]++;
  if (texts_.size() >= kMostTexts) return;
  texts_.push_back(std::string(kNames[kind]) + ": " + text);
  if (!quiet_) std::fprintf(stderr, "convlens emulator: %s\n", texts_.back().c_str());
}

int64_t Reports::count(int kind) const {
  if (kind >= 0) return kind < CONVLENS_EMULATOR_KINDS ? counts_[kind] : 0;
  int64_t sum = 0;
  for (int64_t count : counts_) sum += count;
  return sum;
}

const char* Reports::text(int64_t index) const {
  return index >= 0 && index < static_cast<int64_t>(texts_.size()) ? texts_[static_cast<size_t>(index)].c_str()
                                                                   : nullptr;
}

void Reports::clear() {
  for (int64_t& count : counts_) count = 0;
  texts_.clear();
}

}  // namespace convlens::emulator
