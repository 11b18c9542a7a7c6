// Memory: device and pinned.
#include "../core/memory.h"

#include <algorithm>

#include "../core/poison.h"
#include "driver_types.h"

using namespace convlens::emulator;

namespace {

// A stream that captures in the global mode (0) forbids what could make the device wait.
bool capture_forbids(Call& call) {
  for (Stream* stream : call.context().streams()) {
    if (stream->capturing != nullptr && stream->capture_mode == 0) {
      stream->capture_invalid = true;
      return true;
    }
  }
  return false;
}

int64_t free_bytes(const Device& device) {
  return std::max<int64_t>(0, device.settings.memory - Emulator::get().memory().live_bytes(device.context.device()));
}

CUresult allocate_pinned(Call&, void** memory, size_t bytes) {
  if (memory == nullptr || bytes == 0) return kInvalidValue;
  Emulator& emulator = Emulator::get();
  if (emulator.fail_allocations_from >= 0 && static_cast<int64_t>(bytes) >= emulator.fail_allocations_from) {
    return kOutOfMemory;
  }
  *memory = emulator.memory().allocate(kHost, bytes, emulator.call_number() - 1, next_name());
  return *memory == nullptr ? kOutOfMemory : kSuccess;
}

}  // namespace

CONVLENS_EXPORT CUresult cuMemAlloc_v2(CUdeviceptr* memory, size_t bytes) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  if (memory == nullptr || bytes == 0) return kInvalidValue;
  if (capture_forbids(call)) return kStreamCaptureUnsupported;
  Emulator& emulator = Emulator::get();
  const int number = call.context().device();
  if (static_cast<int64_t>(bytes) < 0 || static_cast<int64_t>(bytes) > free_bytes(*emulator.device(number))) {
    return kOutOfMemory;
  }
  if (emulator.fail_allocations_from >= 0 && static_cast<int64_t>(bytes) >= emulator.fail_allocations_from) {
    return kOutOfMemory;
  }
  char* data = emulator.memory().allocate(number, bytes, emulator.call_number() - 1, next_name());
  if (data == nullptr) return kOutOfMemory;
  *memory = reinterpret_cast<CUdeviceptr>(data);
  return kSuccess;
}

// As on a GPU, freeing waits for the device's work.
CONVLENS_EXPORT CUresult cuMemFree_v2(CUdeviceptr memory) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  if (memory == 0) return kSuccess;
  if (capture_forbids(call)) return kStreamCaptureUnsupported;
  Emulator& emulator = Emulator::get();
  emulator.complete(call.context());
  if (!emulator.memory().free(address(memory), false, emulator.call_number() - 1)) return kInvalidValue;
  return call.released(call.finished());
}

CONVLENS_EXPORT CUresult cuMemGetInfo_v2(size_t* free, size_t* total) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  const Device& device = *Emulator::get().device(call.context().device());
  if (free != nullptr) *free = static_cast<size_t>(free_bytes(device));
  if (total != nullptr) *total = static_cast<size_t>(device.settings.memory);
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuMemHostAlloc(void** memory, size_t bytes, unsigned) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  return allocate_pinned(call, memory, bytes);
}

CONVLENS_EXPORT CUresult cuMemAllocHost_v2(void** memory, size_t bytes) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  return allocate_pinned(call, memory, bytes);
}

CONVLENS_EXPORT CUresult cuMemFreeHost(void* memory) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  Emulator& emulator = Emulator::get();
  emulator.complete(call.context());
  if (!emulator.memory().free(memory, true, emulator.call_number() - 1)) return kInvalidValue;
  return call.released(call.finished());
}

CONVLENS_EXPORT CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr* pointer, void* memory, unsigned flags) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  const Allocation* found = Emulator::get().memory().find(memory);
  if (pointer == nullptr || flags != 0 || found == nullptr || found->device != kHost || found->freed) {
    return kInvalidValue;
  }
  *pointer = reinterpret_cast<CUdeviceptr>(memory);
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuMemGetAddressRange_v2(CUdeviceptr* begin, size_t* bytes, CUdeviceptr pointer) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  const Allocation* found = Emulator::get().memory().find(address(pointer));
  if (found == nullptr || found->device == kHost || found->freed) return kNotFound;
  if (begin != nullptr) *begin = reinterpret_cast<CUdeviceptr>(found->data);
  if (bytes != nullptr) *bytes = found->bytes;
  return kSuccess;
}
