// libcudnn_cnn: convolutions, forwards and backwards to the data.
#include <algorithm>
#include <memory>
#include <numeric>

#include "../core/poison.h"
#include "convolution_problem.h"

using namespace convlens::emulator;
using namespace convlens::emulator::dnn;

namespace {

constexpr int kForwardAlgorithms = 8;   // CUDNN_CONVOLUTION_FWD_ALGO_COUNT
constexpr int kBackwardAlgorithms = 6;  // CUDNN_CONVOLUTION_BWD_DATA_ALGO_COUNT

// As cudnnConvolutionFwdAlgoPerf_t and cudnnConvolutionBwdDataAlgoPerf_t lie in memory.
struct Performance {
  int algorithm;
  int status;
  float time;
  size_t memory;
  int determinism;
  int math;
  int reserved[3];
};

struct Operands {
  const Tensor* x;
  const Filter* w;
  const Convolution* convolution;
  const Tensor* y;
};

cudnnStatus_t state(Call& call, const void* x, const void* w, const void* convolution, const void* y,
                    Operands& operands, ConvolutionProblem& problem) {
  operands = {object<Tensor>(x), object<Filter>(w), object<Convolution>(convolution), object<Tensor>(y)};
  if (operands.x == nullptr || operands.w == nullptr || operands.convolution == nullptr || operands.y == nullptr) {
    return kBadParam;
  }
  return problem_of(*operands.x, *operands.w, *operands.convolution, *operands.y, call.context().device(), problem);
}

using Algorithm = cudnnStatus_t (*)(const ConvolutionProblem&, int, size_t&);

// The order in which cuDNN's heuristics would offer them is not documented; here it is by number, gather-based first.
cudnnStatus_t list(const ConvolutionProblem& problem, const Convolution& convolution, Algorithm algorithm, int count,
                   int requested, int* returned, Performance* results, bool backward) {
  if (returned == nullptr || results == nullptr || requested < 1) return kBadParam;
  std::vector<Performance> all;
  for (int number = 0; number < count; number++) {
    Performance result{};
    result.algorithm = number;
    result.status = algorithm(problem, number, result.memory);
    result.time = -1;  // heuristics do not time
    result.determinism = backward ? is_deterministic_backward(number) : 1;
    result.math = convolution.math;
    all.push_back(result);
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Performance& a, const Performance& b) { return a.status < b.status; });
  *returned = std::min(requested, count);
  std::copy(all.begin(), all.begin() + *returned, results);
  return kOk;
}

cudnnStatus_t workspace_size(const ConvolutionProblem& problem, Algorithm algorithm, int number, size_t* bytes) {
  if (bytes == nullptr) return kBadParam;
  return algorithm(problem, number, *bytes);
}

// Checks algorithm and workspace as the convolution itself does.
cudnnStatus_t check_workspace(const ConvolutionProblem& problem, Algorithm algorithm, int number, const void* workspace,
                              size_t bytes, size_t& needed) {
  if (const cudnnStatus_t status = algorithm(problem, number, needed)) return status;
  return needed > 0 && (workspace == nullptr || bytes < needed) ? kBadParam : kOk;
}

Operand weights(const Filter& filter, const void* w) {
  const int64_t count = std::accumulate(filter.dims.begin(), filter.dims.end(), int64_t{1}, std::multiplies<int64_t>());
  return {w, static_cast<size_t>(count) * element_bytes(filter.type)};
}

// A workspace is scribbled over, so that two streams that share one disturb each other.
void scribble(void* workspace, size_t bytes) {
  if (bytes > 0) fill(workspace, bytes, kUnwritten);
}

WriteSums blending(void* to, const View& view, double alpha, double beta) {
  return [=, &view](int64_t n, int64_t first, int64_t count, int64_t place, const float* sums) {
    const int64_t at = view.at(n, first, place);
    for (int64_t i = 0; i < count; i++) blend(to, at + i * view.strides[1], view.format, alpha, sums[i], beta);
  };
}

bool has_shape(const Tensor& tensor, const std::vector<int>& dims) { return tensor.dims == dims; }

std::vector<int> bias_shape(const Tensor& y) {
  std::vector<int> dims(y.dims.size(), 1);
  dims[1] = y.dims[1];
  return dims;
}

}  // namespace

