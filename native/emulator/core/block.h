// Runs a kernel: block after block, the threads of each in an order drawn from a seed.
#pragma once

#include <functional>
#include <string>

#include "../include/emulator/launch.h"
#include "random.h"
#include "reports.h"

namespace convlens::emulator {

// Runs all blocks of the grid; 0, or the code of what stopped it (an access out of reach, a barrier that not all
// reach).
int run_grid(const convlens_emulator::Launch& launch, Random random, Reports& reports);

// Called by the handler of SIGSEGV on the faulting thread: whether a kernel is running there.
bool kernel_is_running();
// Where the handler lets a faulting kernel go on: ends the grid with the code. Runs on the fiber's stack.
[[noreturn]] void abandon_kernel();
void set_abandon_code(int code);

}  // namespace convlens::emulator
