#include "machine.h"

#include "../core/random.h"

namespace convlens_test {

void fresh_machine() {
  convlens_emulator_reset();
  convlens_emulator_set_devices(0);
  convlens_emulator_set_devices(1);
  convlens_emulator_set_memory(0, int64_t{1} << 30);
  use_device(0);
}

void use_device(int device) {
  void* context = nullptr;
  cuInit(0);
  cuDevicePrimaryCtxRetain(&context, device);
  cuCtxSetCurrent(context);
}

DeviceFloats::DeviceFloats(size_t count) : count_(count) { cuMemAlloc_v2(&memory_, count * sizeof(float)); }

DeviceFloats::DeviceFloats(const std::vector<float>& values) : DeviceFloats(values.size()) {
  cuMemcpyHtoD_v2(memory_, values.data(), values.size() * sizeof(float));
  cuCtxSynchronize();
}

DeviceFloats::~DeviceFloats() { cuMemFree_v2(memory_); }

std::vector<float> DeviceFloats::values() const {
  std::vector<float> result(count_);
  cuCtxSynchronize();
  cuMemcpyDtoH_v2(result.data(), memory_, count_ * sizeof(float));
  return result;
}

cudaStream_t make_stream() {
  void* stream = nullptr;
  cuStreamCreate(&stream, 1);
  return static_cast<cudaStream_t>(stream);
}

std::vector<float> whole_numbers(size_t count, uint64_t seed, int most) {
  convlens::emulator::Random random(seed);
  std::vector<float> values(count);
  for (float& value : values) {
    value = static_cast<float>(static_cast<int>(random.below(static_cast<uint64_t>(2 * most + 1))) - most);
  }
  return values;
}

}  // namespace convlens_test
