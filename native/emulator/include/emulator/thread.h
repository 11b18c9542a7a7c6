// The thread that runs now, and its barriers.
#pragma once

#include "vector_types.h"

#pragma GCC visibility push(default)
extern "C" {
// The running thread's place. Plain globals: one block runs at a time in the whole process, under the emulator's lock.
extern uint3 convlens_thread_index;
extern uint3 convlens_block_index;
extern dim3 convlens_block_size;
extern dim3 convlens_grid_size;
extern void* convlens_dynamic_shared;

// Each waits for the block's other threads; the last three give what CUDA's barriers of that name give.
void convlens_barrier(void);
int convlens_barrier_count(int predicate);
int convlens_barrier_and(int predicate);
int convlens_barrier_or(int predicate);
[[noreturn]] void convlens_trap(void);
}
#pragma GCC visibility pop

#define threadIdx convlens_thread_index
#define blockIdx convlens_block_index
#define blockDim convlens_block_size
#define gridDim convlens_grid_size
#define warpSize 32

inline void __syncthreads() { convlens_barrier(); }
inline int __syncthreads_count(int predicate) { return convlens_barrier_count(predicate); }
inline int __syncthreads_and(int predicate) { return convlens_barrier_and(predicate); }
inline int __syncthreads_or(int predicate) { return convlens_barrier_or(predicate); }

// One host thread runs all: what is written is seen.
inline void __threadfence() {}
inline void __threadfence_block() {}
inline void __threadfence_system() {}
inline void __trap() { convlens_trap(); }
