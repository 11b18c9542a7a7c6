// One call into any of the emulated libraries, from its entry to its return.
#pragma once

#include <mutex>

#include "codes.h"
#include "emulator.h"

namespace convlens::emulator {

enum class Library { kDriver, kRuntime, kBlas, kDnn };

enum class Needs {
  kNothing,         // answers even before cuInit and in a context that has failed
  kInitialisation,  // cuInit
  kContext,         // a current context that has not failed
};

// Holds the emulator's lock.
class Call {
 public:
  Call(Library library, const char* function, Needs needs);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // What the call must return at once, in its library's codes; 0: go on.
  int code() const { return code_; }
  Context& context() const { return *context_; }
  // After work has run: the context's error in the library's codes, or 0.
  int finished() const;
  // What a function that frees or destroys returns. It does so even where it must fail, as such functions report errors
  // of earlier work; whoever called it has done his part.
  int released(int status) const { return status != 0 ? status : released_; }

 private:
  bool can_run(Needs needs) const;
  int failed(Needs needs, const Fault& fault);

  std::unique_lock<std::recursive_mutex> lock_;
  Library library_;
  Context* context_ = nullptr;
  int code_ = 0;
  int released_ = 0;
};

// The context that is current on the calling thread, or null.
Context*& current_context();

// How many calls the thread is in: those that the emulated libraries make among themselves are not the user's.
int& call_depth();

}  // namespace convlens::emulator

// At the head of an exported function that returns the status type: fails as it is told to.
#define CONVLENS_CALL(library, needs, Status)                                       \
  ::convlens::emulator::Call call(::convlens::emulator::Library::library, __func__, \
                                  ::convlens::emulator::Needs::needs);              \
  if (call.code() != 0) return static_cast<Status>(call.code())
