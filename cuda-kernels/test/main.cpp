/*
 * Runs random problems of every kernel against plain references.
 *   kernels_test                all kinds, their usual number of problems
 *   kernels_test KIND           one kind
 *   kernels_test KIND SEED      one problem
 */
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "trial.h"

namespace {

using trial::Kind;

std::vector<Kind> all_kinds() {
  std::vector<Kind> all;
  for (auto kinds :
       {trial::convolution_kinds, trial::product_kinds, trial::map_kinds, trial::array_kinds,
        trial::row_kinds, trial::occlusion_kinds, trial::window_kinds, trial::gradient_kinds,
        trial::sampling_kinds, trial::embedding_kinds, trial::refusal_kinds}) {
    std::vector<Kind> more = kinds();
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

/** Whether the problem is solved; says so where it isn't. */
bool passes(const Kind& kind, uint64_t seed) {
  std::string problem;
  try {
    trial::Random random(seed);
    kind.draw_and_run(random, problem);
    return true;
  } catch (const trial::Failure& failure) {
    std::printf("FAILED %s %llu:%s: %s\n", kind.name, static_cast<unsigned long long>(seed),
                problem.c_str(), failure.reason.c_str());
    return false;
  }
}

/** What the emulator has noticed: accesses out of bounds, leaks, barriers that are missed. */
int64_t reports() {
  using Reports = int64_t (*)(int);
  auto count = reinterpret_cast<Reports>(dlsym(RTLD_DEFAULT, "convlens_emulator_reports"));
  return count == nullptr ? 0 : count(-1);
}

}  // namespace

int main(int count, char** words) {
  const char* only = count > 1 ? words[1] : nullptr;
  uint64_t seed = count > 2 ? std::strtoull(words[2], nullptr, 10) : 0;
  int passed = 0;
  int failed = 0;
  for (const Kind& kind : all_kinds()) {
    if (only != nullptr && std::strcmp(only, kind.name) != 0) {
      continue;
    }
    uint64_t from = seed == 0 ? 1 : seed;
    uint64_t to = seed == 0 ? static_cast<uint64_t>(kind.problems) : seed;
    for (uint64_t s = from; s <= to; s++) {
      (passes(kind, s) ? passed : failed)++;
    }
  }
  int64_t noticed = reports();
  std::printf("kernels: %d problems passed, %d failed, %lld reports of the emulator\n", passed,
              failed, static_cast<long long>(noticed));
  return failed > 0 || passed == 0 || noticed > 0 ? 1 : 0;
}
