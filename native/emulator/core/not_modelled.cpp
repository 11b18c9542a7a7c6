#include "not_modelled.h"

#include <set>
#include <string>

#include "emulator.h"

namespace convlens::emulator {

int not_modelled(const char* function, int code) {
  static std::set<std::string> said;
  Emulator& emulator = Emulator::get();
  std::lock_guard<std::recursive_mutex> guard(emulator.lock());
  emulator.calls().enter(function);
  if (said.insert(function).second) {
    emulator.reports().add(CONVLENS_EMULATOR_WRONG_USE,
                           std::string(function) + " is not modelled: it returns \"not supported\"");
  }
  return code;
}

}  // namespace convlens::emulator
