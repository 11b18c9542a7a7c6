// A convolution as cuDNN's descriptors state it: checked, and put into one form.
#pragma once

#include <array>

#include "descriptors.h"

namespace convlens::emulator::dnn {

// Spatial axes are three; where there are fewer the first are 1.
struct ConvolutionProblem {
  View x;  // the input of the forward direction
  View y;  // its output
  Format weight_format;
  Rounding rounding;
  int64_t groups, channels, filters;  // input channels of a group, output channels in all
  std::array<int64_t, 3> taps, pad, stride, dilation;
  std::array<int64_t, 5> weight_strides;
  bool flips;    // a true convolution: the filter is turned round
  bool by_nhwc;  // the filter's channels lie last
  int spatial;   // axes that the descriptors have

  int64_t tap_count() const { return taps[0] * taps[1] * taps[2]; }
  int64_t weight_count() const { return filters * channels * tap_count(); }
};

// What cudnnConvolutionForward checks before it looks at the algorithm.
cudnnStatus_t problem_of(const Tensor& x, const Filter& w, const Convolution& convolution, const Tensor& y, int device,
                         ConvolutionProblem& problem);

// Takes the sums of some neighbouring channels of one place.
using WriteSums =
    std::function<void(int64_t n, int64_t first_channel, int64_t count, int64_t place, const float* sums)>;

void convolve(const ConvolutionProblem& problem, const void* x, const void* w, const WriteSums& write);

// The gradient with respect to the input.
void convolve_back(const ConvolutionProblem& problem, const void* w, const void* y, const WriteSums& write);

// Algorithms by cuDNN's numbers: whether one can do it (kOk or kUnsupported), and the workspace it then needs.
cudnnStatus_t forward_algorithm(const ConvolutionProblem& problem, int algorithm, size_t& workspace);
cudnnStatus_t backward_data_algorithm(const ConvolutionProblem& problem, int algorithm, size_t& workspace);
bool is_deterministic_backward(int algorithm);

}  // namespace convlens::emulator::dnn
