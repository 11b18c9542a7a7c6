// Streams and events.
#include <memory>

#include "driver_types.h"

using namespace convlens::emulator;

namespace {

constexpr unsigned kNonBlocking = 1;    // CU_STREAM_NON_BLOCKING
constexpr unsigned kDisableTiming = 2;  // CU_EVENT_DISABLE_TIMING
constexpr double kQueryRunsSomething = 0.5;

Event* event_of(void* handle, const char* function) {
  if (Emulator::get().handles().holds(handle, "event")) return static_cast<Event*>(handle);
  Emulator::get().reports().add(CONVLENS_EMULATOR_WRONG_USE,
                                std::string(function) + ": the event is destroyed or was never made");
  return nullptr;
}

CUresult make_stream(Call& call, void** stream, unsigned flags, int priority) {
  if (stream == nullptr || flags > kNonBlocking) return kInvalidValue;
  Emulator& emulator = Emulator::get();
  Stream* made = call.context().make_stream((flags & kNonBlocking) == 0, priority, emulator.call_number());
  emulator.handles().add(made, "stream", call.context().device(), emulator.call_number() - 1);
  *stream = made;
  return kSuccess;
}

// A host that asks again and again makes time pass.
void let_time_pass(const OperationPtr& operation) {
  Emulator& emulator = Emulator::get();
  if (operation != nullptr && !operation->done && emulator.random().chance(kQueryRunsSomething)) {
    emulator.complete(operation);
  }
}

CUresult wait(Call& call, Stream& stream, Event& event) {
  if (event.captured != nullptr) {
    // The stream joins the capture, or goes on in it after the event's nodes.
    if (stream.capturing != nullptr && stream.capturing != event.captured) return 902;  // STREAM_CAPTURE_MERGE
    if (stream.capturing == nullptr) {
      stream.capturing = event.captured;
      stream.capture_origin = false;
      stream.capture_after.clear();
    }
    for (size_t node : event.captured_after) stream.capture_after.push_back(node);
    return kSuccess;
  }
  if (stream.capturing != nullptr) {
    stream.capture_invalid = true;
    return 905;  // STREAM_CAPTURE_ISOLATION
  }
  if (event.recorded == nullptr || event.recorded->done) return kSuccess;
  auto operation = std::make_shared<Operation>();
  operation->name = "cuStreamWaitEvent";
  operation->work = [] { return 0; };
  operation->after.push_back(event.recorded);
  call.context().enqueue(stream, operation);
  return kSuccess;
}

CUresult record(Call& call, Event& event, void* stream) {
  Stream* found = stream_of(call, stream, "cuEventRecord");
  if (found == nullptr || event.context != &call.context()) return kInvalidHandle;
  if (found->capturing != nullptr) {
    event.captured = found->capturing;
    event.captured_after = found->capture_after;
    return kSuccess;
  }
  event.captured = nullptr;
  auto operation = std::make_shared<Operation>();
  operation->name = "cuEventRecord";
  operation->work = [] { return 0; };
  OperationPtr queued;
  if (const CUresult code = enqueue(call, stream, operation, &queued)) return code;
  event.recorded = queued;
  return kSuccess;
}

}  // namespace

CONVLENS_EXPORT CUresult cuStreamCreate(void** stream, unsigned flags) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  return make_stream(call, stream, flags, 0);
}

CONVLENS_EXPORT CUresult cuStreamCreateWithPriority(void** stream, unsigned flags, int priority) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  return make_stream(call, stream, flags, priority);
}

// What is queued still runs: the stream goes when it has.
CONVLENS_EXPORT CUresult cuStreamDestroy_v2(void* stream) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  Emulator& emulator = Emulator::get();
  if (!emulator.handles().holds(stream, "stream")) return kInvalidHandle;
  auto* found = static_cast<Stream*>(stream);
  emulator.complete(OperationPtr(found->last));
  emulator.handles().remove(stream);
  found->context->destroy_stream(found);
  return call.released(kSuccess);
}

CONVLENS_EXPORT CUresult cuStreamSynchronize(void* stream) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  Stream* found = stream_of(call, stream, __func__);
  if (found == nullptr) return kInvalidHandle;
  if (found->capturing != nullptr) {
    found->capture_invalid = true;
    return kStreamCaptureUnsupported;
  }
  Emulator::get().complete(*found);
  return call.finished();
}

