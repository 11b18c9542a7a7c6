// cuBLAS against plain loops.
#include <algorithm>
#include <cstring>

#include "../core/random.h"
#include "../math/numbers.h"
#include "check.h"
#include "machine.h"
#include "nvidia_api.h"

using namespace convlens_test;
using convlens::emulator::Random;

namespace {

struct BlasHandle {
  void* handle = nullptr;
  BlasHandle() { cublasCreate_v2(&handle); }
  ~BlasHandle() { cublasDestroy_v2(handle); }
};

// A product's extents and how its matrices lie; drawn at random.
struct Problem {
  int m, n, k, transa, transb, lda, ldb, ldc;

  explicit Problem(Random& random) {
    m = 1 + static_cast<int>(random.below(40));
    n = 1 + static_cast<int>(random.below(300));
    k = 1 + static_cast<int>(random.below(500));
    transa = static_cast<int>(random.below(2));
    transb = static_cast<int>(random.below(2));
    lda = (transa == 0 ? m : k) + static_cast<int>(random.below(3));
    ldb = (transb == 0 ? k : n) + static_cast<int>(random.below(3));
    ldc = m + static_cast<int>(random.below(3));
  }

  size_t a_size() const { return static_cast<size_t>(lda) * static_cast<size_t>(transa == 0 ? k : m); }
  size_t b_size() const { return static_cast<size_t>(ldb) * static_cast<size_t>(transb == 0 ? n : k); }
  size_t c_size() const { return static_cast<size_t>(ldc) * static_cast<size_t>(n); }

  double sum(const float* a, const float* b, int row, int column) const {
    double result = 0;
    for (int i = 0; i < k; i++) {
      const int at_a = transa == 0 ? row + i * lda : i + row * lda;
      const int at_b = transb == 0 ? i + column * ldb : column + i * ldb;
      result += static_cast<double>(a[at_a]) * static_cast<double>(b[at_b]);
    }
    return result;
  }
};

void check_sgemm(Random& random, BlasHandle& blas, float alpha, float beta) {
  const Problem p(random);
  const std::vector<float> a = whole_numbers(p.a_size(), random.next()), b = whole_numbers(p.b_size(), random.next());
  std::vector<float> c = whole_numbers(p.c_size(), random.next());
  DeviceFloats da(a), db(b), dc(c);
  EQUAL(cublasSgemm_v2(blas.handle, p.transa, p.transb, p.m, p.n, p.k, &alpha, da.data(), p.lda, db.data(), p.ldb,
                       &beta, dc.data(), p.ldc),
        0);
  for (int column = 0; column < p.n; column++) {
    for (int row = 0; row < p.m; row++) {
      float& at = c[static_cast<size_t>(row + column * p.ldc)];
      at = static_cast<float>(alpha * p.sum(a.data(), b.data(), row, column) + (beta == 0 ? 0 : beta * at));
    }
  }
  HOLDS(dc.values() == c);  // whole numbers: exact, and what lies between columns is untouched
}

}  // namespace

TEST(sgemm_is_exact_on_whole_numbers) {
  Random random(11);
  BlasHandle blas;
  for (int trial = 0; trial < 40; trial++)
    check_sgemm(random, blas, trial % 3 == 0 ? 2.0f : 1.0f, trial % 2 == 0 ? 0.0f : 1.0f);
  EQUAL(convlens_emulator_reports(-1), 0);
}

TEST(batches_are_products_at_their_strides) {
  Random random(12);
  BlasHandle blas;
  const Problem p(random);
  const int batch = 3;
  const float one = 1, zero = 0;
  const std::vector<float> a = whole_numbers(p.a_size() * batch, 1), b = whole_numbers(p.b_size(), 2);
  DeviceFloats da(a), db(b), dc(std::vector<float>(p.c_size() * batch, 0.0f));
  // The second operand is the same for all: a stride of 0.
  EQUAL(cublasSgemmStridedBatched(blas.handle, p.transa, p.transb, p.m, p.n, p.k, &one, da.data(), p.lda,
                                  static_cast<long long>(p.a_size()), db.data(), p.ldb, 0, &zero, dc.data(), p.ldc,
                                  static_cast<long long>(p.c_size()), batch),
        0);
  const std::vector<float> c = dc.values();
  for (size_t i = 0; i < batch; i++) {
    EQUAL(c[p.c_size() * i], static_cast<float>(p.sum(&a[p.a_size() * i], b.data(), 0, 0)));
  }
}

