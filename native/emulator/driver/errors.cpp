// Names and texts of status codes, and addresses of functions by name.
#include <dlfcn.h>

#include <map>
#include <string>

#include "driver_types.h"

using namespace convlens::emulator;

namespace {

struct Text {
  const char* name;
  const char* text;
};

const std::map<int, Text>& texts() {
  static const std::map<int, Text> all = {
      {0, {"CUDA_SUCCESS", "no error"}},
      {1, {"CUDA_ERROR_INVALID_VALUE", "invalid argument"}},
      {2, {"CUDA_ERROR_OUT_OF_MEMORY", "out of memory"}},
      {3, {"CUDA_ERROR_NOT_INITIALIZED", "initialization error"}},
      {4, {"CUDA_ERROR_DEINITIALIZED", "driver shutting down"}},
      {46, {"CUDA_ERROR_DEVICE_UNAVAILABLE", "CUDA-capable device(s) is/are busy or unavailable"}},
      {100, {"CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"}},
      {101, {"CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"}},
      {201, {"CUDA_ERROR_INVALID_CONTEXT", "invalid device context"}},
      {214, {"CUDA_ERROR_ECC_UNCORRECTABLE", "uncorrectable ECC error encountered"}},
      {304, {"CUDA_ERROR_OPERATING_SYSTEM", "OS call failed or operation not supported on this OS"}},
      {400, {"CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"}},
      {401, {"CUDA_ERROR_ILLEGAL_STATE", "the operation cannot be performed in the present state"}},
      {500, {"CUDA_ERROR_NOT_FOUND", "named symbol not found"}},
      {600, {"CUDA_ERROR_NOT_READY", "device not ready"}},
      {700, {"CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"}},
      {701, {"CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"}},
      {702, {"CUDA_ERROR_LAUNCH_TIMEOUT", "the launch timed out and was terminated"}},
      {709, {"CUDA_ERROR_CONTEXT_IS_DESTROYED", "context is destroyed"}},
      {710, {"CUDA_ERROR_ASSERT", "device-side assert triggered"}},
      {716, {"CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"}},
      {719, {"CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"}},
      {801, {"CUDA_ERROR_NOT_SUPPORTED", "operation not supported"}},
      {802, {"CUDA_ERROR_SYSTEM_NOT_READY", "system not yet initialized"}},
      {900, {"CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "operation not permitted when stream is capturing"}},
      {901, {"CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", "operation failed due to a previous error during capture"}},
      {902, {"CUDA_ERROR_STREAM_CAPTURE_MERGE", "operation would result in a merge of separate capture sequences"}},
      {903, {"CUDA_ERROR_STREAM_CAPTURE_UNMATCHED", "capture was not ended in the same stream as it began"}},
      {904, {"CUDA_ERROR_STREAM_CAPTURE_UNJOINED", "capturing stream has unjoined work"}},
      {905, {"CUDA_ERROR_STREAM_CAPTURE_ISOLATION", "dependency created on uncaptured work in another stream"}},
      {906, {"CUDA_ERROR_STREAM_CAPTURE_IMPLICIT", "operation would make the legacy stream depend on a capturing one"}},
      {907, {"CUDA_ERROR_CAPTURED_EVENT", "operation not permitted on an event last recorded in a capturing stream"}},
      {999, {"CUDA_ERROR_UNKNOWN", "unknown error"}}};
  return all;
}

}  // namespace

// Neither fails on demand: callers use them to say what failed.
CONVLENS_EXPORT CUresult cuGetErrorName(CUresult error, const char** name) {
  const auto found = texts().find(error);
  if (name == nullptr) return kInvalidValue;
  *name = found == texts().end() ? nullptr : found->second.name;
  return found == texts().end() ? kInvalidValue : kSuccess;
}

CONVLENS_EXPORT CUresult cuGetErrorString(CUresult error, const char** text) {
  const auto found = texts().find(error);
  if (text == nullptr) return kInvalidValue;
  *text = found == texts().end() ? nullptr : found->second.text;
  return found == texts().end() ? kInvalidValue : kSuccess;
}

CONVLENS_EXPORT CUresult cuGetProcAddress_v2(const char* name, void** function, int, uint64_t, int* status) {
  CONVLENS_CALL(kDriver, kNothing, CUresult);
  if (name == nullptr || function == nullptr) return kInvalidValue;
  Dl_info self;
  void* library = dladdr(reinterpret_cast<void*>(&cuGetErrorName), &self) != 0
                      ? dlopen(self.dli_fname, RTLD_LAZY | RTLD_NOLOAD)
                      : nullptr;
  *function = nullptr;
  for (const char* version : {"_v3", "_v2", ""}) {
    if (*function == nullptr && library != nullptr) *function = dlsym(library, (std::string(name) + version).c_str());
  }
  if (library != nullptr) dlclose(library);
  if (status != nullptr) *status = *function == nullptr ? 1 : 0;  // CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND
  return *function == nullptr ? kNotFound : kSuccess;
}
