// Copies and fills. Pageable host memory is staged: an upload has its source's bytes when the call returns, a download
// returns with its bytes. Pinned memory is read and written when the copy's turn comes, whatever the host does
// meanwhile.
#include <cstring>
#include <vector>

#include "../core/poison.h"
#include "driver_types.h"

using namespace convlens::emulator;

namespace {

bool is_pinned(const void* memory) {
  const Allocation* found = Emulator::get().memory().find(memory);
  return found != nullptr && found->device == kHost && !found->freed;
}

// Uninitialised or out-of-bounds words that a download hands to the host.
void check_download(const char* to, const char* from, size_t bytes) {
  int64_t unwritten = 0, fenced = 0, first = -1;
  for (size_t at = (4 - reinterpret_cast<uintptr_t>(from) % 4) % 4; at + 4 <= bytes; at += 4) {
    uint32_t word;
    std::memcpy(&word, to + at, 4);
    if (word != kUnwritten && word != kFence) continue;
    (word == kUnwritten ? unwritten : fenced)++;
    if (first < 0) first = static_cast<int64_t>(at);
  }
  if (unwritten + fenced == 0) return;
  Emulator& emulator = Emulator::get();
  const Allocation* found = emulator.memory().find(from);
  const std::string place = " words of the " + std::to_string(bytes / 4) + " downloaded, the first at byte " +
                            std::to_string(first + (from - found->data)) + " of " + found->text();
  if (unwritten > 0) emulator.reports().add(CONVLENS_EMULATOR_UNINITIALISED, std::to_string(unwritten) + place);
  if (fenced > 0) emulator.reports().add(CONVLENS_EMULATOR_OUT_OF_BOUNDS_READ, std::to_string(fenced) + place);
}

bool check(const void* memory, size_t bytes, const char* name) {
  return Emulator::get().memory().check(memory, bytes, Emulator::get().running_device(), name);
}

std::function<int()> upload(void* to, const void* from, size_t bytes, const char* name) {
  return [=] {
    if (!check(to, bytes, name)) return static_cast<int>(kIllegalAddress);
    std::memcpy(to, from, bytes);
    return 0;
  };
}

std::function<int()> staged_upload(void* to, const void* from, size_t bytes, const char* name) {
  const auto* begin = static_cast<const char*>(from);
  return [=, stage = std::vector<char>(begin, begin + bytes)] {
    if (!check(to, bytes, name)) return static_cast<int>(kIllegalAddress);
    std::memcpy(to, stage.data(), bytes);
    return 0;
  };
}

std::function<int()> download(void* to, const void* from, size_t bytes, const char* name) {
  return [=] {
    if (!check(from, bytes, name)) return static_cast<int>(kIllegalAddress);
    std::memcpy(to, from, bytes);
    check_download(static_cast<const char*>(to), static_cast<const char*>(from), bytes);
    return 0;
  };
}

std::function<int()> device_copy(void* to, const void* from, size_t bytes, const char* name) {
  return [=] {
    if (!check(from, bytes, name) || !check(to, bytes, name)) return static_cast<int>(kIllegalAddress);
    std::memmove(to, from, bytes);
    return 0;
  };
}

bool captures(Call& call, const void* stream) {
  const Stream* found = call.context().stream(stream);
  return found != nullptr && found->capturing != nullptr;
}

// Nothing is queued that could still want what an upload will replace: who reads it too early shall notice.
void forget(Call& call, void* memory, size_t bytes, const char* name) {
  if (Emulator::get().memory().check(memory, bytes, call.context().device(), name)) fill(memory, bytes, kUnwritten);
}

CUresult upload_async(Call& call, CUdeviceptr to, const void* from, size_t bytes, const void* stream,
                      const char* name) {
  if (bytes == 0) return kSuccess;
  if (to == 0 || from == nullptr) return kInvalidValue;
  const bool idle = Emulator::get().is_idle();
  auto operation = std::make_shared<Operation>();
  operation->name = name;
  if (is_pinned(from) || captures(call, stream)) {
    operation->work = upload(address(to), from, bytes, name);
    operation->host_source = from;
    operation->host_bytes = bytes;
  } else {
    operation->work = staged_upload(address(to), from, bytes, name);
  }
  OperationPtr queued;
  const CUresult code = enqueue(call, stream, operation, &queued);
  if (queued != nullptr && idle) forget(call, address(to), bytes, name);
  return code;
}

CUresult download_async(Call& call, void* to, CUdeviceptr from, size_t bytes, const void* stream, const char* name) {
  if (bytes == 0) return kSuccess;
  if (to == nullptr || from == 0) return kInvalidValue;
  auto operation = std::make_shared<Operation>();
  operation->name = name;
  operation->work = download(to, address(from), bytes, name);
  OperationPtr queued;
  const CUresult code = enqueue(call, stream, operation, &queued);
  if (code != kSuccess || queued == nullptr) return code;
  if (is_pinned(to)) {
    // Who reads it before it has arrived shall notice, unless queued work still needs what is there.
    if (!Emulator::get().is_source(to, bytes)) fill(to, bytes, kOnItsWay);
    return kSuccess;
  }
  Emulator::get().complete(queued);
  return call.finished();
}

CUresult wait_for_null_stream(Call& call) {
  Emulator::get().complete(*call.context().stream(nullptr));
  return call.finished();
}

CUresult fill_async(Call& call, CUdeviceptr to, size_t bytes, const void* stream, const char* name,
                    std::function<void()> work) {
  if (bytes == 0) return kSuccess;
  if (to == 0) return kInvalidValue;
  return enqueue(call, stream, name, [=] {
    if (!check(address(to), bytes, name)) return static_cast<int>(kIllegalAddress);
    work();
    return 0;
  });
}

template <typename T>
CUresult set_async(Call& call, CUdeviceptr to, T value, size_t count, const void* stream, const char* name) {
  if (to % sizeof(T) != 0) return kInvalidValue;
  T* begin = static_cast<T*>(address(to));
  return fill_async(call, to, count * sizeof(T), stream, name, [=] {
    for (size_t i = 0; i < count; i++) begin[i] = value;
  });
}

}  // namespace

