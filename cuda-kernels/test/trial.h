/*
 * What the kernels' tests are made of: random problems with a name each, arrays on the device with
 * guards around them, and comparison with a reference in double precision.
 *
 * The tests speak the CUDA runtime only, so that the same source runs on a GPU and on the emulator.
 */
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>

#include <functional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "convlens_kernels.h"

namespace trial {

/** Thrown with the reason where a problem fails. */
struct Failure {
  std::string reason;
};

/** Random numbers that are the same everywhere for a seed. */
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  /** From least to most, both included. */
  int64_t of(int64_t least, int64_t most);
  bool one_in(int n) { return of(1, n) == 1; }
  /** About normal, of unit size. */
  float value();
  std::vector<float> values(int64_t count, double size = 1);

 private:
  std::mt19937_64 engine_;
};

void check(cudaError_t error, const char* what);

/** Memory of the device; every byte of it is `kGuard` at first. */
class Memory {
 public:
  explicit Memory(size_t bytes);
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  char* begin() const { return begin_; }
  size_t bytes() const { return bytes_; }
  void upload(size_t offset, const void* from, size_t bytes) const;
  std::vector<char> download() const;

  static constexpr unsigned char kGuard = 0x7e;

 private:
  char* begin_ = nullptr;
  size_t bytes_;
};

/**
 * Elements on the device between guards of 64 of them. An offset takes the array off the 16 bytes'
 * boundary on which quads lie.
 */
template <class T>
class Array {
 public:
  explicit Array(std::vector<T> initial, int64_t offset = 0)
      : host_(std::move(initial)),
        first_(kGuards + offset),
        memory_((first_ + host_.size() + kGuards) * sizeof(T)) {
    restore();
  }

  T* at() const { return reinterpret_cast<T*>(memory_.begin()) + first_; }
  const std::vector<T>& initial() const { return host_; }

  /** Writes again what stood here at first. */
  void restore() const {
    if (!host_.empty()) {
      memory_.upload(first_ * sizeof(T), host_.data(), host_.size() * sizeof(T));
    }
  }

  /** What stands here now; the guards must be as they were. */
  std::vector<T> read() const {
    std::vector<char> all = memory_.download();
    size_t begin = first_ * sizeof(T);
    size_t end = begin + host_.size() * sizeof(T);
    for (size_t i = 0; i < all.size(); i++) {
      if ((i < begin || i >= end) && static_cast<unsigned char>(all[i]) != Memory::kGuard) {
        throw Failure{"a guard was written, " + std::to_string(static_cast<int64_t>(i - begin)) +
                      " bytes from the array's begin"};
      }
    }
    std::vector<T> result(host_.size());
    const T* from = reinterpret_cast<const T*>(all.data()) + first_;
    result.assign(from, from + host_.size());
    return result;
  }

 private:
  static constexpr int64_t kGuards = 64;

  std::vector<T> host_;
  size_t first_;
  Memory memory_;
};

using Floats = Array<float>;
using Ints = Array<int32_t>;

/** What one problem is called, its numbers in order: "conv n2 c3 groups1". */
class Name {
 public:
  template <class V>
  Name& with(const char* key, const V& value) {
    text_ << ' ' << key << value;
    return *this;
  }
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
};

/** A launch to try, and what shall come of it. */
struct Problem {
  std::string name;
  std::function<int(void* stream)> launch;
  const Floats* dst;
  /** What dst holds afterwards, elements that stay included. */
  std::vector<double> expected;
  double tolerance = 1e-5;  // of the largest expected
  double size = 0;          // of what differences were taken of, where that is larger
};

/**
 * Launches several times, each time with the block's threads in another order where the order can
 * be chosen, and compares: with the reference within the tolerance, with the first time bit by bit.
 */
void run(const Problem& problem);

/** A kind of problems. */
struct Kind {
  const char* name;
  int problems;  // seeds 1 to so many are tried
  void (*draw_and_run)(Random& random, std::string& problem);
};

std::vector<Kind> convolution_kinds();
std::vector<Kind> product_kinds();
std::vector<Kind> map_kinds();
std::vector<Kind> array_kinds();
std::vector<Kind> row_kinds();
std::vector<Kind> occlusion_kinds();
std::vector<Kind> window_kinds();
std::vector<Kind> gradient_kinds();
std::vector<Kind> sampling_kinds();
std::vector<Kind> embedding_kinds();
std::vector<Kind> refusal_kinds();

}  // namespace trial