CONVLENS_EXPORT CUresult cuStreamQuery(void* stream) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  Stream* found = stream_of(call, stream, __func__);
  if (found == nullptr) return kInvalidHandle;
  if (found->capturing != nullptr) return kStreamCaptureUnsupported;
  let_time_pass(OperationPtr(found->last));
  if (found->last != nullptr && !found->last->done) return kNotReady;
  return call.finished();
}

CONVLENS_EXPORT CUresult cuStreamGetFlags(void* stream, unsigned* flags) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  Stream* found = stream_of(call, stream, __func__);
  if (found == nullptr) return kInvalidHandle;
  if (flags == nullptr) return kInvalidValue;
  *flags = found->blocking ? 0 : kNonBlocking;
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuStreamGetPriority(void* stream, int* priority) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  Stream* found = stream_of(call, stream, __func__);
  if (found == nullptr) return kInvalidHandle;
  if (priority == nullptr) return kInvalidValue;
  *priority = found->priority;
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuStreamGetCtx(void* stream, void** context) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  Stream* found = stream_of(call, stream, __func__);
  if (found == nullptr) return kInvalidHandle;
  if (context == nullptr) return kInvalidValue;
  *context = found->context;
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuStreamWaitEvent(void* stream, void* event, unsigned) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  Event* found = event_of(event, __func__);
  Stream* waiting = stream_of(call, stream, __func__);
  return found == nullptr || waiting == nullptr ? static_cast<CUresult>(kInvalidHandle) : wait(call, *waiting, *found);
}

CONVLENS_EXPORT CUresult cuLaunchHostFunc(void* stream, void (*function)(void*), void* argument) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  if (function == nullptr) return kInvalidValue;
  return enqueue(call, stream, __func__, [function, argument] {
    function(argument);
    return 0;
  });
}

CONVLENS_EXPORT CUresult cuEventCreate(void** event, unsigned flags) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  if (event == nullptr || flags > 7) return kInvalidValue;
  auto* made = new Event();
  made->context = &call.context();
  made->timed = (flags & kDisableTiming) == 0;
  Emulator& emulator = Emulator::get();
  emulator.handles().add(made, "event", call.context().device(), emulator.call_number() - 1);
  *event = made;
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuEventDestroy_v2(void* event) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  Event* found = event_of(event, __func__);
  if (found == nullptr) return kInvalidHandle;
  Emulator::get().handles().remove(event);
  delete found;
  return call.released(kSuccess);
}

CONVLENS_EXPORT CUresult cuEventRecord(void* event, void* stream) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  Event* found = event_of(event, __func__);
  return found == nullptr ? static_cast<CUresult>(kInvalidHandle) : record(call, *found, stream);
}

CONVLENS_EXPORT CUresult cuEventRecordWithFlags(void* event, void* stream, unsigned flags) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  if (flags > 1) return kInvalidValue;
  Event* found = event_of(event, __func__);
  return found == nullptr ? static_cast<CUresult>(kInvalidHandle) : record(call, *found, stream);
}

CONVLENS_EXPORT CUresult cuEventSynchronize(void* event) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  Event* found = event_of(event, __func__);
  if (found == nullptr) return kInvalidHandle;
  if (found->captured != nullptr) return kCapturedEvent;
  Emulator::get().complete(found->recorded);
  return call.finished();
}

CONVLENS_EXPORT CUresult cuEventQuery(void* event) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  Event* found = event_of(event, __func__);
  if (found == nullptr) return kInvalidHandle;
  if (found->captured != nullptr) return kCapturedEvent;
  let_time_pass(found->recorded);
  if (found->recorded != nullptr && !found->recorded->done) return kNotReady;
  return call.finished();
}

CONVLENS_EXPORT CUresult cuEventElapsedTime_v2(float* milliseconds, void* start, void* end) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  Event* first = event_of(start, __func__);
  Event* second = event_of(end, __func__);
  if (milliseconds == nullptr) return kInvalidValue;
  if (first == nullptr || second == nullptr || !first->timed || !second->timed || first->recorded == nullptr ||
      second->recorded == nullptr) {
    return kInvalidHandle;
  }
  if (!first->recorded->done || !second->recorded->done) return kNotReady;
  *milliseconds = std::chrono::duration<float, std::milli>(second->recorded->when - first->recorded->when).count();
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuEventElapsedTime(float* milliseconds, void* start, void* end) {
  return cuEventElapsedTime_v2(milliseconds, start, end);
}
