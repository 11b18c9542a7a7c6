// Primary contexts, and which of them is current on a thread.
#include <vector>

#include "driver_types.h"

using namespace convlens::emulator;

namespace {

std::vector<Context*>& stack() {
  static thread_local std::vector<Context*> contexts;
  return contexts;
}

// Null where the handle is no device's primary context.
Context* context_of(const void* handle) {
  for (size_t number = 0; number < Emulator::get().devices(); number++) {
    Context* context = &Emulator::get().device(static_cast<int>(number))->context;
    if (context == handle) return context;
  }
  return nullptr;
}

}  // namespace

CONVLENS_EXPORT CUresult cuDevicePrimaryCtxRetain(void** context, CUdevice device) {
  CONVLENS_CALL(kDriver, kInitialisation, CUresult);
  if (context == nullptr) return kInvalidValue;
  Device* found = Emulator::get().device(device);
  if (found == nullptr) return kInvalidDevice;
  if (found->lost != 0) return found->lost;
  found->context.retained++;
  *context = &found->context;
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
  CONVLENS_CALL(kDriver, kInitialisation, CUresult);
  Device* found = Emulator::get().device(device);
  if (found == nullptr) return kInvalidDevice;
  if (!found->context.active()) return kInvalidContext;
  if (found->context.retained > 1) {
    found->context.retained--;
    return call.released(kSuccess);
  }
  if (found->context.sticky == 0) Emulator::get().complete(found->context);
  Emulator::get().destroy(found->context, true);
  return call.released(kSuccess);
}

CONVLENS_EXPORT CUresult cuDevicePrimaryCtxRelease(CUdevice device) { return cuDevicePrimaryCtxRelease_v2(device); }

CONVLENS_EXPORT CUresult cuDevicePrimaryCtxReset_v2(CUdevice device) {
  CONVLENS_CALL(kDriver, kInitialisation, CUresult);
  Device* found = Emulator::get().device(device);
  if (found == nullptr) return kInvalidDevice;
  // What still lives is lost, as the caller asked; who retained it must release it no more.
  Emulator::get().destroy(found->context, false);
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuDevicePrimaryCtxReset(CUdevice device) { return cuDevicePrimaryCtxReset_v2(device); }

CONVLENS_EXPORT CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice device, unsigned flags) {
  CONVLENS_CALL(kDriver, kInitialisation, CUresult);
  Device* found = Emulator::get().device(device);
  if (found == nullptr) return kInvalidDevice;
  found->context.flags = flags;
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned* flags, int* active) {
  CONVLENS_CALL(kDriver, kInitialisation, CUresult);
  Device* found = Emulator::get().device(device);
  if (found == nullptr) return kInvalidDevice;
  if (flags != nullptr) *flags = found->context.flags;
  if (active != nullptr) *active = found->context.active();
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuCtxSetCurrent(void* context) {
  CONVLENS_CALL(kDriver, kInitialisation, CUresult);
  Context* found = context_of(context);
  if (context != nullptr && found == nullptr) return kInvalidContext;
  current_context() = found;
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuCtxGetCurrent(void** context) {
  CONVLENS_CALL(kDriver, kInitialisation, CUresult);
  if (context == nullptr) return kInvalidValue;
  *context = current_context();
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuCtxPushCurrent_v2(void* context) {
  CONVLENS_CALL(kDriver, kInitialisation, CUresult);
  Context* found = context_of(context);
  if (found == nullptr) return kInvalidContext;
  stack().push_back(current_context());
  current_context() = found;
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuCtxPopCurrent_v2(void** context) {
  CONVLENS_CALL(kDriver, kInitialisation, CUresult);
  if (current_context() == nullptr) return kInvalidContext;
  if (context != nullptr) *context = current_context();
  current_context() = stack().empty() ? nullptr : stack().back();
  if (!stack().empty()) stack().pop_back();
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuCtxGetDevice(CUdevice* device) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  if (device == nullptr) return kInvalidValue;
  *device = call.context().device();
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuCtxGetFlags(unsigned* flags) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  if (flags == nullptr) return kInvalidValue;
  *flags = call.context().flags;
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuCtxGetStreamPriorityRange(int* least, int* greatest) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  if (least != nullptr) *least = 0;
  if (greatest != nullptr) *greatest = -5;
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuCtxSynchronize() {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  if (call.context().captures()) return kStreamCaptureUnsupported;
  Emulator::get().complete(call.context());
  return call.finished();
}
