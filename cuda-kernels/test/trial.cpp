#include "trial.h"

#include <dlfcn.h>

#include <cmath>
#include <cstring>

namespace trial {
namespace {

/** Times that a problem is launched. */
constexpr int kTimes = 3;

/** Seeds the order of threads, if this is the emulator; a GPU has an order of its own. */
void seed_thread_order(int64_t seed) {
  using SetSeed = void (*)(int64_t);
  static const auto set_seed =
      reinterpret_cast<SetSeed>(dlsym(RTLD_DEFAULT, "convlens_emulator_set_seed"));
  if (set_seed != nullptr) {
    set_seed(seed);
  }
}

bool same(double expected, float actual, double most) {
  if (std::isnan(expected) || std::isinf(expected)) {
    return std::isnan(expected) ? std::isnan(actual) : actual == expected;
  }
  return std::fabs(expected - actual) <= most;
}

void compare(const Problem& problem, const std::vector<float>& actual) {
  double largest = problem.size;
  for (double x : problem.expected) {
    largest = std::isfinite(x) ? std::fmax(largest, std::fabs(x)) : largest;
  }
  for (size_t i = 0; i < actual.size(); i++) {
    if (!same(problem.expected[i], actual[i], problem.tolerance * largest)) {
      std::ostringstream reason;
      reason << "element " << i << " is " << actual[i] << " and should be " << problem.expected[i]
             << ", the largest being " << largest;
      throw Failure{reason.str()};
    }
  }
}

}  // namespace

int64_t Random::of(int64_t least, int64_t most) {
  return least + static_cast<int64_t>(engine_() % static_cast<uint64_t>(most - least + 1));
}

float Random::value() {
  double sum = 0;  // of four uniform numbers: close enough to normal, and the same everywhere
  for (int i = 0; i < 4; i++) {
    sum += static_cast<double>(engine_() >> 11) / 9007199254740992.0 - 0.5;
  }
  return static_cast<float>(sum * std::sqrt(3.0));
}

std::vector<float> Random::values(int64_t count, double size) {
  std::vector<float> result(static_cast<size_t>(count));
  for (float& x : result) {
    x = static_cast<float>(value() * size);
  }
  return result;
}

void check(cudaError_t error, const char* what) {
  if (error != cudaSuccess) {
    throw Failure{std::string(what) + ": " + cudaGetErrorString(error)};
  }
}

Memory::Memory(size_t bytes) : bytes_(bytes) {
  void* begin = nullptr;
  check(cudaMalloc(&begin, bytes), "cudaMalloc");
  begin_ = static_cast<char*>(begin);
  check(cudaMemset(begin_, kGuard, bytes), "cudaMemset");
}

Memory::~Memory() { cudaFree(begin_); }

void Memory::upload(size_t offset, const void* from, size_t bytes) const {
  check(cudaMemcpy(begin_ + offset, from, bytes, cudaMemcpyHostToDevice), "upload");
}

std::vector<char> Memory::download() const {
  std::vector<char> result(bytes_);
  check(cudaMemcpy(result.data(), begin_, bytes_, cudaMemcpyDeviceToHost), "download");
  return result;
}

void run(const Problem& problem) {
  std::vector<float> first;
  for (int time = 0; time < kTimes; time++) {
    seed_thread_order(time + 1);
    problem.dst->restore();
    int status = problem.launch(nullptr);
    if (status != 0) {
      throw Failure{std::string("the launcher says ") + clk_error_text(status)};
    }
    check(cudaDeviceSynchronize(), "the kernel");
    std::vector<float> actual = problem.dst->read();
    compare(problem, actual);
    if (time == 0) {
      first = actual;
    } else if (std::memcmp(first.data(), actual.data(), actual.size() * sizeof(float)) != 0) {
      throw Failure{"another order of threads gave other bytes"};
    }
  }
}

}  // namespace trial
