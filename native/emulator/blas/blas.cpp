// cuBLAS: handles, and products of matrices. Matrices are column-major: element (row, column) lies at row + column *
// ld.
#include <map>
#include <mutex>
#include <string>

#include "../driver/driver_types.h"
#include "../driver/queueing.h"
#include "../math/gemm.h"
#include "../math/numbers.h"

using namespace convlens::emulator;

namespace {

using cublasStatus_t = int;

enum : int { kOk = 0, kNotInitialised = 1, kInvalidBlasValue = 7, kExecutionFailed = 13, kBlasNotSupported = 15 };
enum : int { kNone = 0, kTranspose = 1, kConjugate = 2 };
enum : int { kHostPointers = 0, kDevicePointers = 1 };

// cublasMath_t
constexpr int kDefaultMath = 0, kTensorOpMath = 1, kPedanticMath = 2, kTf32Math = 3;
constexpr int kMathFlag = 16;  // CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION, beside the others

constexpr int kVersion = 130600;

struct Handle {
  Context* context;
  void* stream = nullptr;
  int math = kDefaultMath;
  int pointers = kHostPointers;
  int atomics = 0;
  void* workspace = nullptr;
  size_t workspace_bytes = 0;
};

constexpr const char* kKind = "cuBLAS handle";

Handle* handle_of(void* handle, const char* function) {
  if (handle != nullptr && Emulator::get().handles().holds(handle, kKind)) return static_cast<Handle*>(handle);
  Emulator::get().reports().add(CONVLENS_EMULATOR_WRONG_USE,
                                std::string(function) + ": the handle is destroyed or was never made");
  return nullptr;
}

bool is_current(const Handle& handle, Call& call, const char* function) {
  if (handle.context == &call.context()) return true;
  Emulator::get().reports().add(CONVLENS_EMULATOR_WRONG_USE,
                                std::string(function) + ": the handle was made on device " +
                                    std::to_string(handle.context->device()) + ", and another is current");
  return false;
}

bool format_of(int cuda_type, Format& format) {
  static const std::map<int, Format> formats = {
      {0, Format::kFloat}, {1, Format::kDouble}, {2, Format::kHalf}, {14, Format::kBfloat16}};
  const auto found = formats.find(cuda_type);
  if (found == formats.end()) return false;
  format = found->second;
  return true;
}

struct Matrix {
  const void* data;
  Format format;
  int ld;
  int64_t stride;  // elements from one matrix of the batch to the next
};

struct Product {
  const char* name;
  int transa, transb;
  int m, n, k;
  float alpha, beta;
  Matrix a, b, c;
  int batch;
  Rounding rounding;
};

int64_t elements(const Matrix& matrix, int rows, int columns, int batch) {
  if (rows == 0 || columns == 0 || batch == 0) return 0;
  return matrix.stride * (batch - 1) + static_cast<int64_t>(matrix.ld) * (columns - 1) + rows;
}

bool is_operation(int trans) { return trans == kNone || trans == kTranspose || trans == kConjugate; }

// What cuBLAS refuses as CUBLAS_STATUS_INVALID_VALUE.
bool is_valid(const Product& p) {
  const int a_rows = p.transa == kNone ? p.m : p.k;
  const int b_rows = p.transb == kNone ? p.k : p.n;
  return is_operation(p.transa) && is_operation(p.transb) && p.m >= 0 && p.n >= 0 && p.k >= 0 && p.batch >= 0 &&
         p.a.ld >= std::max(1, a_rows) && p.b.ld >= std::max(1, b_rows) && p.c.ld >= std::max(1, p.m);
}

void write(const Product& p, int matrix, size_t row, size_t rows, size_t column, size_t columns, const float* sums,
           size_t stride) {
  void* out = const_cast<void*>(p.c.data);
  for (size_t j = 0; j < columns; j++) {
    for (size_t i = 0; i < rows; i++) {
      const int64_t at =
          p.c.stride * matrix + static_cast<int64_t>(row + i) + static_cast<int64_t>(column + j) * p.c.ld;
      const float sum = p.alpha * sums[i * stride + j];
      store(out, at, p.c.format, p.beta == 0 ? sum : sum + p.beta * load(out, at, p.c.format));
    }
  }
}

void run(const Product& p, int64_t a_elements, int64_t b_elements) {
  const Floats a(p.a.data, a_elements, p.a.format, p.rounding);
  const Floats b(p.b.data, b_elements, p.b.format, p.rounding);
  for (int matrix = 0; matrix < p.batch; matrix++) {
    const StridedLines left(a.data() + p.a.stride * matrix, p.transa == kNone ? 1 : p.a.ld,
                            p.transa == kNone ? p.a.ld : 1);
    const StridedLines right(b.data() + p.b.stride * matrix, p.transb == kNone ? p.b.ld : 1,
                             p.transb == kNone ? 1 : p.b.ld);
    multiply(static_cast<size_t>(p.m), static_cast<size_t>(p.n), static_cast<size_t>(p.k), left, right,
             [&p, matrix](size_t row, size_t rows, size_t column, size_t columns, const float* sums, size_t stride) {
               write(p, matrix, row, rows, column, columns, sums, stride);
             });
  }
}

Operand operand(const Matrix& matrix, int64_t count) {
  return {matrix.data, static_cast<size_t>(count) * bytes_of(matrix.format)};
}

cublasStatus_t queue(Call& call, const Handle& handle, const Product& p) {
  if (!is_valid(p)) return kInvalidBlasValue;
  if (p.m == 0 || p.n == 0 || p.batch == 0) return kOk;
  const int64_t a = p.transa == kNone ? elements(p.a, p.m, p.k, p.batch) : elements(p.a, p.k, p.m, p.batch);
  const int64_t b = p.transb == kNone ? elements(p.b, p.k, p.n, p.batch) : elements(p.b, p.n, p.k, p.batch);
  const int64_t c = elements(p.c, p.m, p.n, p.batch);
  const int code = queue_library_work(
      call, handle.stream, p.name,
      {operand(p.a, a), operand(p.b, b), operand(p.c, c), Operand{handle.workspace, handle.workspace_bytes}},
      [p, a, b] { run(p, a, b); });
  return code == 0 ? kOk : kExecutionFailed;
}

// Device pointers to alpha and beta are read when the call is made on the emulator, which needs them in host reach.
bool scalars_are_on_host(const Handle& handle, const char* function) {
  if (handle.pointers == kHostPointers) return true;
  Emulator::get().reports().add(CONVLENS_EMULATOR_WRONG_USE,
                                std::string(function) + ": scalars on the device are not modelled");
  return false;
}

Rounding rounding_of_math(int math) {
  switch (math & ~kMathFlag) {
    case kTf32Math:
      return Rounding::kTf32;
    case kTensorOpMath:
      return Rounding::kHalf;
    default:
      return Rounding::kNone;
  }
}

// Whether the compute type is one of single precision, and to what it rounds single-precision operands.
bool rounding_of_compute(int compute, int math, Rounding& rounding) {
  static const std::map<int, Rounding> known = {{68, Rounding::kNone},     {69, Rounding::kNone}, {74, Rounding::kHalf},
                                                {75, Rounding::kBfloat16}, {77, Rounding::kTf32}, {64, Rounding::kNone},
                                                {65, Rounding::kNone}};
  const auto found = known.find(compute);
  if (found == known.end()) return false;
  rounding = compute == 68 ? rounding_of_math(math) : found->second;
  return true;
}

cublasStatus_t sgemm(Call& call, void* handle, Product p, const float* alpha, const float* beta) {
  Handle* found = handle_of(handle, p.name);
  if (found == nullptr) return kNotInitialised;
  if (!is_current(*found, call, p.name)) return kExecutionFailed;
  if (alpha == nullptr || beta == nullptr) return kInvalidBlasValue;
  if (!scalars_are_on_host(*found, p.name)) return kBlasNotSupported;
  p.alpha = *alpha;
  p.beta = *beta;
  p.rounding = rounding_of_math(found->math);
  return queue(call, *found, p);
}

// Formats that cublasGemmEx takes together in single-precision (68 to 77) or half-precision (64, 65) computation.
bool go_together(const Product& p, int compute) {
  if (p.a.format != p.b.format) return false;
  if (compute == 64 || compute == 65) return p.a.format == Format::kHalf && p.c.format == Format::kHalf;
  if (p.a.format == Format::kFloat) return p.c.format == Format::kFloat;
  return compute <= 69 && (p.a.format == Format::kHalf || p.a.format == Format::kBfloat16) &&
         (p.c.format == p.a.format || p.c.format == Format::kFloat);
}

cublasStatus_t gemm_ex(Call& call, void* handle, Product p, const int (&types)[3], int compute, const void* alpha,
                       const void* beta) {
  Handle* found = handle_of(handle, p.name);
  if (found == nullptr) return kNotInitialised;
  if (!is_current(*found, call, p.name)) return kExecutionFailed;
  if (alpha == nullptr || beta == nullptr) return kInvalidBlasValue;
  if (!scalars_are_on_host(*found, p.name)) return kBlasNotSupported;
  if (!format_of(types[0], p.a.format) || !format_of(types[1], p.b.format) || !format_of(types[2], p.c.format) ||
      !rounding_of_compute(compute, found->math, p.rounding) || !go_together(p, compute)) {
    return kBlasNotSupported;
  }
  const Format scalars = compute == 64 || compute == 65 ? Format::kHalf : Format::kFloat;
  p.alpha = load(alpha, 0, scalars);
  p.beta = load(beta, 0, scalars);
  return queue(call, *found, p);
}

}  // namespace

