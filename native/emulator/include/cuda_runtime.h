// What g++ sees in place of CUDA's own header when it compiles the kernels' .cu files for the emulator: the part of
// CUDA C++ that the kernels use. Shared memory of a size known at launch is declared by CLK_DYNAMIC_SHARED(type, name),
// since "extern __shared__" cannot be spelled in C++.
#pragma once

#include "emulator/vector_types.h"

// The order matters: launching and threads build on the types, functions on both.
#include "emulator/atomics.h"
#include "emulator/launch.h"
#include "emulator/math.h"
#include "emulator/qualifiers.h"
#include "emulator/runtime_api.h"
#include "emulator/thread.h"
#include "emulator/warp.h"
