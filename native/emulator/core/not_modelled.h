// Functions that the emulator exports so that programs can be linked and loaded, and does not model.
#pragma once

namespace convlens::emulator {

// Says so once a function, and gives the library's own "not supported".
int not_modelled(const char* function, int code);

}  // namespace convlens::emulator

// Weak, so that a function that is modelled in the same library takes precedence.
#define CONVLENS_NOT_MODELLED(function, code)                              \
  extern "C" __attribute__((weak, visibility("default"))) int function() { \
    return ::convlens::emulator::not_modelled(#function, code);            \
  }
