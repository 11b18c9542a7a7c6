// Objects that callers hold by address: streams, events, graphs, library handles, descriptors.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace convlens::emulator {

struct Entry {
  std::string kind;
  int device;  // kHost where it belongs to none
  uint64_t made_by;

  std::string text() const { return kind + ", made by call " + std::to_string(made_by); }
};

class Handles {
 public:
  void add(const void* object, const std::string& kind, int device, uint64_t call) {
    handles_[object] = Entry{kind, device, call};
  }
  void remove(const void* object) { handles_.erase(object); }
  bool holds(const void* object, const std::string& kind) const {
    const auto found = handles_.find(object);
    return found != handles_.end() && found->second.kind == kind;
  }
  // Those of a device, the oldest first; they are forgotten.
  std::vector<Entry> take(int device);
  const std::map<const void*, Entry>& all() const { return handles_; }

 private:
  std::map<const void*, Entry> handles_;
};

}  // namespace convlens::emulator
