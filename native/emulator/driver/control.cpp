// convlens_emulator.h.
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "../core/emulator.h"
#include "../include/convlens_emulator.h"
#include "driver_types.h"

using namespace convlens::emulator;

namespace {

using Guard = std::lock_guard<std::recursive_mutex>;

std::string function_name(const char* function) {
  return function == nullptr || std::string(function) == "*" ? "" : function;
}

bool starts(const std::string& text, const char* with) { return text.rfind(with, 0) == 0; }

bool holds(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

// As NVIDIA's documentation lists them; asynchronous errors of earlier launches can come out of any call with a
// context.
std::vector<int> codes_of(const std::string& function) {
  if (starts(function, "cublas")) return {3, 13, 14, 1, 7, 8};  // ALLOC_FAILED, EXECUTION_FAILED, INTERNAL_ERROR, ...
  if (starts(function, "cudnn")) return {5000, 4000, 2000, 3000, 1002, 1001};
  if (function == "cuInit") return {100, 3, 802, 101};
  if (function == "cuDriverGetVersion") return {1};
  if (function == "cudaLaunchKernel") return {719, 700, 701, 9, 2};
  if (starts(function, "cuDevicePrimaryCtxRetain")) return {2, 46, 101, 999};
  if (starts(function, "cuDevice")) return {101, 3, 999};
  if (starts(function, "cuMemAlloc") || starts(function, "cuMemHostAlloc") || starts(function, "cudaMalloc"))
    return {2, 1, 719};
  if (starts(function, "cuStreamCreate") || starts(function, "cuEventCreate") || starts(function, "cuGraphInst"))
    return {2, 1, 719};
  if (holds(function, "Capture")) return {901, 900, 719};
  return {719, 700, 999, 1};
}

std::string live_text() {
  std::string text;
  Emulator::get().memory().each_live([&text](const Allocation& allocation) { text += allocation.text() + "\n"; });
  for (const auto& [object, handle] : Emulator::get().handles().all()) text += handle.text() + "\n";
  return text;
}

}  // namespace

CONVLENS_EXPORT void convlens_emulator_reset() {
  Guard guard(Emulator::get().lock());
  Emulator::get().reset();
}

CONVLENS_EXPORT void convlens_emulator_set_seed(int64_t seed) {
  Guard guard(Emulator::get().lock());
  Emulator::get().set_seed(static_cast<uint64_t>(seed));
}

CONVLENS_EXPORT void convlens_emulator_set_eagerness(double eagerness) {
  Guard guard(Emulator::get().lock());
  Emulator::get().set_eagerness(eagerness);
}

CONVLENS_EXPORT void convlens_emulator_set_devices(int count) {
  Guard guard(Emulator::get().lock());
  Emulator::get().set_devices(static_cast<size_t>(count < 0 ? 0 : count));
}

CONVLENS_EXPORT void convlens_emulator_set_memory(int device, int64_t bytes) {
  Guard guard(Emulator::get().lock());
  if (Device* found = Emulator::get().device(device)) found->settings.memory = bytes;
}

CONVLENS_EXPORT void convlens_emulator_set_capability(int device, int major, int minor) {
  Guard guard(Emulator::get().lock());
  Device* found = Emulator::get().device(device);
  if (found == nullptr) return;
  found->settings.major = major;
  found->settings.minor = minor;
}

CONVLENS_EXPORT void convlens_emulator_name_next(const char* name) { next_name() = name == nullptr ? "" : name; }

CONVLENS_EXPORT int convlens_emulator_name(const void* address, const char* name) {
  Guard guard(Emulator::get().lock());
  Allocation* found = Emulator::get().memory().find(address);
  if (found == nullptr || found->freed) return 1;
  found->name = name == nullptr ? "" : name;
  return 0;
}

CONVLENS_EXPORT int64_t convlens_emulator_calls(const char* function) {
  Guard guard(Emulator::get().lock());
  return Emulator::get().calls().count(function_name(function));
}

CONVLENS_EXPORT const char* convlens_emulator_call(int64_t index) {
  Guard guard(Emulator::get().lock());
  return Emulator::get().calls().name(index);
}

CONVLENS_EXPORT int convlens_emulator_fault_codes(const char* function, int* codes, int capacity) {
  const std::vector<int> all = codes_of(function_name(function));
  int count = 0;
  while (count < capacity && static_cast<size_t>(count) < all.size()) {
    codes[count] = all[static_cast<size_t>(count)];
    count++;
  }
  return count;
}

CONVLENS_EXPORT void convlens_emulator_fail(const char* function, int64_t nth, int code) {
  Guard guard(Emulator::get().lock());
  Emulator::get().calls().fail(Fault{function_name(function), nth, code, false});
}

CONVLENS_EXPORT void convlens_emulator_fail_sticky(const char* function, int64_t nth, int code) {
  Guard guard(Emulator::get().lock());
  Emulator::get().calls().fail(Fault{function_name(function), nth, code, true});
}

CONVLENS_EXPORT void convlens_emulator_fail_allocations_from(int64_t bytes) {
  Guard guard(Emulator::get().lock());
  Emulator::get().fail_allocations_from = bytes;
}

CONVLENS_EXPORT void convlens_emulator_lose_device(int device, int64_t after_calls, int code) {
  Guard guard(Emulator::get().lock());
  Device* found = Emulator::get().device(device);
  if (found == nullptr) return;
  found->lost_after = after_calls;
  found->lost_code = code;
}

CONVLENS_EXPORT void convlens_emulator_clear_faults() {
  Guard guard(Emulator::get().lock());
  Emulator::get().calls().clear_faults();
  Emulator::get().fail_allocations_from = -1;
}

CONVLENS_EXPORT int64_t convlens_emulator_live() {
  Guard guard(Emulator::get().lock());
  return Emulator::get().memory().live_count() + static_cast<int64_t>(Emulator::get().handles().all().size());
}

CONVLENS_EXPORT int64_t convlens_emulator_live_bytes(int device) {
  Guard guard(Emulator::get().lock());
  return Emulator::get().memory().live_bytes(device);
}

CONVLENS_EXPORT int64_t convlens_emulator_peak_bytes(int device) {
  Guard guard(Emulator::get().lock());
  return Emulator::get().memory().peak_bytes(device);
}

CONVLENS_EXPORT int64_t convlens_emulator_live_text(char* text, int64_t capacity) {
  Guard guard(Emulator::get().lock());
  return std::snprintf(text, static_cast<size_t>(capacity < 0 ? 0 : capacity), "%s", live_text().c_str());
}

CONVLENS_EXPORT int64_t convlens_emulator_reports(int kind) {
  Guard guard(Emulator::get().lock());
  Emulator::get().memory().check_fences();
  return Emulator::get().reports().count(kind);
}

CONVLENS_EXPORT const char* convlens_emulator_report(int64_t index) {
  Guard guard(Emulator::get().lock());
  return Emulator::get().reports().text(index);
}

CONVLENS_EXPORT void convlens_emulator_clear_reports() {
  Guard guard(Emulator::get().lock());
  Emulator::get().reports().clear();
}

CONVLENS_EXPORT int64_t convlens_emulator_pending() {
  Guard guard(Emulator::get().lock());
  size_t pending = 0;
  for (size_t number = 0; number < Emulator::get().devices(); number++) {
    pending += Emulator::get().device(static_cast<int>(number))->context.pending();
  }
  return static_cast<int64_t>(pending);
}
