// Planted bugs of memory: each must be reported with the allocation's origin.
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "check.h"
#include "machine.h"

using namespace convlens_test;

namespace {

__global__ void write_at(float* data, int64_t at) { data[at] = 1; }
__global__ void copy_from(const float* from, float* to, int64_t at) { to[0] = from[at]; }

bool reported(const char* part) {
  for (int64_t i = 0; convlens_emulator_report(i) != nullptr; i++) {
    if (std::strstr(convlens_emulator_report(i), part) != nullptr) return true;
  }
  return false;
}

CUresult run_write(float* data, int64_t at) {
  CLK_LAUNCH(write_at, 1, 1, 0, nullptr, data, at);
  return cuCtxSynchronize();
}

}  // namespace

TEST(what_is_right_is_not_reported) {
  for (size_t count : {1u, 3u, 64u, 1000u, 1024u, 100000u}) {
    DeviceFloats data(count);
    cuMemsetD32_v2(data.memory(), 0, count);
    EQUAL(run_write(data.data(), static_cast<int64_t>(count) - 1), 0);
    EQUAL(data.values().back(), 1.0f);
  }
  EQUAL(convlens_emulator_reports(-1), 0);
}

TEST(a_write_one_behind_the_end_is_caught) {
  // Into the fence where the size is odd, into the page without access where it is a multiple of 256 bytes.
  for (size_t count : {1u, 999u, 1024u}) {
    convlens_emulator_clear_reports();
    convlens_emulator_name_next("weights");
    DeviceFloats data(count);
    convlens_emulator_name_next(nullptr);
    run_write(data.data(), static_cast<int64_t>(count));
    EQUAL(convlens_emulator_reports(CONVLENS_EMULATOR_OUT_OF_BOUNDS), 1);
    HOLDS(reported("'weights'"));
    cuDevicePrimaryCtxReset_v2(0);
    use_device(0);
  }
}

TEST(a_write_one_before_the_begin_is_caught) {
  for (size_t count : {1u, 999u, 1024u}) {
    convlens_emulator_clear_reports();
    DeviceFloats data(count);
    run_write(data.data(), -1);
    EQUAL(convlens_emulator_reports(CONVLENS_EMULATOR_OUT_OF_BOUNDS), 1);
    cuDevicePrimaryCtxReset_v2(0);
    use_device(0);
  }
}

TEST(an_illegal_address_fails_every_later_call) {
  DeviceFloats data(1024);
  EQUAL(run_write(data.data(), 1024), 700);
  CUdeviceptr more = 0;
  EQUAL(cuMemAlloc_v2(&more, 4), 700);
  EQUAL(cuDevicePrimaryCtxReset_v2(0), 0);
  use_device(0);
  EQUAL(cuMemAlloc_v2(&more, 4), 0);
  EQUAL(cuMemFree_v2(more), 0);
}

TEST(a_read_one_behind_the_end_that_reaches_a_result_is_caught) {
  DeviceFloats from(whole_numbers(999, 1)), to(1);
  CLK_LAUNCH(copy_from, 1, 1, 0, nullptr, from.data(), to.data(), int64_t{999});
  to.values();
  EQUAL(convlens_emulator_reports(CONVLENS_EMULATOR_OUT_OF_BOUNDS_READ), 1);
}

TEST(a_read_one_behind_memory_of_whole_256_bytes_faults) {
  DeviceFloats from(whole_numbers(64, 1)), to(1);
  CLK_LAUNCH(copy_from, 1, 1, 0, nullptr, from.data(), to.data(), int64_t{64});
  EQUAL(cuCtxSynchronize(), 700);
  EQUAL(convlens_emulator_reports(CONVLENS_EMULATOR_OUT_OF_BOUNDS), 1);
}

TEST(an_uninitialised_read_that_reaches_a_result_is_caught) {
  DeviceFloats from(10), to(1);
  CLK_LAUNCH(copy_from, 1, 1, 0, nullptr, from.data(), to.data(), int64_t{3});
  HOLDS(std::isnan(to.values()[0]));
  EQUAL(convlens_emulator_reports(CONVLENS_EMULATOR_UNINITIALISED), 1);
}

TEST(a_copy_out_of_bounds_is_caught) {
  DeviceFloats data(10);
  std::vector<float> host(11);
  EQUAL(cuMemcpyDtoH_v2(host.data(), data.memory(), 44), 700);
  EQUAL(convlens_emulator_reports(CONVLENS_EMULATOR_OUT_OF_BOUNDS), 1);
}

TEST(a_use_after_free_is_caught) {
  float* gone = nullptr;
  {
    DeviceFloats data(100);
    gone = data.data();
  }
  EQUAL(run_write(gone, 5), 700);
  EQUAL(convlens_emulator_reports(CONVLENS_EMULATOR_USE_AFTER_FREE), 1);
  HOLDS(reported("byte 20 of allocation"));
}