CONVLENS_EXPORT CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes, void* stream) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  return upload_async(call, to, from, bytes, stream, __func__);
}

CONVLENS_EXPORT CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes, void* stream) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  return download_async(call, to, from, bytes, stream, __func__);
}

CONVLENS_EXPORT CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, void* stream) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  if (bytes == 0) return kSuccess;
  if (to == 0 || from == 0) return kInvalidValue;
  return enqueue(call, stream, __func__, device_copy(address(to), address(from), bytes, __func__));
}

// "API synchronization behavior" of the driver's documentation: from pageable memory the call returns when the bytes
// are staged, and they may not have reached the device; from pinned memory it returns when they have.
CONVLENS_EXPORT CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t bytes) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  if (const CUresult code = upload_async(call, to, from, bytes, nullptr, __func__)) return code;
  return is_pinned(from) ? wait_for_null_stream(call) : kSuccess;
}

CONVLENS_EXPORT CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  if (const CUresult code = download_async(call, to, from, bytes, nullptr, __func__)) return code;
  return wait_for_null_stream(call);
}

CONVLENS_EXPORT CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  if (bytes == 0) return kSuccess;
  if (to == 0 || from == 0) return kInvalidValue;
  return enqueue(call, nullptr, __func__, device_copy(address(to), address(from), bytes, __func__));
}

CONVLENS_EXPORT CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t count, void* stream) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  return set_async(call, to, value, count, stream, __func__);
}

CONVLENS_EXPORT CUresult cuMemsetD16Async(CUdeviceptr to, unsigned short value, size_t count, void* stream) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  return set_async(call, to, value, count, stream, __func__);
}

CONVLENS_EXPORT CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t count, void* stream) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  return set_async(call, to, value, count, stream, __func__);
}

CONVLENS_EXPORT CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t count) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  return set_async(call, to, value, count, nullptr, __func__);
}

CONVLENS_EXPORT CUresult cuMemsetD16_v2(CUdeviceptr to, unsigned short value, size_t count) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  return set_async(call, to, value, count, nullptr, __func__);
}

CONVLENS_EXPORT CUresult cuMemsetD32_v2(CUdeviceptr to, unsigned value, size_t count) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  return set_async(call, to, value, count, nullptr, __func__);
}
