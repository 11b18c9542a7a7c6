// libcudnn_ops: pooling, local response normalisation, softmax.
#include <algorithm>
#include <cmath>
#include <limits>

#include "descriptors.h"

using namespace convlens::emulator;
using namespace convlens::emulator::dnn;

namespace {

constexpr unsigned kLeastLrn = 1, kMostLrn = 16;  // CUDNN_LRN_MIN_N, CUDNN_LRN_MAX_N
constexpr double kLeastLrnK = 1e-5, kLeastLrnBeta = 0.01;

// Window, padding and stride along the three spatial axes of a view.
struct Window {
  int mode;
  bool propagates_nan;
  std::array<int64_t, 3> size{1, 1, 1}, pad{0, 0, 0}, stride{1, 1, 1};
};

Window window_of(const Pooling& pooling) {
  Window window{pooling.mode, pooling.propagates_nan, {1, 1, 1}, {0, 0, 0}, {1, 1, 1}};
  const size_t first = 3 - pooling.window.size();
  for (size_t axis = 0; axis < pooling.window.size(); axis++) {
    window.size[first + axis] = pooling.window[axis];
    window.pad[first + axis] = pooling.pad[axis];
    window.stride[first + axis] = pooling.stride[axis];
  }
  return window;
}

// Sum, largest number and count over a window.
struct Pool {
  double sum = 0;
  float largest = -std::numeric_limits<float>::infinity();
  int64_t count = 0;

  void add(float x, bool propagates_nan) {
    sum += x;
    if (x > largest || (propagates_nan && std::isnan(x))) largest = x;
    count++;
  }
};

Pool pool(const View& view, const void* x, const Window& window, int64_t base, const int64_t (&place)[3]) {
  Pool result;
  int64_t from[3], to[3];
  for (size_t axis = 0; axis < 3; axis++) {
    const int64_t begin = place[axis] * window.stride[axis] - window.pad[axis];
    from[axis] = std::max<int64_t>(begin, 0);
    to[axis] = std::min(begin + window.size[axis], view.dims[axis + 2]);
  }
  for (int64_t d = from[0]; d < to[0]; d++) {
    for (int64_t h = from[1]; h < to[1]; h++) {
      for (int64_t w = from[2]; w < to[2]; w++) {
        const int64_t at = base + d * view.strides[2] + h * view.strides[3] + w * view.strides[4];
        result.add(load(x, at, view.format), window.propagates_nan);
      }
    }
  }
  return result;
}

double pooled(const Window& window, const Pool& pool) {
  switch (window.mode) {
    case kAverageWithPadding:
      return pool.sum / static_cast<double>(window.size[0] * window.size[1] * window.size[2]);
    case kAverageWithoutPadding:
      return pool.sum / static_cast<double>(pool.count);
    default:
      return pool.largest;
  }
}

void run_pooling(const View& x, const void* from, const View& y, void* to, const Window& window, double alpha,
                 double beta) {
  for (int64_t n = 0; n < y.dims[0]; n++) {
    for (int64_t c = 0; c < y.dims[1]; c++) {
      for (int64_t place = 0; place < y.places(); place++) {
        const int64_t at[] = {place / (y.dims[3] * y.dims[4]), place / y.dims[4] % y.dims[3], place % y.dims[4]};
        const Pool found = pool(x, from, window, n * x.strides[0] + c * x.strides[1], at);
        blend(to, y.at(n, c, place), y.format, alpha, pooled(window, found), beta);
      }
    }
  }
}

bool output_dims(const Pooling& pooling, const Tensor& x, std::vector<int>& dims) {
  if (x.dims.size() != pooling.window.size() + 2) return false;
  dims = x.dims;
  for (size_t axis = 0; axis < pooling.window.size(); axis++) {
    dims[axis + 2] = 1 + (x.dims[axis + 2] + 2 * pooling.pad[axis] - pooling.window[axis]) / pooling.stride[axis];
    if (dims[axis + 2] <= 0) return false;
  }
  return true;
}

// Krizhevsky, Sutskever, Hinton 2012, section 3.3; an even window reaches further ahead than behind.
void run_lrn(const View& x, const void* from, const View& y, void* to, const Lrn& lrn, double alpha, double beta) {
  const int64_t behind = (static_cast<int64_t>(lrn.n) - 1) / 2, ahead = static_cast<int64_t>(lrn.n) / 2;
  for (int64_t n = 0; n < x.dims[0]; n++) {
    for (int64_t place = 0; place < x.places(); place++) {
      for (int64_t c = 0; c < x.dims[1]; c++) {
        double squares = 0;
        for (int64_t i = std::max<int64_t>(0, c - behind); i <= std::min(x.dims[1] - 1, c + ahead); i++) {
          const double value = load(from, x.at(n, i, place), x.format);
          squares += value * value;
        }
        const double scale = std::pow(lrn.k + lrn.alpha / lrn.n * squares, -lrn.beta);
        blend(to, y.at(n, c, place), y.format, alpha, load(from, x.at(n, c, place), x.format) * scale, beta);
      }
    }
  }
}

// One distribution: over the channels of a place, or over all of an example.
void run_softmax(const View& x, const void* from, const View& y, void* to, bool is_log, int64_t n, int64_t first,
                 int64_t last, double alpha, double beta) {
  double largest = -std::numeric_limits<double>::infinity(), sum = 0;
  const auto each = [&](auto visit) {
    for (int64_t c = 0; c < x.dims[1]; c++) {
      for (int64_t place = first; place < last; place++) visit(c, place, load(from, x.at(n, c, place), x.format));
    }
  };
  each([&](int64_t, int64_t, double value) { largest = std::max(largest, value); });
  each([&](int64_t, int64_t, double value) { sum += std::exp(value - largest); });
  each([&](int64_t c, int64_t place, double value) {
    const double result = is_log ? value - largest - std::log(sum) : std::exp(value - largest) / sum;
    blend(to, y.at(n, c, place), y.format, alpha, result, beta);
  });
}

// What these three have in common: a handle, and two tensors of one type.
struct Pair {
  Handle* handle;
  const Tensor *x, *y;
  View from, to;
  double alpha, beta;
};

cudnnStatus_t pair_of(Call& call, const char* function, void* handle, const void* alpha, void* x_descriptor,
                      const void* x, const void* beta, void* y_descriptor, const void* y, Pair& pair) {
  pair.handle = usable(handle, call, function);
  pair.x = object<Tensor>(x_descriptor);
  pair.y = object<Tensor>(y_descriptor);
  if (pair.handle == nullptr || pair.x == nullptr || pair.y == nullptr || alpha == nullptr || beta == nullptr ||
      x == nullptr || y == nullptr || pair.x->type != pair.y->type) {
    return kBadParam;
  }
  if (!view_of(*pair.x, pair.from) || !view_of(*pair.y, pair.to)) return kUnsupported;
  pair.alpha = scalar(alpha, pair.x->type);
  pair.beta = scalar(beta, pair.x->type);
  return kOk;
}

}  // namespace

