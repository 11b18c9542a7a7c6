// Calls counted by name, and those that are to fail.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace convlens::emulator {

struct Fault {
  std::string function;  // empty: any
  int64_t countdown;     // it strikes when this reaches 0
  int code;
  bool sticky;
};

class Calls {
 public:
  // Counts a call; the fault that strikes it, with code 0 if none does.
  Fault enter(const char* function);

  // Counts a kernel of ours under its function's name, without a template's arguments; it is no call of its own.
  void note_kernel(const std::string& name);

  void fail(const Fault& fault) { faults_.push_back(fault); }
  // FUNCTION:NTH:CODE, separated by commas; FUNCTION may be *.
  void fail(const std::string& list);
  void clear_faults() { faults_.clear(); }
  void clear_counts();

  int64_t count(const std::string& function) const;
  const char* name(int64_t index) const;
  int64_t total() const { return total_; }

 private:
  std::map<std::string, int64_t> counts_;
  std::vector<const char*> sequence_;  // of the first calls: see kMostKept
  int64_t total_ = 0;
  std::vector<Fault> faults_;
};

}  // namespace convlens::emulator
