// How the emulated libraries queue their kernels.
#pragma once

#include <functional>
#include <vector>

#include "../core/call.h"

namespace convlens::emulator {

// Memory that a library's kernel touches.
struct Operand {
  const void* begin;
  size_t bytes;
};

// Queues work on a stream of the call's context. When it runs, its operands are checked first: outside an allocation
// the context fails as by an illegal address. The driver's code of queueing it.
int queue_library_work(Call& call, const void* stream, const char* name, std::vector<Operand> operands,
                       std::function<void()> work);

}  // namespace convlens::emulator
