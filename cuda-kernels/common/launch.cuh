/*
 * How launchers launch: the grid for a number of items, the checks that all share, and CLK_LAUNCH,
 * which is <<<>>> under nvcc and the emulator's queue under a plain C++ compiler.
 */
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>

#include "convlens_kernels.h"

#ifdef __CUDACC__
#define CLK_LAUNCH(kernel, grid, block, shared_bytes, stream, ...) \
  kernel<<<grid, block, shared_bytes, static_cast<cudaStream_t>(stream)>>>(__VA_ARGS__)
#endif

namespace convlens {

/** Threads in a block where nothing speaks for another number. */
constexpr int kThreads = 256;

/** Threads that run in step and can read each other's registers. */
constexpr int kWarp = 32;

/** CUDA's limit on a grid's first extent. */
constexpr int64_t kMostBlocks = 2147483647;

/** CUDA's limit on a grid's second and third extents. */
constexpr int64_t kMostBlocksAcross = 65535;

inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

inline bool is_flag(int64_t value) { return value == 0 || value == 1; }

/** Whether a grid of this many blocks can be launched. */
inline bool fits_grid(int64_t blocks) { return blocks >= 1 && blocks <= kMostBlocks; }

/** A row of blocks, their number having been checked by fits_grid. */
inline dim3 grid_of(int64_t blocks) { return dim3(static_cast<unsigned>(blocks)); }

/** What a launcher returns for arguments that make no sense. */
inline int refused() { return static_cast<int>(cudaErrorInvalidValue); }

/** What a launcher returns when it has launched. */
inline int launched() { return static_cast<int>(cudaGetLastError()); }

}  // namespace convlens
