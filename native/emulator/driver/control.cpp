// convlens_emulator.h.
#include <algorithm>
#include <cstdio>
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

// Of a family of functions, by how their names begin; the first that fits.
struct Family {
  const char* begin;
  std::vector<int> codes;
};

// As NVIDIA's documentation lists them, likeliest first. Errors of earlier launches can come out of any call that has a
// context: 719 and 700 in the driver, EXECUTION_FAILED in the libraries.
const std::vector<Family>& families() {
  static const std::vector<Family> all = {{"cublasCreate", {3, 1, 14}},
                                          {"cublasSet", {1, 7}},
                                          {"cublasDestroy", {1}},
                                          {"cublas", {13, 8, 3, 15, 7}},
                                          {"cudnnCreate", {4003, 1001, 2000}},
                                          {"cudnnSet", {2000, 3000}},
                                          {"cudnnDestroy", {4000, 5000}},
                                          {"cudnnGet", {2000, 3000, 4000}},
                                          {"cudnn", {5000, 3000, 4000, 2000}},
                                          {"cudaLaunchKernel", {719, 700, 701, 9, 2}},
                                          {"cudaMalloc", {2, 1, 719}},
                                          {"cuInit", {100, 3, 802, 101}},
                                          {"cuDriverGetVersion", {1}},
                                          {"cuDevicePrimaryCtxRetain", {2, 46, 101, 999}},
                                          {"cuDevicePrimaryCtxRe", {101, 201, 719}},
                                          {"cuDevice", {101, 3, 999}},
                                          {"cuCtxSetCurrent", {201, 3}},
                                          {"cuMemAlloc", {2, 1, 719}},
                                          {"cuMemHostAlloc", {2, 1, 719}},
                                          {"cuStreamCreate", {2, 1, 719}},
                                          {"cuStreamBeginCapture", {1, 401, 719}},
                                          {"cuStreamEndCapture", {901, 904, 719}},
                                          {"cuEventCreate", {2, 1, 719}},
                                          {"cuGraphInstantiate", {2, 1, 719}},
                                          {"", {719, 700, 999, 1}}};
  return all;
}

const std::vector<int>& codes_of(const std::string& function) {
  const auto fits = [&function](const Family& family) { return function.rfind(family.begin, 0) == 0; };
  return std::find_if(families().begin(), families().end(), fits)->codes;
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
  const std::vector<int>& all = codes_of(function_name(function));
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
