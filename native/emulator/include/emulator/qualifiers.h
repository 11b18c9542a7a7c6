// CUDA's qualifiers as g++ can honour them.
#pragma once

#define __global__
#define __device__
#define __host__
#define __constant__ static
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))
#define __grid_constant__

// One block runs at a time, on one host thread. Thread-local storage lies together in one piece for each library, which
// lets the emulator poison all static shared memory before each block.
#define __shared__ static thread_local

// Shared memory whose size is an argument of the launch.
#define CLK_DYNAMIC_SHARED(type, name) type* name = static_cast<type*>(convlens_dynamic_shared)
