// Putting work into streams.
#include "queueing.h"

#include "driver_types.h"

namespace convlens::emulator {

Stream* stream_of(Call& call, const void* handle, const char* function) {
  Stream* stream = call.context().stream(handle);
  if (stream == nullptr) {
    Emulator::get().reports().add(CONVLENS_EMULATOR_WRONG_USE,
                                  std::string(function) + ": the stream is destroyed or belongs to another device");
  }
  return stream;
}

CUresult enqueue(Call& call, const void* handle, OperationPtr operation, OperationPtr* queued) {
  Stream* stream = stream_of(call, handle, operation->name.c_str());
  if (stream == nullptr) return kInvalidHandle;
  // The null stream's work would come after that of streams which capture.
  if (reinterpret_cast<uintptr_t>(handle) <= 1 && call.context().captures()) {
    for (Stream* other : call.context().streams()) {
      if (other->capturing == nullptr || !other->blocking) continue;
      other->capture_invalid = true;
      return kStreamCaptureImplicit;
    }
  }
  if (stream->capture_invalid) return kStreamCaptureInvalidated;
  call.context().enqueue(*stream, operation);
  if (queued != nullptr) *queued = stream->capturing == nullptr ? operation : nullptr;
  return kSuccess;
}

CUresult enqueue(Call& call, const void* stream, const char* name, std::function<int()> work) {
  auto operation = std::make_shared<Operation>();
  operation->name = name;
  operation->work = std::move(work);
  return enqueue(call, stream, operation, nullptr);
}

int queue_library_work(Call& call, const void* stream, const char* name, std::vector<Operand> operands,
                       std::function<void()> work) {
  const int device = call.context().device();
  const std::string user = name;
  return enqueue(call, stream, name, [device, user, operands = std::move(operands), work = std::move(work)] {
    for (const Operand& operand : operands) {
      if (!Emulator::get().memory().check(operand.begin, operand.bytes, device, user.c_str())) {
        return static_cast<int>(kIllegalAddress);
      }
    }
    work();
    return 0;
  });
}

}  // namespace convlens::emulator
