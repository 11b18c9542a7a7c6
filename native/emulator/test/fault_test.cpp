// Faults on demand.
#include <cstring>
#include <string>

#include "check.h"
#include "machine.h"

using namespace convlens_test;

TEST(the_nth_call_fails_with_the_code_and_no_other_does) {
  convlens_emulator_fail("cuMemAlloc_v2", 2, 2);
  CUdeviceptr memory[3] = {};
  EQUAL(cuMemAlloc_v2(&memory[0], 4), 0);
  EQUAL(cuMemAlloc_v2(&memory[1], 4), 2);
  EQUAL(cuMemAlloc_v2(&memory[2], 4), 0);
  EQUAL(cuMemFree_v2(memory[0]), 0);
  EQUAL(cuMemFree_v2(memory[2]), 0);
}

TEST(the_nth_call_of_all_can_be_named_and_made_to_fail) {
  const auto job = [] {
    CUdeviceptr memory = 0;
    if (cuMemAlloc_v2(&memory, 400)) return std::string("cuMemAlloc_v2");
    if (cuMemsetD8_v2(memory, 0, 400)) return std::string("cuMemsetD8_v2");
    if (cuCtxSynchronize()) return std::string("cuCtxSynchronize");
    if (cuMemFree_v2(memory)) return std::string("cuMemFree_v2");
    return std::string();
  };
  const int64_t first = convlens_emulator_calls(nullptr);
  EQUAL(job(), "");
  const int64_t calls = convlens_emulator_calls(nullptr) - first;
  EQUAL(calls, 4);
  for (int64_t call = 0; call < calls; call++) {
    const std::string name = convlens_emulator_call(first + call);
    int code = 0;
    HOLDS(convlens_emulator_fault_codes(name.c_str(), &code, 1) == 1 && code != 0);
    convlens_emulator_fail(nullptr, call + 1, code);
    EQUAL(job(), name);
  }
}

TEST(a_sticky_error_stays_until_the_context_is_made_anew) {
  convlens_emulator_fail_sticky("cuCtxSynchronize", 1, 719);
  DeviceFloats data(10);
  EQUAL(cuCtxSynchronize(), 719);
  EQUAL(cuCtxSynchronize(), 719);
  EQUAL(cuMemsetD8_v2(data.memory(), 0, 4), 719);
  EQUAL(cuDevicePrimaryCtxRelease_v2(0), 0);
  use_device(0);
  EQUAL(cuCtxSynchronize(), 0);
}

TEST(a_free_that_fails_has_freed) {
  CUdeviceptr memory[2] = {};
  cuMemAlloc_v2(&memory[0], 40);
  cuMemAlloc_v2(&memory[1], 40);
  convlens_emulator_fail("cuMemFree_v2", 1, 719);
  EQUAL(cuMemFree_v2(memory[0]), 719);
  EQUAL(convlens_emulator_live(), 1);
  convlens_emulator_fail_sticky("cuCtxSynchronize", 1, 719);
  EQUAL(cuCtxSynchronize(), 719);
  EQUAL(cuMemFree_v2(memory[1]), 719);
  EQUAL(convlens_emulator_live(), 0);
}

TEST(allocations_from_a_size_on_fail) {
  convlens_emulator_fail_allocations_from(1000);
  CUdeviceptr memory = 0;
  EQUAL(cuMemAlloc_v2(&memory, 1000), 2);
  EQUAL(cuMemAlloc_v2(&memory, 999), 0);
  EQUAL(cuMemFree_v2(memory), 0);
}

TEST(of_two_devices_one_dies) {
  convlens_emulator_set_devices(2);
  use_device(1);
  convlens_emulator_lose_device(1, 1, 719);
  EQUAL(cuCtxSynchronize(), 0);
  EQUAL(cuCtxSynchronize(), 719);
  void* context = nullptr;
  cuDevicePrimaryCtxReset_v2(1);
  EQUAL(cuDevicePrimaryCtxRetain(&context, 1), 719);
  use_device(0);
  EQUAL(cuCtxSynchronize(), 0);
  int count = 0;
  EQUAL(cuDeviceGetCount(&count), 0);
  EQUAL(count, 2);
}

TEST(the_device_is_what_was_set_and_says_that_it_is_emulated) {
  convlens_emulator_set_capability(0, 7, 5);
  int major = 0, minor = 0;
  char name[64];
  EQUAL(cuDeviceGetAttribute(&major, 75, 0), 0);
  EQUAL(cuDeviceGetAttribute(&minor, 76, 0), 0);
  EQUAL(cuDeviceGetName(name, sizeof name, 0), 0);
  EQUAL(major * 10 + minor, 75);
  HOLDS(std::strstr(name, "emulated") != nullptr);
}

TEST(without_a_device_nothing_starts) {
  convlens_emulator_set_devices(0);
  EQUAL(cuInit(0), 100);
}

TEST(functions_are_found_by_name_with_or_without_their_version) {
  void* function = nullptr;
  int status = -1;
  EQUAL(cuGetProcAddress_v2("cuMemAlloc", &function, 13000, 0, &status), 0);
  EQUAL(function, reinterpret_cast<void*>(&cuMemAlloc_v2));
  EQUAL(cuGetProcAddress_v2("cuNoSuchThing", &function, 13000, 0, &status), 500);
  EQUAL(status, 1);
}
