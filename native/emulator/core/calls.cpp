#include "calls.h"

#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace convlens::emulator {
namespace {

constexpr size_t kMostKept = 1 << 20;  // names in order: as many as anybody will let fail one by one

}  // namespace

Fault Calls::enter(const char* function) {
  counts_[function]++;
  total_++;
  if (sequence_.size() < kMostKept) sequence_.push_back(function);
  Fault struck{"", 0, 0, false};
  for (Fault& fault : faults_) {
    if (fault.countdown > 0 && (fault.function.empty() || fault.function == function) && --fault.countdown == 0 &&
        struck.code == 0) {
      struck = fault;
    }
  }
  return struck;
}

void Calls::note_kernel(const std::string& name) {
  const size_t begin = name.find_first_not_of("( ");
  if (begin == std::string::npos) return;
  counts_[name.substr(begin, name.find_first_of("<) ", begin) - begin)]++;
}

void Calls::fail(const std::string& list) {
  std::stringstream entries(list);
  std::string entry;
  while (std::getline(entries, entry, ',')) {
    char function[128];
    long long nth;
    int code;
    if (std::sscanf(entry.c_str(), "%127[^:]:%lld:%d", function, &nth, &code) != 3) {
      std::fprintf(stderr, "convlens emulator: CONVLENS_EMULATOR_FAULTS: %s: FUNCTION:NTH:CODE is wanted\n",
                   entry.c_str());
      std::exit(2);
    }
    fail(Fault{std::string(function) == "*" ? "" : function, nth, code, false});
  }
}

void Calls::clear_counts() {
  counts_.clear();
  sequence_.clear();
  total_ = 0;
}

int64_t Calls::count(const std::string& function) const {
  if (function.empty()) return total();
  const auto found = counts_.find(function);
  return found == counts_.end() ? 0 : found->second;
}

const char* Calls::name(int64_t index) const {
  return index >= 0 && index < static_cast<int64_t>(sequence_.size()) ? sequence_[static_cast<size_t>(index)] : nullptr;
}

}  // namespace convlens::emulator
