#include "settings.h"

#include <cstdio>
#include <cstdlib>

namespace convlens::emulator {
namespace {

[[noreturn]] void refuse(const char* name, const char* text, const char* wanted) {
  std::fprintf(stderr, "convlens emulator: %s=%s: %s is wanted\n", name, text, wanted);
  std::exit(2);
}

double number(const char* name, double otherwise) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == 0) return otherwise;
  char* end;
  const double value = std::strtod(text, &end);
  if (*end != 0) refuse(name, text, "a number");
  return value;
}

// A number of bytes, with K, M or G after it.
int64_t bytes(const char* name, int64_t otherwise) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == 0) return otherwise;
  char* end;
  const double value = std::strtod(text, &end);
  const std::string unit = end;
  const int shift = unit == "K" ? 10 : unit == "M" ? 20 : unit == "G" ? 30 : unit.empty() ? 0 : -1;
  if (end == text || shift < 0 || value <= 0) refuse(name, text, "a size such as 64M or 8G");
  return static_cast<int64_t>(value * static_cast<double>(int64_t{1} << shift));
}

DeviceSettings device_settings() {
  DeviceSettings device{bytes("CONVLENS_EMULATOR_MEMORY", int64_t{8} << 30), 9, 0};
  const char* name = "CONVLENS_EMULATOR_CAPABILITY";
  const char* text = std::getenv(name);
  if (text != nullptr && *text != 0 && std::sscanf(text, "%d.%d", &device.major, &device.minor) != 2) {
    refuse(name, text, "a compute capability such as 8.0");
  }
  return device;
}

}  // namespace

Settings settings_from_environment() {
  Settings settings;
  settings.seed = static_cast<uint64_t>(number("CONVLENS_EMULATOR_SEED", 0));
  settings.eagerness = number("CONVLENS_EMULATOR_EAGERNESS", -1);
  settings.protects = number("CONVLENS_EMULATOR_PROTECT", 1) != 0;
  settings.quiet = number("CONVLENS_EMULATOR_QUIET", 0) != 0;
  const int devices = static_cast<int>(number("CONVLENS_EMULATOR_DEVICES", 1));
  settings.devices.assign(static_cast<size_t>(devices < 0 ? 0 : devices), device_settings());
  const char* faults = std::getenv("CONVLENS_EMULATOR_FAULTS");
  settings.faults = faults == nullptr ? "" : faults;
  return settings;
}

}  // namespace convlens::emulator
