// The driver's types as its binary interface has them.
#pragma once

#include "../core/call.h"
#include "driver_api.h"

namespace convlens::emulator {

inline void* address(CUdeviceptr pointer) { return reinterpret_cast<void*>(pointer); }

// The stream, of the current context, that a handle means; null, and a report, where it is none.
Stream* stream_of(Call& call, const void* handle, const char* function);

// Queues work; the code that queueing it met.
CUresult enqueue(Call& call, const void* stream, const char* name, std::function<int()> work);
CUresult enqueue(Call& call, const void* stream, OperationPtr operation, OperationPtr* queued);

}  // namespace convlens::emulator

#define CONVLENS_EXPORT extern "C" __attribute__((visibility("default")))
