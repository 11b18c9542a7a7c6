// Which algorithm can do which convolution, after the tables of the cuDNN API reference for cudnnConvolutionForward and
// cudnnConvolutionBackwardData, and the workspace it is given here. Sizes are the emulator's own: cuDNN documents none.
#include <algorithm>

#include "convolution_problem.h"

namespace convlens::emulator::dnn {
namespace {

constexpr size_t kAlignment = 512;

size_t aligned(int64_t bytes) { return (static_cast<size_t>(bytes) + kAlignment - 1) / kAlignment * kAlignment; }

bool all(const std::array<int64_t, 3>& values, int64_t wanted) {
  return std::all_of(values.begin(), values.end(), [wanted](int64_t value) { return value == wanted; });
}

// Places side by side with nothing between them, channels last: what filters in NHWC ask of both tensors.
bool is_hwc_packed(const View& view) {
  int64_t next = view.dims[1];
  if (view.strides[1] != 1 && view.dims[1] != 1) return false;
  for (size_t axis = 4; axis >= 2; axis--) {
    if (view.dims[axis] != 1 && view.strides[axis] != next) return false;
    next *= view.dims[axis];
  }
  return true;
}

// Maps one after the other, rows packed: what FFT and Winograd ask of both tensors.
bool is_chw_packed(const View& view) {
  int64_t next = 1;
  for (const size_t axis : {size_t{4}, size_t{3}, size_t{2}, size_t{1}}) {
    if (view.dims[axis] != 1 && view.strides[axis] != next) return false;
    next *= view.dims[axis];
  }
  return true;
}

int64_t windows_bytes(const ConvolutionProblem& p) {
  return p.y.places() * p.channels * p.tap_count() * static_cast<int64_t>(bytes_of(p.x.format));
}

// Axes from the end: height is 1, width is 2.
bool fits_fft(const ConvolutionProblem& p) {
  return p.spatial == 2 && is_chw_packed(p.x) && is_chw_packed(p.y) && all(p.stride, 1) && all(p.dilation, 1) &&
         p.x.dims[3] + 2 * p.pad[1] <= 256 && p.x.dims[4] + 2 * p.pad[2] <= 256 && p.taps[1] > p.pad[1] &&
         p.taps[2] > p.pad[2];
}

bool fits_fft_tiling(const ConvolutionProblem& p) {
  return p.spatial == 2 && is_chw_packed(p.x) && is_chw_packed(p.y) && all(p.stride, 1) && all(p.dilation, 1) &&
         p.taps[1] <= 32 && p.taps[2] <= 32 && p.taps[1] > p.pad[1] && p.taps[2] > p.pad[2];
}

bool fits_winograd(const ConvolutionProblem& p, bool with_five) {
  const int64_t side = p.taps[1];
  return p.spatial == 2 && all(p.stride, 1) && all(p.dilation, 1) && p.taps[2] == side &&
         (side == 3 || (with_five && side == 5)) && is_chw_packed(p.x) && is_chw_packed(p.y);
}

int64_t transformed_bytes(const ConvolutionProblem& p) {
  return 4 * 4 *
         (p.x.dims[0] * p.x.dims[1] * p.x.places() + p.y.dims[0] * p.y.dims[1] * p.y.places() + p.weight_count());
}

cudnnStatus_t give(bool fits, int64_t bytes, size_t& workspace) {
  workspace = fits ? aligned(bytes) : 0;
  return fits ? kOk : kUnsupported;
}

}  // namespace

cudnnStatus_t forward_algorithm(const ConvolutionProblem& p, int algorithm, size_t& workspace) {
  if (p.by_nhwc) {
    if (algorithm > 1 || !is_hwc_packed(p.x) || !is_hwc_packed(p.y)) return give(false, 0, workspace);
  }
  switch (algorithm) {
    case 0:  // IMPLICIT_GEMM
      return give(true, 0, workspace);
    case 1:  // IMPLICIT_PRECOMP_GEMM
      return give(all(p.dilation, 1), 4 * p.channels * p.tap_count(), workspace);
    case 2:  // GEMM
      return give(p.spatial == 2 && all(p.dilation, 1) && p.groups == 1, windows_bytes(p), workspace);
    case 4:  // FFT
      return give(fits_fft(p), transformed_bytes(p), workspace);
    case 5:  // FFT_TILING
      return give(fits_fft_tiling(p), transformed_bytes(p) / 2, workspace);
    case 6:  // WINOGRAD
      return give(fits_winograd(p, false), 0, workspace);
    case 7:  // WINOGRAD_NONFUSED
      return give(fits_winograd(p, true), transformed_bytes(p), workspace);
    default:  // DIRECT was never there
      return give(false, 0, workspace);
  }
}

cudnnStatus_t backward_data_algorithm(const ConvolutionProblem& p, int algorithm, size_t& workspace) {
  if (p.by_nhwc && (algorithm > 1 || !is_hwc_packed(p.x) || !is_hwc_packed(p.y))) return give(false, 0, workspace);
  switch (algorithm) {
    case 0:
      return give(true, 0, workspace);
    case 1:
      return give(all(p.dilation, 1), 4 * p.filters * p.tap_count(), workspace);
    case 2:
      return give(fits_fft(p), transformed_bytes(p), workspace);
    case 3:
      return give(fits_fft_tiling(p), transformed_bytes(p) / 2, workspace);
    case 4:
      return give(fits_winograd(p, false), 0, workspace);
    case 5:
      return give(fits_winograd(p, true), transformed_bytes(p), workspace);
    default:
      return give(false, 0, workspace);
  }
}

// "ALGO_0: a sum of matrix products, ... the results are non-deterministic."
bool is_deterministic_backward(int algorithm) { return algorithm != 0; }

}  // namespace convlens::emulator::dnn
