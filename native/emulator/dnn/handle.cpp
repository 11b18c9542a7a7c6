// libcudnn_graph: handles, versions, texts.
#include <cstdio>
#include <map>

#include "descriptors.h"

using namespace convlens::emulator;
using namespace convlens::emulator::dnn;

namespace convlens::emulator::dnn {

Handle* usable(const void* handle, Call& call, const char* function) {
  Handle* found = object<Handle>(handle);
  if (found == nullptr || found->context == &call.context()) return found;
  Emulator::get().reports().add(CONVLENS_EMULATOR_WRONG_USE,
                                std::string(function) + ": the handle was made on device " +
                                    std::to_string(found->context->device()) + ", and another is current");
  return nullptr;
}

cudnnStatus_t queue(Call& call, const Handle& handle, const char* name, std::vector<Operand> operands,
                    std::function<void()> work) {
  return queue_library_work(call, handle.stream, name, std::move(operands), std::move(work)) == 0 ? kOk
                                                                                                  : kExecutionFailed;
}

}  // namespace convlens::emulator::dnn

CONVLENS_EXPORT cudnnStatus_t cudnnCreate(void** handle) {
  DNN_CALL(kContext);
  return create(handle, Handle{&call.context(), nullptr}, call.context().device());
}

CONVLENS_EXPORT cudnnStatus_t cudnnDestroy(void* handle) {
  DNN_CALL(kNothing);
  return call.released(destroy<Handle>(handle));
}

CONVLENS_EXPORT cudnnStatus_t cudnnSetStream(void* handle, void* stream) {
  DNN_CALL(kContext);
  Handle* found = usable(handle, call, __func__);
  if (found == nullptr || stream_of(call, stream, __func__) == nullptr) return kBadParam;
  found->stream = stream;
  return kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnGetStream(void* handle, void** stream) {
  DNN_CALL(kNothing);
  Handle* found = object<Handle>(handle);
  if (found == nullptr || stream == nullptr) return kBadParam;
  *stream = found->stream;
  return kOk;
}

CONVLENS_EXPORT size_t cudnnGetVersion() { return static_cast<size_t>(kVersion); }
CONVLENS_EXPORT size_t cudnnGetMaxDeviceVersion() { return 1210; }
CONVLENS_EXPORT size_t cudnnGetCudartVersion() { return 13000; }

CONVLENS_EXPORT cudnnStatus_t cudnnGetProperty(int type, int* value) {
  DNN_CALL(kNothing);
  if (value == nullptr || type < 0 || type > 2) return kBadParam;
  *value = static_cast<int>(type == 0 ? kVersion / 10000 : type == 1 ? kVersion / 100 % 100 : kVersion % 100);
  return kOk;
}

CONVLENS_EXPORT const char* cudnnGetErrorString(cudnnStatus_t status) {
  static const std::map<int, const char*> texts = {{0, "CUDNN_STATUS_SUCCESS"},
                                                   {1001, "CUDNN_STATUS_NOT_INITIALIZED"},
                                                   {1002, "CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH"},
                                                   {2000, "CUDNN_STATUS_BAD_PARAM"},
                                                   {3000, "CUDNN_STATUS_NOT_SUPPORTED"},
                                                   {4000, "CUDNN_STATUS_INTERNAL_ERROR"},
                                                   {4003, "CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED"},
                                                   {5000, "CUDNN_STATUS_EXECUTION_FAILED"}};
  const auto found = texts.find(status);
  return found == texts.end() ? "unknown status" : found->second;
}

CONVLENS_EXPORT void cudnnGetLastErrorString(char* text, size_t capacity) {
  if (text != nullptr && capacity > 0) std::snprintf(text, capacity, "the emulator keeps no messages");
}

CONVLENS_EXPORT cudnnStatus_t cudnnGraphVersionCheck() {
  DNN_CALL(kNothing);
  return kOk;
}

// No call of the emulator leaves an error of its own behind: those of kernels are the context's.
CONVLENS_EXPORT cudnnStatus_t cudnnQueryRuntimeError(void* handle, cudnnStatus_t* status, int, void*) {
  DNN_CALL(kContext);
  if (usable(handle, call, __func__) == nullptr || status == nullptr) return kBadParam;
  *status = kOk;
  return kOk;
}