#define BLAS_CALL(needs) CONVLENS_CALL(kBlas, needs, cublasStatus_t)

CONVLENS_EXPORT cublasStatus_t cublasCreate_v2(void** handle) {
  BLAS_CALL(kContext);
  if (handle == nullptr) return kInvalidBlasValue;
  auto* made = new Handle{&call.context()};
  Emulator::get().handles().add(made, kKind, call.context().device(), Emulator::get().call_number() - 1);
  *handle = made;
  return kOk;
}

CONVLENS_EXPORT cublasStatus_t cublasDestroy_v2(void* handle) {
  BLAS_CALL(kNothing);
  Handle* found = handle_of(handle, __func__);
  if (found == nullptr) return kNotInitialised;
  Emulator::get().handles().remove(handle);
  delete found;
  return call.released(kOk);
}

CONVLENS_EXPORT cublasStatus_t cublasGetVersion_v2(void*, int* version) {
  BLAS_CALL(kNothing);
  if (version == nullptr) return kInvalidBlasValue;
  *version = kVersion;
  return kOk;
}

CONVLENS_EXPORT cublasStatus_t cublasGetProperty(int type, int* value) {
  BLAS_CALL(kNothing);
  if (value == nullptr || type < 0 || type > 2) return kInvalidBlasValue;
  *value = type == 0 ? kVersion / 10000 : type == 1 ? kVersion / 100 % 100 : kVersion % 100;
  return kOk;
}

