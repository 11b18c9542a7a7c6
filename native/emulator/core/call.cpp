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
  code_ = failed(library, needs, fault);
  call_depth()++;
}

int Call::failed(Library library, Needs needs, const Fault& fault) {
  Emulator& emulator = Emulator::get();
  Device* device = context_ == nullptr ? nullptr : emulator.device(context_->device());
  if (fault.code != 0) {
    if (fault.sticky && context_ != nullptr)
      context_->sticky = library == Library::kDriver ? fault.code : kLaunchFailed;
    return fault.code;
  }
  if (needs == Needs::kNothing) return 0;
  if (!emulator.initialised && library == Library::kDriver) return kNotInitialized;
  if (needs == Needs::kInitialisation) return 0;
  if (context_ == nullptr) return not_initialised(library, kInvalidContext);
  if (!context_->active()) return not_initialised(library, kContextIsDestroyed);
  if (device != nullptr && device->lost_after >= 0 && device->lost == 0 && device->lost_after-- == 0) {
    context_->sticky = device->lost = device->lost_code;
  }
  return in_codes_of(library, context_->sticky);
}

int Call::finished() const { return in_codes_of(library_, context_->sticky); }

Call::~Call() {
  if (--call_depth() > 0) return;
  Emulator& emulator = Emulator::get();
  emulator.progress();
  emulator.memory().close();
}

}  // namespace convlens::emulator
