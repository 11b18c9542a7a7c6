#include "convolution_problem.h"

namespace convlens::emulator::dnn {
namespace {

// cudnnMathType_t: what tensor cores of the device may round operands to.
Rounding rounding_of(int type, int math, int device) {
  if (type != kDataFloat || math == kFmaMath) return Rounding::kNone;
  const int major = Emulator::get().device(device)->settings.major;
  if (major >= 8) return Rounding::kTf32;
  return math == kTensorOpMathAllowConversion ? Rounding::kHalf : Rounding::kNone;
}

std::array<int64_t, 3> last_three(const std::vector<int>& values, int64_t otherwise) {
  std::array<int64_t, 3> result{otherwise, otherwise, otherwise};
  for (size_t i = 0; i < values.size(); i++) result[3 - values.size() + i] = values[i];
  return result;
}

void set_weight_strides(ConvolutionProblem& p) {
  const int64_t taps = p.tap_count();
  if (p.by_nhwc) {
    p.weight_strides = {taps * p.channels, 1, p.taps[1] * p.taps[2] * p.channels, p.taps[2] * p.channels, p.channels};
  } else {
    p.weight_strides = {taps * p.channels, taps, p.taps[1] * p.taps[2], p.taps[2], 1};
  }
}

bool outputs_fit(const ConvolutionProblem& p) {
  for (size_t axis = 0; axis < 3; axis++) {
    const int64_t reach = (p.taps[axis] - 1) * p.dilation[axis] + 1;
    const int64_t extent = p.x.dims[axis + 2] + 2 * p.pad[axis];
    if (extent < reach || p.y.dims[axis + 2] != (extent - reach) / p.stride[axis] + 1) return false;
  }
  return p.y.dims[0] == p.x.dims[0] && p.y.dims[1] == p.filters;
}

}  // namespace

cudnnStatus_t problem_of(const Tensor& x, const Filter& w, const Convolution& convolution, const Tensor& y, int device,
                         ConvolutionProblem& p) {
  const size_t axes = x.dims.size();
  if (axes == 0 || w.dims.empty() || convolution.pad.empty()) return kBadParam;
  if (y.dims.size() != axes || w.dims.size() != axes || convolution.pad.size() + 2 != axes) return kBadParam;
  if (x.type != w.type || x.type != y.type) return kBadParam;
  if (axes > 5 || !view_of(x, p.x) || !view_of(y, p.y)) return kUnsupported;
  p.weight_format = p.x.format;
  p.rounding = rounding_of(x.type, convolution.math, device);
  p.spatial = static_cast<int>(axes) - 2;
  p.groups = convolution.groups;
  p.filters = w.dims[0];
  p.channels = w.dims[1];
  p.taps = last_three({w.dims.begin() + 2, w.dims.end()}, 1);
  p.pad = last_three(convolution.pad, 0);
  p.stride = last_three(convolution.stride, 1);
  p.dilation = last_three(convolution.dilation, 1);
  p.flips = convolution.mode == kConvolution;
  p.by_nhwc = w.format == kNhwc;
  if (p.x.dims[1] != p.channels * p.groups || p.filters % p.groups != 0) return kBadParam;
  if (!outputs_fit(p)) return kBadParam;
  set_weight_strides(p);
  return kOk;
}

}  // namespace convlens::emulator::dnn
