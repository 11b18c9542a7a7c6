// The CUDA runtime as a thin layer over the emulated driver: a device a thread, its primary context made when first
// needed, one error kept a thread.
#include <mutex>
#include <set>

#include "../core/call.h"
#include "../core/last_error.h"
#include "../driver/driver_api.h"
#include "../include/emulator/runtime_api.h"

using namespace convlens::emulator;

namespace {

constexpr int kRuntimeVersion = 13000;

int& chosen_device() {
  static thread_local int device = 0;
  return device;
}

// Retains each device's primary context once a process, as the runtime does, and makes the chosen one current where
// none is.
int set_up() {
  static std::mutex lock;
  static std::set<int> retained;
  if (current_context() != nullptr && current_context()->active()) return 0;
  std::lock_guard<std::mutex> guard(lock);
  if (int code = cuInit(0)) return code;
  void* context = nullptr;
  if (int code = cuDevicePrimaryCtxRetain(&context, chosen_device())) return code;
  // A context that was reset in between has to be retained again.
  if (!retained.insert(chosen_device()).second && static_cast<Context*>(context)->retained > 1) {
    cuDevicePrimaryCtxRelease_v2(chosen_device());
  }
  return cuCtxSetCurrent(context);
}

cudaError_t keep(int code) {
  if (code != 0 && code != cudaErrorNotReady) last_error() = code;
  return static_cast<cudaError_t>(code);
}

// The runtime's own calls are the user's; the driver's beneath are not.
template <typename Work>
cudaError_t runtime(const char* name, Work work) {
  Call outer(Library::kRuntime, name, Needs::kNothing);
  if (outer.code() != 0) return keep(outer.code());
  if (int code = set_up()) return keep(code);
  return keep(work());
}

int copy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream, bool waits) {
  const auto device = [](const void* pointer) { return reinterpret_cast<CUdeviceptr>(pointer); };
  const auto is_device = [](const void* pointer) {
    const Allocation* found = Emulator::get().memory().find(pointer);
    return found != nullptr && found->device != kHost;
  };
  if (kind == cudaMemcpyDefault) {
    kind = is_device(to) ? (is_device(from) ? cudaMemcpyDeviceToDevice : cudaMemcpyHostToDevice)
                         : (is_device(from) ? cudaMemcpyDeviceToHost : cudaMemcpyHostToHost);
  }
  switch (kind) {
    case cudaMemcpyHostToDevice:
      return waits ? cuMemcpyHtoD_v2(device(to), from, bytes) : cuMemcpyHtoDAsync_v2(device(to), from, bytes, stream);
    case cudaMemcpyDeviceToHost:
      return waits ? cuMemcpyDtoH_v2(to, device(from), bytes) : cuMemcpyDtoHAsync_v2(to, device(from), bytes, stream);
    case cudaMemcpyDeviceToDevice:
      return waits ? cuMemcpyDtoD_v2(device(to), device(from), bytes)
                   : cuMemcpyDtoDAsync_v2(device(to), device(from), bytes, stream);
    default:
      return cudaErrorInvalidMemcpyDirection;
  }
}

}  // namespace

#define RUNTIME(work) return runtime(__func__, [&]() -> int { return work; })

cudaError_t cudaGetLastError() {
  const int error = last_error();
  last_error() = 0;
  return static_cast<cudaError_t>(error);
}

cudaError_t cudaPeekAtLastError() { return static_cast<cudaError_t>(last_error()); }

// The runtime's codes are the driver's but for the launch's configuration, and so are their texts.
const char* cudaGetErrorName(cudaError_t error) {
  const char* name = nullptr;
  if (error == cudaErrorInvalidConfiguration) return "cudaErrorInvalidConfiguration";
  return cuGetErrorName(error, &name) == 0 ? name : "unrecognized error code";
}

const char* cudaGetErrorString(cudaError_t error) {
  const char* text = nullptr;
  if (error == cudaErrorInvalidConfiguration) return "invalid configuration argument";
  return cuGetErrorString(error, &text) == 0 ? text : "unrecognized error code";
}

cudaError_t cudaDriverGetVersion(int* version) {
  Call call(Library::kRuntime, __func__, Needs::kNothing);
  return keep(call.code() != 0 ? call.code() : cuDriverGetVersion(version));
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  Call call(Library::kRuntime, __func__, Needs::kNothing);
  if (call.code() != 0) return keep(call.code());
  if (version == nullptr) return keep(cudaErrorInvalidValue);
  *version = kRuntimeVersion;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
  Call call(Library::kRuntime, __func__, Needs::kNothing);
  if (call.code() != 0) return keep(call.code());
  if (int code = cuInit(0)) return keep(code);
  return keep(cuDeviceGetCount(count));
}

