// Runs all tests, or those whose names contain the argument. The last line says how many passed and failed.
#include <cstdio>
#include <cstring>
#include <vector>

#include "check.h"
#include "machine.h"

namespace convlens_test {
namespace {

struct Test {
  const char* name;
  void (*run)();
};

std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}

const char* running = "";
bool failed = false;

}  // namespace

Registered::Registered(const char* name, void (*run)()) { tests().push_back({name, run}); }

void fail(const char* file, int line, const std::string& what) {
  failed = true;
  std::printf("FAILED %s (%s:%d): %s\n", running, file, line, what.c_str());
  for (int64_t i = 0; convlens_emulator_report(i) != nullptr; i++)
    std::printf("  reported: %s\n", convlens_emulator_report(i));
}

}  // namespace convlens_test

int main(int count, char** arguments) {
  using namespace convlens_test;
  int passed = 0, broken = 0;
  for (const Test& test : tests()) {
    if (count > 1 && std::strstr(test.name, arguments[1]) == nullptr) continue;
    running = test.name;
    failed = false;
    fresh_machine();
    test.run();
    (failed ? broken : passed)++;
  }
  std::printf("emulator: %d tests passed, %d failed\n", passed, broken);
  return broken > 0 || passed == 0 ? 1 : 0;
}