CONVLENS_EXPORT size_t cublasGetCudartVersion() { return 13000; }

CONVLENS_EXPORT const char* cublasGetStatusName(cublasStatus_t status) {
  static const std::map<int, const char*> names = {
      {0, "CUBLAS_STATUS_SUCCESS"},           {1, "CUBLAS_STATUS_NOT_INITIALIZED"}, {3, "CUBLAS_STATUS_ALLOC_FAILED"},
      {7, "CUBLAS_STATUS_INVALID_VALUE"},     {8, "CUBLAS_STATUS_ARCH_MISMATCH"},   {11, "CUBLAS_STATUS_MAPPING_ERROR"},
      {13, "CUBLAS_STATUS_EXECUTION_FAILED"}, {14, "CUBLAS_STATUS_INTERNAL_ERROR"}, {15, "CUBLAS_STATUS_NOT_SUPPORTED"},
      {16, "CUBLAS_STATUS_LICENSE_ERROR"}};
  const auto found = names.find(status);
  return found == names.end() ? "unknown status" : found->second;
}

CONVLENS_EXPORT const char* cublasGetStatusString(cublasStatus_t status) { return cublasGetStatusName(status); }

CONVLENS_EXPORT cublasStatus_t cublasSetStream_v2(void* handle, void* stream) {
  BLAS_CALL(kContext);
  Handle* found = handle_of(handle, __func__);
  if (found == nullptr) return kNotInitialised;
  if (stream_of(call, stream, __func__) == nullptr) return kInvalidBlasValue;
  found->stream = stream;
  // As documented: the user's workspace is given up.
  found->workspace = nullptr;
  found->workspace_bytes = 0;
  return kOk;
}

CONVLENS_EXPORT cublasStatus_t cublasGetStream_v2(void* handle, void** stream) {
  BLAS_CALL(kNothing);
  Handle* found = handle_of(handle, __func__);
  if (found == nullptr) return kNotInitialised;
  if (stream == nullptr) return kInvalidBlasValue;
  *stream = found->stream;
  return kOk;
}

CONVLENS_EXPORT cublasStatus_t cublasSetMathMode(void* handle, int mode) {
  BLAS_CALL(kNothing);
  Handle* found = handle_of(handle, __func__);
  if (found == nullptr) return kNotInitialised;
  const int kind = mode & ~kMathFlag;
  if (kind != kDefaultMath && kind != kTensorOpMath && kind != kPedanticMath && kind != kTf32Math)
    return kInvalidBlasValue;
  found->math = mode;
  return kOk;
}

CONVLENS_EXPORT cublasStatus_t cublasGetMathMode(void* handle, int* mode) {
  BLAS_CALL(kNothing);
  Handle* found = handle_of(handle, __func__);
  if (found == nullptr) return kNotInitialised;
  if (mode == nullptr) return kInvalidBlasValue;
  *mode = found->math;
  return kOk;
}