TEST(tf32_rounds_operands_and_only_when_asked) {
  BlasHandle blas;
  const float one = 1, zero = 0;
  const float fine = 1.0f + 0x1p-20f;  // below TF32's 10 bits
  DeviceFloats a(std::vector<float>{fine}), b(std::vector<float>{1.0f}), c(1);
  cublasSgemm_v2(blas.handle, 0, 0, 1, 1, 1, &one, a.data(), 1, b.data(), 1, &zero, c.data(), 1);
  EQUAL(c.values()[0], fine);
  EQUAL(cublasSetMathMode(blas.handle, 3), 0);
  cublasSgemm_v2(blas.handle, 0, 0, 1, 1, 1, &one, a.data(), 1, b.data(), 1, &zero, c.data(), 1);
  EQUAL(c.values()[0], 1.0f);
}

TEST(half_and_bfloat16_operands_give_single_precision_sums) {
  BlasHandle blas;
  const float one = 1, zero = 0;
  for (const auto format : {convlens::emulator::Format::kHalf, convlens::emulator::Format::kBfloat16}) {
    const int type = format == convlens::emulator::Format::kHalf ? 2 : 14;
    std::vector<float> packed(8);  // 16 numbers of 2 bytes
    for (int64_t i = 0; i < 16; i++) convlens::emulator::store(packed.data(), i, format, static_cast<float>(i - 5));
    DeviceFloats a(packed), b(packed), c(1);
    EQUAL(cublasGemmEx(blas.handle, 1, 0, 1, 1, 16, &one, a.data(), type, 16, b.data(), type, 16, &zero, c.data(), 0, 1,
                       68, -1),
          0);
    float expected = 0;
    for (int i = 0; i < 16; i++) expected += static_cast<float>((i - 5) * (i - 5));
    EQUAL(c.values()[0], expected);
  }
  EQUAL(cublasGemmEx(blas.handle, 0, 0, 1, 1, 1, &one, nullptr, 3, 1, nullptr, 3, 1, &zero, nullptr, 10, 1, 72, -1),
        15);
}

TEST(wrong_use_of_cublas_gets_the_documented_status) {
  BlasHandle blas;
  const float one = 1, zero = 0;
  DeviceFloats data(64);
  EQUAL(cublasSgemm_v2(blas.handle, 0, 0, -1, 1, 1, &one, data.data(), 1, data.data(), 1, &zero, data.data(), 1), 7);
  EQUAL(cublasSgemm_v2(blas.handle, 0, 0, 4, 1, 1, &one, data.data(), 3, data.data(), 1, &zero, data.data(), 4), 7);
  EQUAL(cublasSetWorkspace_v2(blas.handle, data.data() + 1, 16), 7);
  EQUAL(cublasSgemm_v2(nullptr, 0, 0, 1, 1, 1, &one, data.data(), 1, data.data(), 1, &zero, data.data(), 1), 1);
  EQUAL(convlens_emulator_reports(CONVLENS_EMULATOR_WRONG_USE), 1);
}

TEST(a_product_beyond_its_matrix_is_caught) {
  BlasHandle blas;
  const float one = 1, zero = 0;
  DeviceFloats a(std::vector<float>(64, 1.0f)), b(std::vector<float>(64, 1.0f)), c(63);
  cublasSgemm_v2(blas.handle, 0, 0, 8, 8, 8, &one, a.data(), 8, b.data(), 8, &zero, c.data(), 8);
  EQUAL(cuCtxSynchronize(), 700);
  EQUAL(convlens_emulator_reports(CONVLENS_EMULATOR_OUT_OF_BOUNDS), 1);
}

TEST(a_failed_context_is_an_execution_failure_of_cublas) {
  BlasHandle blas;
  DeviceFloats data(4);
  const float one = 1, zero = 0;
  convlens_emulator_fail_sticky("cuCtxSynchronize", 1, 719);
  EQUAL(cuCtxSynchronize(), 719);
  EQUAL(cublasSgemm_v2(blas.handle, 0, 0, 1, 1, 1, &one, data.data(), 1, data.data(), 1, &zero, data.data(), 1), 13);
}
