// The runtime's error of the calling thread, and what launches need to know of kernels.
#pragma once

#include <cstddef>

namespace convlens::emulator {

// What cudaGetLastError gives.
int& last_error();

// cudaFuncSetAttribute with cudaFuncAttributeMaxDynamicSharedMemorySize.
void ask_shared(const void* kernel, size_t bytes);

}  // namespace convlens::emulator
