// The transposition with its barriers forgotten: the emulator must show it (PlantedBugsTest).
#define __syncthreads() static_cast<void>(0)
#include "transpose.cu"