cudaError_t cudaGetDevice(int* device) {
  Call call(Library::kRuntime, __func__, Needs::kNothing);
  if (call.code() != 0) return keep(call.code());
  if (device == nullptr) return keep(cudaErrorInvalidValue);
  *device = current_context() != nullptr ? current_context()->device() : chosen_device();
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
  Call call(Library::kRuntime, __func__, Needs::kNothing);
  if (call.code() != 0) return keep(call.code());
  if (Emulator::get().device(device) == nullptr) return keep(cudaErrorInvalidDevice);
  chosen_device() = device;
  current_context() = nullptr;
  return keep(set_up());
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  RUNTIME(cuDeviceGetAttribute(value, attribute, device));
}

cudaError_t cudaDeviceReset() {
  Call call(Library::kRuntime, __func__, Needs::kNothing);
  if (call.code() != 0) return keep(call.code());
  return keep(cuDevicePrimaryCtxReset_v2(current_context() != nullptr ? current_context()->device() : chosen_device()));
}

cudaError_t cudaDeviceSynchronize() { RUNTIME(cuCtxSynchronize()); }
cudaError_t cudaMemGetInfo(size_t* free, size_t* total) { RUNTIME(cuMemGetInfo_v2(free, total)); }
cudaError_t cudaMalloc(void** pointer, size_t bytes) {
  RUNTIME(cuMemAlloc_v2(reinterpret_cast<CUdeviceptr*>(pointer), bytes));
}
cudaError_t cudaFree(void* pointer) { RUNTIME(cuMemFree_v2(reinterpret_cast<CUdeviceptr>(pointer))); }
cudaError_t cudaMallocHost(void** pointer, size_t bytes) { RUNTIME(cuMemAllocHost_v2(pointer, bytes)); }
cudaError_t cudaHostAlloc(void** pointer, size_t bytes, unsigned flags) {
  RUNTIME(cuMemHostAlloc(pointer, bytes, flags));
}
cudaError_t cudaFreeHost(void* pointer) { RUNTIME(cuMemFreeHost(pointer)); }
cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind) {
  RUNTIME(copy(to, from, bytes, kind, nullptr, true));
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  RUNTIME(copy(to, from, bytes, kind, stream, false));
}
cudaError_t cudaMemset(void* to, int value, size_t bytes) {
  RUNTIME(cuMemsetD8_v2(reinterpret_cast<CUdeviceptr>(to), static_cast<unsigned char>(value), bytes));
}
cudaError_t cudaMemsetAsync(void* to, int value, size_t bytes, cudaStream_t stream) {
  RUNTIME(cuMemsetD8Async(reinterpret_cast<CUdeviceptr>(to), static_cast<unsigned char>(value), bytes, stream));
}
cudaError_t cudaStreamCreate(cudaStream_t* stream) { RUNTIME(cuStreamCreate(reinterpret_cast<void**>(stream), 0)); }
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  RUNTIME(cuStreamCreate(reinterpret_cast<void**>(stream), flags));
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) { RUNTIME(cuStreamDestroy_v2(stream)); }
cudaError_t cudaStreamSynchronize(cudaStream_t stream) { RUNTIME(cuStreamSynchronize(stream)); }
cudaError_t cudaStreamQuery(cudaStream_t stream) { RUNTIME(cuStreamQuery(stream)); }
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags) {
  RUNTIME(cuStreamWaitEvent(stream, event, flags));
}
cudaError_t cudaEventCreate(cudaEvent_t* event) { RUNTIME(cuEventCreate(reinterpret_cast<void**>(event), 0)); }
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
  RUNTIME(cuEventCreate(reinterpret_cast<void**>(event), flags));
}
cudaError_t cudaEventDestroy(cudaEvent_t event) { RUNTIME(cuEventDestroy_v2(event)); }
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) { RUNTIME(cuEventRecord(event, stream)); }
cudaError_t cudaEventSynchronize(cudaEvent_t event) { RUNTIME(cuEventSynchronize(event)); }
cudaError_t cudaEventQuery(cudaEvent_t event) { RUNTIME(cuEventQuery(event)); }
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  RUNTIME(cuEventElapsedTime_v2(milliseconds, start, end));
}

cudaError_t cudaFuncSetAttribute(const void* function, cudaFuncAttribute attribute, int value) {
  return runtime(__func__, [&]() -> int {
    if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize) return 0;  // hints
    int most = 0;
    int device = 0;
    if (int code = cuCtxGetDevice(&device)) return code;
    if (int code = cuDeviceGetAttribute(&most, cudaDevAttrMaxSharedMemoryPerBlockOptin, device)) return code;
    if (value < 0 || value > most) return cudaErrorInvalidValue;
    ask_shared(function, static_cast<size_t>(value));
    return 0;
  });
}