CONVLENS_EXPORT cudnnStatus_t cudnnCreatePoolingDescriptor(void** descriptor) {
  DNN_CALL(kNothing);
  return create(descriptor, Pooling{});
}

CONVLENS_EXPORT cudnnStatus_t cudnnDestroyPoolingDescriptor(void* descriptor) {
  DNN_CALL(kNothing);
  return call.released(destroy<Pooling>(descriptor));
}

CONVLENS_EXPORT cudnnStatus_t cudnnSetPoolingNdDescriptor(void* descriptor, int mode, int nan, int axes,
                                                          const int* window, const int* pad, const int* stride) {
  DNN_CALL(kNothing);
  Pooling* found = object<Pooling>(descriptor);
  if (found == nullptr || mode < kMax || mode > kMaxDeterministic || nan < 0 || nan > 1 || axes < 1 ||
      window == nullptr || pad == nullptr || stride == nullptr) {
    return kBadParam;
  }
  if (axes > kMostSpatial) return kUnsupported;
  for (int axis = 0; axis < axes; axis++) {
    if (window[axis] <= 0 || stride[axis] <= 0 || pad[axis] < 0 || pad[axis] >= window[axis]) return kBadParam;
  }
  *found = Pooling{mode, nan == 1, {window, window + axes}, {pad, pad + axes}, {stride, stride + axes}};
  return kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnSetPooling2dDescriptor(void* descriptor, int mode, int nan, int window_h,
                                                          int window_w, int pad_h, int pad_w, int stride_h,
                                                          int stride_w) {
  const int window[] = {window_h, window_w}, pad[] = {pad_h, pad_w}, stride[] = {stride_h, stride_w};
  return cudnnSetPoolingNdDescriptor(descriptor, mode, nan, 2, window, pad, stride);
}

CONVLENS_EXPORT cudnnStatus_t cudnnGetPoolingNdForwardOutputDim(void* descriptor, void* x, int count, int* dims) {
  DNN_CALL(kNothing);
  const Pooling* found = object<Pooling>(descriptor);
  const Tensor* tensor = object<Tensor>(x);
  std::vector<int> result;
  if (found == nullptr || tensor == nullptr || dims == nullptr || !output_dims(*found, *tensor, result) ||
      static_cast<size_t>(count) != result.size()) {
    return kBadParam;
  }
  std::copy(result.begin(), result.end(), dims);
  return kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnGetPooling2dForwardOutputDim(void* descriptor, void* x, int* n, int* c, int* h,
                                                                int* w) {
  int dims[4];
  if (const cudnnStatus_t status = cudnnGetPoolingNdForwardOutputDim(descriptor, x, 4, dims)) return status;
  *n = dims[0];
  *c = dims[1];
  *h = dims[2];
  *w = dims[3];
  return kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnPoolingForward(void* handle, void* descriptor, const void* alpha, void* x_descriptor,
                                                  const void* x, const void* beta, void* y_descriptor, void* y) {
  DNN_CALL(kContext);
  Pair pair;
  const Pooling* pooling = object<Pooling>(descriptor);
  if (pooling == nullptr || pooling->window.empty()) return kBadParam;
  if (const cudnnStatus_t status =
          pair_of(call, __func__, handle, alpha, x_descriptor, x, beta, y_descriptor, y, pair)) {
    return status;
  }
  std::vector<int> dims;
  if (!output_dims(*pooling, *pair.x, dims) || dims != pair.y->dims) return kBadParam;
  return queue(
      call, *pair.handle, __func__, {operand(*pair.x, x), operand(*pair.y, y)},
      [=, window = window_of(*pooling)] { run_pooling(pair.from, x, pair.to, y, window, pair.alpha, pair.beta); });
}

CONVLENS_EXPORT cudnnStatus_t cudnnCreateLRNDescriptor(void** descriptor) {
  DNN_CALL(kNothing);
  return create(descriptor, Lrn{});
}

CONVLENS_EXPORT cudnnStatus_t cudnnDestroyLRNDescriptor(void* descriptor) {
  DNN_CALL(kNothing);
  return call.released(destroy<Lrn>(descriptor));
}

CONVLENS_EXPORT cudnnStatus_t cudnnSetLRNDescriptor(void* descriptor, unsigned n, double alpha, double beta, double k) {
  DNN_CALL(kNothing);
  Lrn* found = object<Lrn>(descriptor);
  if (found == nullptr || n < kLeastLrn || n > kMostLrn || k < kLeastLrnK || beta < kLeastLrnBeta) return kBadParam;
  *found = Lrn{n, alpha, beta, k};
  return kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnLRNCrossChannelForward(void* handle, void* descriptor, int mode, const void* alpha,
                                                          void* x_descriptor, const void* x, const void* beta,
                                                          void* y_descriptor, void* y) {
  DNN_CALL(kContext);
  Pair pair;
  const Lrn* lrn = object<Lrn>(descriptor);
  if (lrn == nullptr || mode != 0) return kBadParam;
  if (const cudnnStatus_t status =
          pair_of(call, __func__, handle, alpha, x_descriptor, x, beta, y_descriptor, y, pair)) {
    return status;
  }
  if (pair.x->dims != pair.y->dims || x == y) return kBadParam;
  if (pair.x->strides != pair.y->strides) return kUnsupported;
  return queue(call, *pair.handle, __func__, {operand(*pair.x, x), operand(*pair.y, y)},
               [=, lrn = *lrn] { run_lrn(pair.from, x, pair.to, y, lrn, pair.alpha, pair.beta); });
}

CONVLENS_EXPORT cudnnStatus_t cudnnSoftmaxForward(void* handle, int algorithm, int mode, const void* alpha,
                                                  void* x_descriptor, const void* x, const void* beta,
                                                  void* y_descriptor, void* y) {
  DNN_CALL(kContext);
  Pair pair;
  if (algorithm < 0 || algorithm > 2 || mode < 0 || mode > 1) return kBadParam;
  if (const cudnnStatus_t status =
          pair_of(call, __func__, handle, alpha, x_descriptor, x, beta, y_descriptor, y, pair)) {
    return status;
  }
  if (pair.x->dims != pair.y->dims) return kBadParam;
  const bool is_log = algorithm == 2, by_channel = mode == 1;
  return queue(call, *pair.handle, __func__, {operand(*pair.x, x), operand(*pair.y, y)}, [=] {
    for (int64_t n = 0; n < pair.from.dims[0]; n++) {
      const int64_t places = pair.from.places();
      for (int64_t place = 0; place < (by_channel ? places : 1); place++) {
        run_softmax(pair.from, x, pair.to, y, is_log, n, place, by_channel ? place + 1 : places, pair.alpha, pair.beta);
      }
    }
  });
}
