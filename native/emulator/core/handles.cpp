#include "handles.h"

#include <algorithm>

namespace convlens::emulator {

std::vector<Entry> Handles::take(int device) {
  std::vector<Entry> taken;
  for (auto it = handles_.begin(); it != handles_.end();) {
    if (it->second.device == device) {
      taken.push_back(it->second);
      it = handles_.erase(it);
    } else {
      ++it;
    }
  }
  std::sort(taken.begin(), taken.end(), [](const Entry& a, const Entry& b) { return a.made_by < b.made_by; });
  return taken;
}

}  // namespace convlens::emulator
