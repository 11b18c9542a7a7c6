#include "call.h"

#include "faults.h"

namespace convlens::emulator {
namespace {

// A context's error as each library says it: CUBLAS_STATUS_EXECUTION_FAILED, CUDNN_STATUS_EXECUTION_FAILED.
int in_codes_of(Library library, int driver_code) {
  if (driver_code == 0) return 0;
  switch (library) {
    case Library::kBlas:
      return 13;
    case Library::kDnn:
      return 5000;
    default:
      return driver_code;
  }
}

// CUBLAS_STATUS_NOT_INITIALIZED and CUDNN_STATUS_NOT_INITIALIZED; the runtime says that no device could be set up.
int not_initialised(Library library, int driver_code) {
  switch (library) {
    case Library::kBlas:
      return 1;
    case Library::kDnn:
      return 1001;
    default:
      return driver_code;
  }
}

// Functions that undo something.
bool releases(const std::string& function) {
  for (const char* part : {"Free", "Destroy", "Release"}) {
    if (function.find(part) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

int& call_depth() {
  static thread_local int depth = 0;
  return depth;
}

Context*& current_context() {
  static thread_local Context* context = nullptr;
  return context;
}

Call::Call(Library library, const char* function, Needs needs)
    : lock_(Emulator::get().lock()), library_(library), context_(current_context()) {
  catch_faults();
  const Fault fault = call_depth() > 0 ? Fault{"", 0, 0, false} : Emulator::get().calls().enter(function);
  const int code = failed(needs, fault);
  (code == 0 || !releases(function) || !can_run(needs) ? code_ : released_) = code;
  call_depth()++;
}

int Call::failed(Needs needs, const Fault& fault) {
  Emulator& emulator = Emulator::get();
  Device* device = context_ == nullptr ? nullptr : emulator.device(context_->device());
  if (fault.code != 0) {
    if (fault.sticky && context_ != nullptr) {
      context_->sticky = library_ == Library::kDriver ? fault.code : kLaunchFailed;
    }
    return fault.code;
  }
  if (needs == Needs::kNothing) return 0;
  if (!emulator.initialised && library_ == Library::kDriver) return kNotInitialized;
  if (needs == Needs::kInitialisation) return 0;
  if (context_ == nullptr) return not_initialised(library_, kInvalidContext);
  if (!context_->active()) return not_initialised(library_, kContextIsDestroyed);
  if (device != nullptr && device->lost_after >= 0 && device->lost == 0 && device->lost_after-- == 0) {
    context_->sticky = device->lost = device->lost_code;
  }
  return in_codes_of(library_, context_->sticky);
}

// Whether what the function needs is there, apart from errors.
bool Call::can_run(Needs needs) const {
  return needs == Needs::kNothing ||
         (Emulator::get().initialised && (needs != Needs::kContext || (context_ != nullptr && context_->active())));
}

int Call::finished() const { return in_codes_of(library_, context_->sticky); }

Call::~Call() {
  if (--call_depth() > 0) return;
  Emulator::get().end_call();
}

}  // namespace convlens::emulator
