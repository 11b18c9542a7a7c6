// libcudnn_ops: activations, batch normalisation, transformations and arithmetic, element by element.
#include <algorithm>
#include <cmath>

#include "descriptors.h"

using namespace convlens::emulator;
using namespace convlens::emulator::dnn;

namespace convlens::emulator::dnn {

float activate(const Activation& activation, float x) {
  switch (activation.mode) {
    case kSigmoid:
      return 1.0f / (1.0f + std::exp(-x));
    case kRelu:
      return std::isnan(x) && activation.propagates_nan ? x : (x > 0 ? x : 0.0f);
    case kTanh:
      return std::tanh(x);
    case kClippedRelu:
      return std::isnan(x) && activation.propagates_nan
                 ? x
                 : std::min(x > 0 ? x : 0.0f, static_cast<float>(activation.coefficient));
    case kElu:
      return x > 0 ? x : static_cast<float>(activation.coefficient) * std::expm1(x);
    case kSwish:
      return x / (1.0f + std::exp(-static_cast<float>(activation.swish_beta) * x));
    default:
      return x;
  }
}

}  // namespace convlens::emulator::dnn

namespace {

using At = std::function<double(const std::vector<int>&, int64_t)>;

// Visits every element with its index along each axis.
void each(const Tensor& tensor, const std::function<void(const std::vector<int>&)>& visit) {
  std::vector<int> index(tensor.dims.size(), 0);
  for (int64_t left = elements(tensor); left > 0; left--) {
    visit(index);
    for (size_t axis = index.size(); axis-- > 0;) {
      if (++index[axis] < tensor.dims[axis]) break;
      index[axis] = 0;
    }
  }
}

// Where an element lies; an axis of extent 1 stands for all its indices.
int64_t offset(const Tensor& tensor, const std::vector<int>& index) {
  int64_t at = 0;
  for (size_t axis = 0; axis < index.size(); axis++) {
    if (tensor.dims[axis] != 1) at += static_cast<int64_t>(index[axis]) * tensor.strides[axis];
  }
  return at;
}

double value(const Tensor& tensor, const void* data, const std::vector<int>& index) {
  Format format;
  format_of(tensor.type, format);
  return load(data, offset(tensor, index), format);
}

void write(const Tensor& tensor, void* data, const std::vector<int>& index, double alpha, double number, double beta) {
  Format format;
  format_of(tensor.type, format);
  blend(data, offset(tensor, index), format, alpha, number, beta);
}

// Whether each axis of the smaller is 1 or that of the larger.
bool broadcasts(const Tensor& smaller, const Tensor& larger) {
  if (smaller.dims.size() != larger.dims.size()) return false;
  for (size_t axis = 0; axis < smaller.dims.size(); axis++) {
    if (smaller.dims[axis] != 1 && smaller.dims[axis] != larger.dims[axis]) return false;
  }
  return true;
}

double combine(int operation, double a, double b) {
  switch (operation) {
    case 0:
      return a + b;
    case 1:
      return a * b;
    case 2:
      return std::min(a, b);
    case 3:
      return std::max(a, b);
    case 4:
      return std::sqrt(a);
    default:
      return 1 - a;
  }
}

bool is_unary(int operation) { return operation >= 4; }

}  // namespace

CONVLENS_EXPORT cudnnStatus_t cudnnCreateActivationDescriptor(void** descriptor) {
  DNN_CALL(kNothing);
  return create(descriptor, Activation{});
}

CONVLENS_EXPORT cudnnStatus_t cudnnDestroyActivationDescriptor(void* descriptor) {
  DNN_CALL(kNothing);
  return call.released(destroy<Activation>(descriptor));
}

