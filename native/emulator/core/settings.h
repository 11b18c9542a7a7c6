// What a user of the emulator chooses: from CONVLENS_EMULATOR_* in the environment, or by the functions of
// convlens_emulator.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace convlens::emulator {

struct DeviceSettings {
  int64_t memory;
  int major;
  int minor;
};

struct Settings {
  uint64_t seed = 0;
  double eagerness = -1;  // negative: drawn from the seed
  bool protects = true;   // device memory is out of the host's reach while nothing runs
  bool quiet = false;     // reports are kept and counted, not printed
  std::vector<DeviceSettings> devices;
  std::string faults;  // FUNCTION:NTH:CODE, separated by commas
};

// Ends the process with one line where a variable cannot be read: a test run on other settings than meant proves
// nothing.
Settings settings_from_environment();

}  // namespace convlens::emulator