CONVLENS_EXPORT cudnnStatus_t cudnnCnnVersionCheck() {
  DNN_CALL(kNothing);
  return kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnCreateConvolutionDescriptor(void** descriptor) {
  DNN_CALL(kNothing);
  return create(descriptor, Convolution{});
}

CONVLENS_EXPORT cudnnStatus_t cudnnDestroyConvolutionDescriptor(void* descriptor) {
  DNN_CALL(kNothing);
  return call.released(destroy<Convolution>(descriptor));
}

CONVLENS_EXPORT cudnnStatus_t cudnnSetConvolutionNdDescriptor(void* descriptor, int axes, const int* pad,
                                                              const int* stride, const int* dilation, int mode,
                                                              int compute_type) {
  DNN_CALL(kNothing);
  Convolution* found = object<Convolution>(descriptor);
  if (found == nullptr || axes < 1 || pad == nullptr || stride == nullptr || dilation == nullptr) return kBadParam;
  if (axes > kMostSpatial) return kUnsupported;
  for (int axis = 0; axis < axes; axis++) {
    if (pad[axis] < 0 || stride[axis] <= 0 || dilation[axis] <= 0) return kBadParam;
  }
  if (mode != kConvolution && mode != kCrossCorrelation) return kBadParam;
  if (compute_type != kDataFloat && compute_type != kDataDouble && compute_type != kDataHalf) return kBadParam;
  found->pad.assign(pad, pad + axes);
  found->stride.assign(stride, stride + axes);
  found->dilation.assign(dilation, dilation + axes);
  found->mode = mode;
  found->compute_type = compute_type;
  return kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnSetConvolution2dDescriptor(void* descriptor, int pad_h, int pad_w, int stride_h,
                                                              int stride_w, int dilation_h, int dilation_w, int mode,
                                                              int compute_type) {
  const int pad[] = {pad_h, pad_w}, stride[] = {stride_h, stride_w}, dilation[] = {dilation_h, dilation_w};
  return cudnnSetConvolutionNdDescriptor(descriptor, 2, pad, stride, dilation, mode, compute_type);
}

CONVLENS_EXPORT cudnnStatus_t cudnnSetConvolutionGroupCount(void* descriptor, int groups) {
  DNN_CALL(kNothing);
  Convolution* found = object<Convolution>(descriptor);
  if (found == nullptr || groups < 1) return kBadParam;
  found->groups = groups;
  return kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnGetConvolutionGroupCount(void* descriptor, int* groups) {
  DNN_CALL(kNothing);
  const Convolution* found = object<Convolution>(descriptor);
  if (found == nullptr || groups == nullptr) return kBadParam;
  *groups = found->groups;
  return kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnSetConvolutionMathType(void* descriptor, int math) {
  DNN_CALL(kNothing);
  Convolution* found = object<Convolution>(descriptor);
  if (found == nullptr || math < kDefaultMath || math > kFmaMath) return kBadParam;
  found->math = math;
  return kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnGetConvolutionMathType(void* descriptor, int* math) {
  DNN_CALL(kNothing);
  const Convolution* found = object<Convolution>(descriptor);
  if (found == nullptr || math == nullptr) return kBadParam;
  *math = found->math;
  return kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnSetConvolutionReorderType(void* descriptor, int type) {
  DNN_CALL(kNothing);
  return object<Convolution>(descriptor) == nullptr || type < 0 || type > 1 ? kBadParam : kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnGetConvolutionNdForwardOutputDim(void* descriptor, void* x, void* w, int count,
                                                                    int* dims) {
  DNN_CALL(kNothing);
  const Convolution* convolution = object<Convolution>(descriptor);
  const Tensor* input = object<Tensor>(x);
  const Filter* filter = object<Filter>(w);
  if (convolution == nullptr || input == nullptr || filter == nullptr || dims == nullptr) return kBadParam;
  const size_t axes = input->dims.size();
  if (static_cast<size_t>(count) != axes || filter->dims.size() != axes || convolution->pad.size() + 2 != axes ||
      input->dims[1] != filter->dims[1] * convolution->groups) {
    return kBadParam;
  }
  dims[0] = input->dims[0];
  dims[1] = filter->dims[0];
  for (size_t axis = 0; axis + 2 < axes; axis++) {
    const int reach = (filter->dims[axis + 2] - 1) * convolution->dilation[axis] + 1;
    dims[axis + 2] = 1 + (input->dims[axis + 2] + 2 * convolution->pad[axis] - reach) / convolution->stride[axis];
    if (dims[axis + 2] <= 0) return kBadParam;
  }
  return kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnGetConvolution2dForwardOutputDim(void* descriptor, void* x, void* w, int* n, int* c,
                                                                    int* h, int* width) {
  int dims[4];
  const cudnnStatus_t status = cudnnGetConvolutionNdForwardOutputDim(descriptor, x, w, 4, dims);
  if (status != kOk) return status;
  *n = dims[0];
  *c = dims[1];
  *h = dims[2];
  *width = dims[3];
  return kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnGetConvolutionForwardAlgorithmMaxCount(void* handle, int* count) {
  DNN_CALL(kContext);
  if (usable(handle, call, __func__) == nullptr || count == nullptr) return kBadParam;
  *count = kForwardAlgorithms;
  return kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnGetConvolutionForwardAlgorithm_v7(void* handle, void* x, void* w, void* convolution,
                                                                     void* y, int requested, int* returned,
                                                                     Performance* results) {
  DNN_CALL(kContext);
  Operands operands;
  ConvolutionProblem problem;
  if (usable(handle, call, __func__) == nullptr) return kBadParam;
  if (const cudnnStatus_t status = state(call, x, w, convolution, y, operands, problem)) return status;
  return list(problem, *operands.convolution, &forward_algorithm, kForwardAlgorithms, requested, returned, results,
              false);
}

CONVLENS_EXPORT cudnnStatus_t cudnnGetConvolutionForwardWorkspaceSize(void* handle, void* x, void* w, void* convolution,
                                                                      void* y, int algorithm, size_t* bytes) {
  DNN_CALL(kContext);
  Operands operands;
  ConvolutionProblem problem;
  if (usable(handle, call, __func__) == nullptr) return kBadParam;
  if (const cudnnStatus_t status = state(call, x, w, convolution, y, operands, problem)) return status;
  return workspace_size(problem, &forward_algorithm, algorithm, bytes);
}

CONVLENS_EXPORT cudnnStatus_t cudnnConvolutionForward(void* handle, const void* alpha, void* x_descriptor,
                                                      const void* x, void* w_descriptor, const void* w,
                                                      void* convolution, int algorithm, void* workspace,
                                                      size_t workspace_bytes, const void* beta, void* y_descriptor,
                                                      void* y) {
  DNN_CALL(kContext);
  Handle* found = usable(handle, call, __func__);
  Operands operands;
  ConvolutionProblem p;
  if (found == nullptr || alpha == nullptr || beta == nullptr || x == nullptr || w == nullptr || y == nullptr)
    return kBadParam;
  if (const cudnnStatus_t status = state(call, x_descriptor, w_descriptor, convolution, y_descriptor, operands, p))
    return status;
  size_t needed = 0;
  if (const cudnnStatus_t status =
          check_workspace(p, &forward_algorithm, algorithm, workspace, workspace_bytes, needed)) {
    return status;
  }
  const double a = scalar(alpha, operands.x->type), b = scalar(beta, operands.x->type);
  return queue(call, *found, __func__,
               {operand(*operands.x, x), weights(*operands.w, w), operand(*operands.y, y), Operand{workspace, needed}},
               [=] {
                 scribble(workspace, needed);
                 convolve(p, x, w, blending(y, p.y, a, b));
               });
}

// "Only CUDNN_ACTIVATION_RELU and CUDNN_ACTIVATION_IDENTITY; identity only with IMPLICIT_PRECOMP_GEMM."
CONVLENS_EXPORT cudnnStatus_t cudnnConvolutionBiasActivationForward(
    void* handle, const void* alpha1, void* x_descriptor, const void* x, void* w_descriptor, const void* w,
    void* convolution, int algorithm, void* workspace, size_t workspace_bytes, const void* alpha2, void* z_descriptor,
    const void* z, void* bias_descriptor, const void* bias, void* activation_descriptor, void* y_descriptor, void* y) {
  DNN_CALL(kContext);
  Handle* found = usable(handle, call, __func__);
  Operands operands;
  ConvolutionProblem p;
  const Tensor* added = object<Tensor>(z_descriptor);
  const Tensor* bias_tensor = object<Tensor>(bias_descriptor);
  const Activation* activation = object<Activation>(activation_descriptor);
  if (found == nullptr || added == nullptr || bias_tensor == nullptr || activation == nullptr || alpha1 == nullptr ||
      alpha2 == nullptr || x == nullptr || w == nullptr || z == nullptr || bias == nullptr || y == nullptr) {
    return kBadParam;
  }
  if (const cudnnStatus_t status = state(call, x_descriptor, w_descriptor, convolution, y_descriptor, operands, p))
    return status;
  View adds, biases;
  if (!has_shape(*added, operands.y->dims) || added->type != operands.y->type ||
      added->strides != operands.y->strides || !has_shape(*bias_tensor, bias_shape(*operands.y)) ||
      bias_tensor->type != operands.y->type) {
    return kBadParam;
  }
  if (!view_of(*added, adds) || !view_of(*bias_tensor, biases)) return kUnsupported;
  if (activation->mode != kRelu && activation->mode != kIdentity) return kUnsupported;
  if (activation->mode == kIdentity && algorithm != 1) return kUnsupported;
  if (biases.dims[1] != 1 && biases.strides[1] != 1) return kUnsupported;
  size_t needed = 0;
  if (const cudnnStatus_t status =
          check_workspace(p, &forward_algorithm, algorithm, workspace, workspace_bytes, needed)) {
    return status;
  }
  const double a = scalar(alpha1, operands.x->type), b = scalar(alpha2, operands.x->type);
  return queue(call, *found, __func__,
               {operand(*operands.x, x), weights(*operands.w, w), operand(*added, z), operand(*bias_tensor, bias),
                operand(*operands.y, y), Operand{workspace, needed}},
               [=, activation = *activation] {
                 scribble(workspace, needed);
                 convolve(p, x, w, [&](int64_t n, int64_t first, int64_t count, int64_t place, const float* sums) {
                   const int64_t to = p.y.at(n, first, place), from = adds.at(n, first, place);
                   for (int64_t i = 0; i < count; i++) {
                     const double other = b == 0 ? 0 : b * load(z, from + i * adds.strides[1], adds.format);
                     const double value =
                         a * sums[i] + other + load(bias, (first + i) * biases.strides[1], biases.format);
                     store(y, to + i * p.y.strides[1], p.y.format, activate(activation, static_cast<float>(value)));
                   }
                 });
               });
}

CONVLENS_EXPORT cudnnStatus_t cudnnGetConvolutionBackwardDataAlgorithmMaxCount(void* handle, int* count) {
  DNN_CALL(kContext);
  if (usable(handle, call, __func__) == nullptr || count == nullptr) return kBadParam;
  *count = kBackwardAlgorithms;
  return kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnGetConvolutionBackwardDataAlgorithm_v7(void* handle, void* w, void* dy,
                                                                          void* convolution, void* dx, int requested,
                                                                          int* returned, Performance* results) {
  DNN_CALL(kContext);
  Operands operands;
  ConvolutionProblem problem;
  if (usable(handle, call, __func__) == nullptr) return kBadParam;
  if (const cudnnStatus_t status = state(call, dx, w, convolution, dy, operands, problem)) return status;
  return list(problem, *operands.convolution, &backward_data_algorithm, kBackwardAlgorithms, requested, returned,
              results, true);
}

CONVLENS_EXPORT cudnnStatus_t cudnnGetConvolutionBackwardDataWorkspaceSize(void* handle, void* w, void* dy,
                                                                           void* convolution, void* dx, int algorithm,
                                                                           size_t* bytes) {
  DNN_CALL(kContext);
  Operands operands;
  ConvolutionProblem problem;
  if (usable(handle, call, __func__) == nullptr) return kBadParam;
  if (const cudnnStatus_t status = state(call, dx, w, convolution, dy, operands, problem)) return status;
  return workspace_size(problem, &backward_data_algorithm, algorithm, bytes);
}

CONVLENS_EXPORT cudnnStatus_t cudnnConvolutionBackwardData(void* handle, const void* alpha, void* w_descriptor,
                                                           const void* w, void* dy_descriptor, const void* dy,
                                                           void* convolution, int algorithm, void* workspace,
                                                           size_t workspace_bytes, const void* beta,
                                                           void* dx_descriptor, void* dx) {
  DNN_CALL(kContext);
  Handle* found = usable(handle, call, __func__);
  Operands operands;
  ConvolutionProblem p;
  if (found == nullptr || alpha == nullptr || beta == nullptr || dx == nullptr || w == nullptr || dy == nullptr)
    return kBadParam;
  if (const cudnnStatus_t status = state(call, dx_descriptor, w_descriptor, convolution, dy_descriptor, operands, p)) {
    return status;
  }
  size_t needed = 0;
  if (const cudnnStatus_t status =
          check_workspace(p, &backward_data_algorithm, algorithm, workspace, workspace_bytes, needed)) {
    return status;
  }
  const double a = scalar(alpha, operands.x->type), b = scalar(beta, operands.x->type);
  return queue(
      call, *found, __func__,
      {operand(*operands.x, dx), weights(*operands.w, w), operand(*operands.y, dy), Operand{workspace, needed}}, [=] {
        scribble(workspace, needed);
        convolve_back(p, w, dy, blending(dx, p.x, a, b));
      });
}
