// What tests do with the emulated machine.
#pragma once

#include <cstdint>
#include <vector>

#include "../driver/driver_api.h"
#include "../include/convlens_emulator.h"
#include "../include/cuda_runtime.h"

namespace convlens_test {

// As before the first call: one device of 1 GiB, nothing allocated, reports not printed.
void fresh_machine();

// Makes a device's primary context current on this thread.
void use_device(int device);

// Device memory of floats, freed when the test is done with it.
class DeviceFloats {
 public:
  explicit DeviceFloats(size_t count);
  explicit DeviceFloats(const std::vector<float>& values);
  ~DeviceFloats();
  DeviceFloats(const DeviceFloats&) = delete;
  DeviceFloats& operator=(const DeviceFloats&) = delete;

  float* data() const { return reinterpret_cast<float*>(memory_); }
  CUdeviceptr memory() const { return memory_; }
  size_t size() const { return count_; }
  // Waits for all work of the device first.
  std::vector<float> values() const;

 private:
  CUdeviceptr memory_ = 0;
  size_t count_;
};

cudaStream_t make_stream();

// Small whole numbers, so that sums are exact in any order.
std::vector<float> whole_numbers(size_t count, uint64_t seed, int most = 4);

}  // namespace convlens_test