TEST(a_copy_after_free_is_caught) {
  CUdeviceptr gone = 0;
  EQUAL(cuMemAlloc_v2(&gone, 40), 0);
  EQUAL(cuMemFree_v2(gone), 0);
  cuMemsetD8_v2(gone, 0, 40);
  EQUAL(cuCtxSynchronize(), 700);
  EQUAL(convlens_emulator_reports(CONVLENS_EMULATOR_USE_AFTER_FREE), 1);
}

TEST(a_second_free_is_caught) {
  CUdeviceptr memory = 0;
  cuMemAlloc_v2(&memory, 40);
  EQUAL(cuMemFree_v2(memory), 0);
  EQUAL(cuMemFree_v2(memory), 1);
  EQUAL(cuMemFree_v2(memory + 8), 1);
  EQUAL(convlens_emulator_reports(CONVLENS_EMULATOR_BAD_FREE), 2);
}

TEST(pinned_memory_is_fenced_too) {
  void* memory = nullptr;
  EQUAL(cuMemHostAlloc(&memory, 10, 0), 0);
  static_cast<char*>(memory)[10] = 1;
  EQUAL(cuMemFreeHost(memory), 0);
  EQUAL(convlens_emulator_reports(CONVLENS_EMULATOR_OUT_OF_BOUNDS), 1);
}

TEST(a_leak_is_caught_with_its_origin) {
  CUdeviceptr memory = 0;
  convlens_emulator_name_next("forgotten");
  cuMemAlloc_v2(&memory, 40);
  convlens_emulator_name_next("");
  void* event = nullptr;
  cuEventCreate(&event, 0);
  EQUAL(convlens_emulator_live(), 2);
  EQUAL(cuDevicePrimaryCtxRelease_v2(0), 0);
  EQUAL(convlens_emulator_reports(CONVLENS_EMULATOR_LEAK), 2);
  HOLDS(reported("'forgotten' of 40 bytes"));
}

TEST(what_is_freed_is_no_leak) {
  { DeviceFloats data(10); }
  EQUAL(convlens_emulator_live(), 0);
  EQUAL(cuDevicePrimaryCtxRelease_v2(0), 0);
  EQUAL(convlens_emulator_reports(-1), 0);
}

TEST(the_host_touching_device_memory_is_caught) {
  DeviceFloats data(100);
  const pid_t child = fork();
  if (child == 0) {
    std::freopen("/dev/null", "w", stderr);
    data.data()[0] = 1;
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  HOLDS(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

TEST(memory_of_another_device_is_caught) {
  convlens_emulator_set_devices(2);
  DeviceFloats here(10);
  use_device(1);
  EQUAL(run_write(here.data(), 0), 700);
  cuDevicePrimaryCtxReset_v2(1);
  use_device(1);
  cuMemsetD8_v2(here.memory(), 0, 4);
  EQUAL(cuCtxSynchronize(), 700);
  EQUAL(convlens_emulator_reports(CONVLENS_EMULATOR_WRONG_DEVICE), 2);
  use_device(0);
}

TEST(the_device_has_as_much_memory_as_it_was_given) {
  convlens_emulator_set_memory(0, 1 << 20);
  size_t free = 0, total = 0;
  CUdeviceptr memory = 0;
  EQUAL(cuMemAlloc_v2(&memory, (1 << 20) + 1), 2);
  EQUAL(cuMemAlloc_v2(&memory, 1 << 19), 0);
  EQUAL(cuMemGetInfo_v2(&free, &total), 0);
  EQUAL(free, size_t{1} << 19);
  EQUAL(total, size_t{1} << 20);
  EQUAL(cuMemFree_v2(memory), 0);
  EQUAL(convlens_emulator_peak_bytes(0), 1 << 19);
}

TEST(large_memory_costs_nothing_until_it_is_touched) {
  convlens_emulator_set_memory(0, int64_t{80} << 30);
  CUdeviceptr memory = 0;
  EQUAL(cuMemAlloc_v2(&memory, size_t{79} << 30), 0);
  std::vector<float> host(1);
  EQUAL(cuMemsetD32_v2(memory + (size_t{70} << 30), 7, 1), 0);
  EQUAL(cuMemcpyDtoH_v2(host.data(), memory + (size_t{70} << 30), 4), 0);
  uint32_t word;
  std::memcpy(&word, host.data(), 4);
  EQUAL(word, 7u);
  cuMemcpyDtoH_v2(host.data(), memory + (size_t{60} << 30), 4);
  EQUAL(convlens_emulator_reports(CONVLENS_EMULATOR_UNINITIALISED), 1);
  EQUAL(cuMemFree_v2(memory), 0);
}
