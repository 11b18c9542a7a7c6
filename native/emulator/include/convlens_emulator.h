// The emulator's own controls, exported by its libcuda.so.1 beside the driver API. Plain C, so that C++ tests link it
// and Java tests call it through java.lang.foreign. Every function may be called from any thread.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What the emulator noticed. Each is printed to stderr once, kept as text and counted.
enum convlens_emulator_kind {
  CONVLENS_EMULATOR_OUT_OF_BOUNDS = 0,       // a fence was written, or an access left its allocation
  CONVLENS_EMULATOR_USE_AFTER_FREE = 1,      // an access to memory that was freed
  CONVLENS_EMULATOR_BAD_FREE = 2,            // a free of what is not allocated, or not any more
  CONVLENS_EMULATOR_LEAK = 3,                // live when its context was destroyed
  CONVLENS_EMULATOR_UNINITIALISED = 4,       // a download held words that nothing ever wrote
  CONVLENS_EMULATOR_OUT_OF_BOUNDS_READ = 5,  // a download held words read from a fence
  CONVLENS_EMULATOR_HOST_ACCESS = 6,         // the host touched device memory
  CONVLENS_EMULATOR_WRONG_DEVICE = 7,        // a kernel or library call touched another device's memory
  CONVLENS_EMULATOR_BARRIER = 8,             // threads of a block wait for each other for ever
  CONVLENS_EMULATOR_WRONG_USE = 9,           // a handle that is dead or foreign, a call that is not modelled
  CONVLENS_EMULATOR_KINDS = 10
};

// Forgets contexts, allocations, faults, counters and reports, and reads the settings from the environment again.
void convlens_emulator_reset(void);

// The order of streams, blocks' threads and random progress is a function of the seed and the calls made.
void convlens_emulator_set_seed(int64_t seed);
// From 0 (queued work runs only when something waits for it) to 1 (it runs at once); negative: drawn from the seed.
void convlens_emulator_set_eagerness(double eagerness);
// Devices 0 to count - 1; take effect at once, contexts of vanished devices are lost.
void convlens_emulator_set_devices(int count);
void convlens_emulator_set_memory(int device, int64_t bytes);
void convlens_emulator_set_capability(int device, int major, int minor);

// The calling thread's next allocations bear this name in every report; null or "" ends that.
void convlens_emulator_name_next(const char* name);
// Names the live allocation that holds the address; 0, or 1 when there is none.
int convlens_emulator_name(const void* address, const char* name);

// Calls counted since the last reset: of one function, or of all (null or "*"). Launches count as cudaLaunchKernel, and
// besides under their kernel's name, which is not among the calls by index.
int64_t convlens_emulator_calls(const char* function);
// The name of the call with that index (from 0) since the last reset, or null.
const char* convlens_emulator_call(int64_t index);
// The codes other than success that the function can be expected to return, likeliest first; how many were written.
int convlens_emulator_fault_codes(const char* function, int* codes, int capacity);

// The nth (from 1, counted from now) call of the function, or of any function (null or "*"), fails with the code.
void convlens_emulator_fail(const char* function, int64_t nth, int code);
// The same, and from then on every call in that context fails so, until its primary context is reset or released.
void convlens_emulator_fail_sticky(const char* function, int64_t nth, int code);
// Allocations of at least so many bytes fail; negative: none.
void convlens_emulator_fail_allocations_from(int64_t bytes);
// After so many more calls on it the device is gone: each call in its context fails with the code, for good.
void convlens_emulator_lose_device(int device, int64_t after_calls, int code);
void convlens_emulator_clear_faults(void);

// Live objects: allocations, streams, events, graphs, library handles and descriptors.
int64_t convlens_emulator_live(void);
int64_t convlens_emulator_live_bytes(int device);
// Largest sum of live bytes on the device since the last reset.
int64_t convlens_emulator_peak_bytes(int device);
// One live object a line with its origin; the length needed without the final zero, as snprintf.
int64_t convlens_emulator_live_text(char* text, int64_t capacity);

// Checks every fence now, and counts reports of the kind (negative: of all kinds).
int64_t convlens_emulator_reports(int kind);
// The text of the report with that index (from 0), or null.
const char* convlens_emulator_report(int64_t index);
void convlens_emulator_clear_reports(void);

// Queued work that has not run.
int64_t convlens_emulator_pending(void);

#ifdef __cplusplus
}
#endif
