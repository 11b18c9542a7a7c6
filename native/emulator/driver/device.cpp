// cuInit, devices and what they are.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>

#include "driver_types.h"

using namespace convlens::emulator;

namespace {

constexpr int kDriverVersion = 13000;

int shared_memory_of(const DeviceSettings& device, bool opt_in) {
  if (!opt_in) return 48 << 10;
  // CUDA C++ Programming Guide, "Technical Specifications per Compute Capability".
  const int capability = device.major * 10 + device.minor;
  const int kib = capability < 80                        ? 64
                  : capability == 80 || capability == 87 ? 163
                  : capability < 90                      ? 99
                  : capability < 120                     ? 227
                                                         : 99;
  return kib << 10;
}

// By CUdevice_attribute. What is not listed is 0, as are features that the emulator does not have.
int attribute(const DeviceSettings& device, int number, int ordinal) {
  static const std::map<int, int> fixed = {
      {1, 1024}, {2, 1024},        {3, 1024},     {4, 64},       {5, 2147483647}, {6, 65535},  {7, 65535}, {9, 65536},
      {10, 32},  {11, 2147483647}, {12, 65536},   {13, 1000000}, {14, 512},       {15, 1},     {16, 8},    {19, 1},
      {31, 1},   {34, 0},          {36, 1000000}, {37, 256},     {38, 4 << 20},   {39, 2048},  {40, 2},    {41, 1},
      {51, 32},  {78, 1},          {79, 1},       {80, 1},       {81, 102400},    {82, 65536}, {90, 1},    {106, 16}};
  switch (number) {
    case 8:
      return shared_memory_of(device, false);
    case 97:
      return shared_memory_of(device, true);
    case 75:
      return device.major;
    case 76:
      return device.minor;
    case 33:
      return ordinal + 1;
    default:
      break;
  }
  const auto found = fixed.find(number);
  return found == fixed.end() ? 0 : found->second;
}

}  // namespace

CONVLENS_EXPORT CUresult cuInit(unsigned flags) {
  CONVLENS_CALL(kDriver, kNothing, CUresult);
  if (flags != 0) return kInvalidValue;
  if (Emulator::get().devices() == 0) return kNoDevice;
  Emulator::get().initialised = true;
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuDriverGetVersion(int* version) {
  CONVLENS_CALL(kDriver, kNothing, CUresult);
  if (version == nullptr) return kInvalidValue;
  *version = kDriverVersion;
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuDeviceGetCount(int* count) {
  CONVLENS_CALL(kDriver, kInitialisation, CUresult);
  if (count == nullptr) return kInvalidValue;
  *count = static_cast<int>(Emulator::get().devices());
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuDeviceGet(CUdevice* device, int ordinal) {
  CONVLENS_CALL(kDriver, kInitialisation, CUresult);
  if (device == nullptr) return kInvalidValue;
  if (Emulator::get().device(ordinal) == nullptr) return kInvalidDevice;
  *device = ordinal;
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuDeviceGetName(char* name, int length, CUdevice device) {
  CONVLENS_CALL(kDriver, kInitialisation, CUresult);
  if (name == nullptr || length <= 0) return kInvalidValue;
  const Device* found = Emulator::get().device(device);
  if (found == nullptr) return kInvalidDevice;
  std::snprintf(name, static_cast<size_t>(length), "ConvLens emulated GPU sm_%d%d", found->settings.major,
                found->settings.minor);
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuDeviceGetUuid_v2(void* uuid, CUdevice device) {
  CONVLENS_CALL(kDriver, kInitialisation, CUresult);
  if (uuid == nullptr) return kInvalidValue;
  if (Emulator::get().device(device) == nullptr) return kInvalidDevice;
  char bytes[17];
  std::snprintf(bytes, sizeof bytes, "emulated GPU %03d", device);
  std::memcpy(uuid, bytes, 16);
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuDeviceGetUuid(void* uuid, CUdevice device) { return cuDeviceGetUuid_v2(uuid, device); }

CONVLENS_EXPORT CUresult cuDeviceGetPCIBusId(char* text, int length, CUdevice device) {
  CONVLENS_CALL(kDriver, kInitialisation, CUresult);
  if (text == nullptr || length <= 0) return kInvalidValue;
  if (Emulator::get().device(device) == nullptr) return kInvalidDevice;
  std::snprintf(text, static_cast<size_t>(length), "0000:%02X:00.0", device + 1);
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice device) {
  CONVLENS_CALL(kDriver, kInitialisation, CUresult);
  if (bytes == nullptr) return kInvalidValue;
  const Device* found = Emulator::get().device(device);
  if (found == nullptr) return kInvalidDevice;
  *bytes = static_cast<size_t>(found->settings.memory);
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuDeviceGetAttribute(int* value, int number, CUdevice device) {
  CONVLENS_CALL(kDriver, kInitialisation, CUresult);
  if (value == nullptr || number <= 0) return kInvalidValue;
  const Device* found = Emulator::get().device(device);
  if (found == nullptr) return kInvalidDevice;
  *value = attribute(found->settings, number, device);
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuDeviceComputeCapability(int* major, int* minor, CUdevice device) {
  CONVLENS_CALL(kDriver, kInitialisation, CUresult);
  if (major == nullptr || minor == nullptr) return kInvalidValue;
  const Device* found = Emulator::get().device(device);
  if (found == nullptr) return kInvalidDevice;
  *major = found->settings.major;
  *minor = found->settings.minor;
  return kSuccess;
}

// Each device has memory of its own and sees no other's.
CONVLENS_EXPORT CUresult cuDeviceCanAccessPeer(int* can, CUdevice device, CUdevice peer) {
  CONVLENS_CALL(kDriver, kInitialisation, CUresult);
  if (can == nullptr) return kInvalidValue;
  if (Emulator::get().device(device) == nullptr || Emulator::get().device(peer) == nullptr) return kInvalidDevice;
  *can = 0;
  return kSuccess;
}