CONVLENS_EXPORT cudnnStatus_t cudnnSetActivationDescriptor(void* descriptor, int mode, int nan, double coefficient) {
  DNN_CALL(kNothing);
  Activation* found = object<Activation>(descriptor);
  if (found == nullptr || mode < kSigmoid || mode > kSwish || nan < 0 || nan > 1) return kBadParam;
  found->mode = mode;
  found->propagates_nan = nan == 1;
  found->coefficient = coefficient;
  return kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnSetActivationDescriptorSwishBeta(void* descriptor, double beta) {
  DNN_CALL(kNothing);
  Activation* found = object<Activation>(descriptor);
  if (found == nullptr) return kBadParam;
  found->swish_beta = beta;
  return kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnActivationForward(void* handle, void* descriptor, const void* alpha,
                                                     void* x_descriptor, const void* x, const void* beta,
                                                     void* y_descriptor, void* y) {
  DNN_CALL(kContext);
  Handle* found = usable(handle, call, __func__);
  const Activation* activation = object<Activation>(descriptor);
  const Tensor *from = object<Tensor>(x_descriptor), *to = object<Tensor>(y_descriptor);
  if (found == nullptr || activation == nullptr || from == nullptr || to == nullptr || alpha == nullptr ||
      beta == nullptr || x == nullptr || y == nullptr || from->dims != to->dims || from->type != to->type) {
    return kBadParam;
  }
  // "The strides of x and y differ and an in-place operation is used."
  if (x == y && from->strides != to->strides) return kBadParam;
  if (activation->mode == kIdentity) return kUnsupported;
  const double a = scalar(alpha, from->type), b = scalar(beta, from->type);
  return queue(call, *found, __func__, {operand(*from, x), operand(*to, y)},
               [=, activation = *activation, from = *from, to = *to] {
                 each(to, [&](const std::vector<int>& index) {
                   write(to, y, index, a, activate(activation, static_cast<float>(value(from, x, index))), b);
                 });
               });
}

CONVLENS_EXPORT cudnnStatus_t cudnnTransformTensor(void* handle, const void* alpha, void* x_descriptor, const void* x,
                                                   const void* beta, void* y_descriptor, void* y) {
  DNN_CALL(kContext);
  Handle* found = usable(handle, call, __func__);
  const Tensor *from = object<Tensor>(x_descriptor), *to = object<Tensor>(y_descriptor);
  if (found == nullptr || from == nullptr || to == nullptr || alpha == nullptr || beta == nullptr || x == nullptr ||
      y == nullptr || x == y || from->dims != to->dims) {
    return kBadParam;
  }
  if (from->type != to->type) return kUnsupported;
  const double a = scalar(alpha, from->type), b = scalar(beta, from->type);
  return queue(call, *found, __func__, {operand(*from, x), operand(*to, y)}, [=, from = *from, to = *to] {
    each(to, [&](const std::vector<int>& index) { write(to, y, index, a, value(from, x, index), b); });
  });
}

// "The dimensions of the bias must be those of C, or 1."
CONVLENS_EXPORT cudnnStatus_t cudnnAddTensor(void* handle, const void* alpha, void* a_descriptor, const void* a,
                                             const void* beta, void* c_descriptor, void* c) {
  DNN_CALL(kContext);
  Handle* found = usable(handle, call, __func__);
  const Tensor *from = object<Tensor>(a_descriptor), *to = object<Tensor>(c_descriptor);
  if (found == nullptr || from == nullptr || to == nullptr || alpha == nullptr || beta == nullptr || a == nullptr ||
      c == nullptr || from->type != to->type || !broadcasts(*from, *to)) {
    return kBadParam;
  }
  if (to->dims.size() > 5) return kUnsupported;
  const double first = scalar(alpha, to->type), second = scalar(beta, to->type);
  return queue(call, *found, __func__, {operand(*from, a), operand(*to, c)}, [=, from = *from, to = *to] {
    each(to, [&](const std::vector<int>& index) { write(to, c, index, first, value(from, a, index), second); });
  });
}

CONVLENS_EXPORT cudnnStatus_t cudnnScaleTensor(void* handle, void* descriptor, void* y, const void* alpha) {
  DNN_CALL(kContext);
  Handle* found = usable(handle, call, __func__);
  const Tensor* to = object<Tensor>(descriptor);
  if (found == nullptr || to == nullptr || y == nullptr || alpha == nullptr) return kBadParam;
  const double a = scalar(alpha, to->type);
  return queue(call, *found, __func__, {operand(*to, y)}, [=, to = *to] {
    each(to, [&](const std::vector<int>& index) { write(to, y, index, a, value(to, y, index), 0); });
  });
}

CONVLENS_EXPORT cudnnStatus_t cudnnSetTensor(void* handle, void* descriptor, void* y, const void* number) {
  DNN_CALL(kContext);
  Handle* found = usable(handle, call, __func__);
  const Tensor* to = object<Tensor>(descriptor);
  Format format;
  if (found == nullptr || to == nullptr || y == nullptr || number == nullptr || !format_of(to->type, format))
    return kBadParam;
  const double set = load(number, 0, format);
  return queue(call, *found, __func__, {operand(*to, y)},
               [=, to = *to] { each(to, [&](const std::vector<int>& index) { write(to, y, index, 1, set, 0); }); });
}

CONVLENS_EXPORT cudnnStatus_t cudnnCreateOpTensorDescriptor(void** descriptor) {
  DNN_CALL(kNothing);
  return create(descriptor, OpTensor{});
}

CONVLENS_EXPORT cudnnStatus_t cudnnDestroyOpTensorDescriptor(void* descriptor) {
  DNN_CALL(kNothing);
  return call.released(destroy<OpTensor>(descriptor));
}

CONVLENS_EXPORT cudnnStatus_t cudnnSetOpTensorDescriptor(void* descriptor, int operation, int type, int nan) {
  DNN_CALL(kNothing);
  OpTensor* found = object<OpTensor>(descriptor);
  if (found == nullptr || operation < 0 || operation > 5 || element_bytes(type) == 0 || nan < 0 || nan > 1)
    return kBadParam;
  found->operation = operation;
  return kOk;
}

// C = op(alpha1 * A, alpha2 * B) + beta * C, where B may be broadcast.
CONVLENS_EXPORT cudnnStatus_t cudnnOpTensor(void* handle, void* descriptor, const void* alpha1, void* a_descriptor,
                                            const void* a, const void* alpha2, void* b_descriptor, const void* b,
                                            const void* beta, void* c_descriptor, void* c) {
  DNN_CALL(kContext);
  Handle* found = usable(handle, call, __func__);
  const OpTensor* op = object<OpTensor>(descriptor);
  const Tensor *first = object<Tensor>(a_descriptor), *second = object<Tensor>(b_descriptor),
               *to = object<Tensor>(c_descriptor);
  if (found == nullptr || op == nullptr || first == nullptr || second == nullptr || to == nullptr ||
      alpha1 == nullptr || beta == nullptr || a == nullptr || c == nullptr || first->dims != to->dims ||
      !broadcasts(*second, *to)) {
    return kBadParam;
  }
  const int operation = op->operation;
  if (!is_unary(operation) && (b == nullptr || alpha2 == nullptr)) return kBadParam;
  const double scale_a = scalar(alpha1, to->type), scale_c = scalar(beta, to->type);
  const double scale_b = is_unary(operation) ? 0 : scalar(alpha2, to->type);
  std::vector<Operand> operands{operand(*first, a), operand(*to, c)};
  if (!is_unary(operation)) operands.push_back(operand(*second, b));
  return queue(call, *found, __func__, operands, [=, first = *first, second = *second, to = *to] {
    each(to, [&](const std::vector<int>& index) {
      const double other = is_unary(operation) ? 0 : scale_b * value(second, b, index);
      write(to, c, index, 1, combine(operation, scale_a * value(first, a, index), other), scale_c);
    });
  });
}

// Spatial modes (1, 2): a factor a channel; mode 0: one for each element of an example.
CONVLENS_EXPORT cudnnStatus_t cudnnBatchNormalizationForwardInference(void* handle, int mode, const void* alpha,
                                                                      const void* beta, void* x_descriptor,
                                                                      const void* x, void* y_descriptor, void* y,
                                                                      void* parameters, const void* scale,
                                                                      const void* bias, const void* mean,
                                                                      const void* variance, double epsilon) {
  DNN_CALL(kContext);
  Handle* found = usable(handle, call, __func__);
  const Tensor *from = object<Tensor>(x_descriptor), *to = object<Tensor>(y_descriptor),
               *each_of = object<Tensor>(parameters);
  if (found == nullptr || from == nullptr || to == nullptr || each_of == nullptr || alpha == nullptr ||
      beta == nullptr || x == nullptr || y == nullptr || scale == nullptr || bias == nullptr || mean == nullptr ||
      variance == nullptr) {
    return kBadParam;
  }
  if (mode < 0 || mode > 2 || epsilon < 0 || from->dims != to->dims || from->type != to->type) return kBadParam;
  std::vector<int> wanted = from->dims;
  for (size_t axis = 0; axis < wanted.size(); axis++) {
    if (axis != 1 && (axis == 0 || mode != 0)) wanted[axis] = 1;
  }
  if (each_of->dims != wanted) return kBadParam;
  const double a = scalar(alpha, from->type), b = scalar(beta, from->type);
  return queue(call, *found, __func__,
               {operand(*from, x), operand(*to, y), operand(*each_of, scale), operand(*each_of, bias),
                operand(*each_of, mean), operand(*each_of, variance)},
               [=, from = *from, to = *to, p = *each_of] {
                 each(to, [&](const std::vector<int>& index) {
                   const double centred = value(from, x, index) - value(p, mean, index);
                   const double normal = centred / std::sqrt(epsilon + value(p, variance, index));
                   write(to, y, index, a, value(p, bias, index) + value(p, scale, index) * normal, b);
                 });
               });
}
