// Stacks to run a kernel's threads on, and switching between them.
#pragma once

#include <cstddef>

namespace convlens::emulator {

// A stack and where on it execution goes on. Destroying one abandons whatever it was doing.
class Fiber {
 public:
  explicit Fiber(void (*entry)());
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // From outside: goes on with the fiber until it leaves.
  void enter();
  // From inside: back to where the fiber was entered.
  static void leave();
  // The next enter() begins at the entry again.
  void restart();

 private:
  void (*entry_)();
  char* stack_;
  char* begin_;  // where it grows down from
  void* place_ = nullptr;
};

}  // namespace convlens::emulator