CONVLENS_EXPORT cublasStatus_t cublasSetPointerMode_v2(void* handle, int mode) {
  BLAS_CALL(kNothing);
  Handle* found = handle_of(handle, __func__);
  if (found == nullptr) return kNotInitialised;
  if (mode != kHostPointers && mode != kDevicePointers) return kInvalidBlasValue;
  found->pointers = mode;
  return kOk;
}

CONVLENS_EXPORT cublasStatus_t cublasSetAtomicsMode(void* handle, int mode) {
  BLAS_CALL(kNothing);
  Handle* found = handle_of(handle, __func__);
  if (found == nullptr) return kNotInitialised;
  if (mode != 0 && mode != 1) return kInvalidBlasValue;
  found->atomics = mode;
  return kOk;
}

CONVLENS_EXPORT cublasStatus_t cublasSetWorkspace_v2(void* handle, void* workspace, size_t bytes) {
  BLAS_CALL(kContext);
  Handle* found = handle_of(handle, __func__);
  if (found == nullptr) return kNotInitialised;
  // "The workspace's address must be aligned to at least 256 bytes."
  if (reinterpret_cast<uintptr_t>(workspace) % 256 != 0 || (workspace == nullptr && bytes > 0))
    return kInvalidBlasValue;
  found->workspace = workspace;
  found->workspace_bytes = bytes;
  return kOk;
}

CONVLENS_EXPORT cublasStatus_t cublasSgemm_v2(void* handle, int transa, int transb, int m, int n, int k,
                                              const float* alpha, const float* a, int lda, const float* b, int ldb,
                                              const float* beta, float* c, int ldc) {
  BLAS_CALL(kContext);
  return sgemm(call, handle,
               Product{__func__,
                       transa,
                       transb,
                       m,
                       n,
                       k,
                       0,
                       0,
                       {a, Format::kFloat, lda, 0},
                       {b, Format::kFloat, ldb, 0},
                       {c, Format::kFloat, ldc, 0},
                       1,
                       Rounding::kNone},
               alpha, beta);
}

CONVLENS_EXPORT cublasStatus_t cublasSgemmStridedBatched(void* handle, int transa, int transb, int m, int n, int k,
                                                         const float* alpha, const float* a, int lda,
                                                         long long stride_a, const float* b, int ldb,
                                                         long long stride_b, const float* beta, float* c, int ldc,
                                                         long long stride_c, int batch) {
  BLAS_CALL(kContext);
  return sgemm(call, handle,
               Product{__func__,
                       transa,
                       transb,
                       m,
                       n,
                       k,
                       0,
                       0,
                       {a, Format::kFloat, lda, stride_a},
                       {b, Format::kFloat, ldb, stride_b},
                       {c, Format::kFloat, ldc, stride_c},
                       batch,
                       Rounding::kNone},
               alpha, beta);
}

CONVLENS_EXPORT cublasStatus_t cublasGemmEx(void* handle, int transa, int transb, int m, int n, int k,
                                            const void* alpha, const void* a, int a_type, int lda, const void* b,
                                            int b_type, int ldb, const void* beta, void* c, int c_type, int ldc,
                                            int compute, int) {
  BLAS_CALL(kContext);
  return gemm_ex(call, handle,
                 Product{__func__,
                         transa,
                         transb,
                         m,
                         n,
                         k,
                         0,
                         0,
                         {a, Format::kFloat, lda, 0},
                         {b, Format::kFloat, ldb, 0},
                         {c, Format::kFloat, ldc, 0},
                         1,
                         Rounding::kNone},
                 {a_type, b_type, c_type}, compute, alpha, beta);
}

CONVLENS_EXPORT cublasStatus_t cublasGemmStridedBatchedEx(void* handle, int transa, int transb, int m, int n, int k,
                                                          const void* alpha, const void* a, int a_type, int lda,
                                                          long long stride_a, const void* b, int b_type, int ldb,
                                                          long long stride_b, const void* beta, void* c, int c_type,
                                                          int ldc, long long stride_c, int batch, int compute, int) {
  BLAS_CALL(kContext);
  return gemm_ex(call, handle,
                 Product{__func__,
                         transa,
                         transb,
                         m,
                         n,
                         k,
                         0,
                         0,
                         {a, Format::kFloat, lda, stride_a},
                         {b, Format::kFloat, ldb, stride_b},
                         {c, Format::kFloat, ldc, stride_c},
                         batch,
                         Rounding::kNone},
                 {a_type, b_type, c_type}, compute, alpha, beta);
}
