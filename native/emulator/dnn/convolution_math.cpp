// Convolutions as products of matrices: places by filters, along taps and channels. Windows are gathered as the product
// asks for them, never written out.
#include <algorithm>

#include "../math/gemm.h"
#include "convolution_problem.h"

namespace convlens::emulator::dnn {
namespace {

using Write = std::function<void(int64_t, int64_t, int64_t, float)>;

// Fewer numbers along k than this in a group, and gathering would cost more than the products.
constexpr int64_t kLeastDepth = 16;

// What one place of the result reads along one axis for one tap: an index into the source, or -1.
int64_t source_index(const ConvolutionProblem& p, size_t axis, int64_t place, int64_t tap, bool back) {
  const int64_t turned = p.flips ? p.taps[axis] - 1 - tap : tap;
  if (!back) {
    const int64_t at = place * p.stride[axis] - p.pad[axis] + turned * p.dilation[axis];
    return at >= 0 && at < p.x.dims[axis + 2] ? at : -1;
  }
  const int64_t spread = place + p.pad[axis] - turned * p.dilation[axis];
  if (spread < 0 || spread % p.stride[axis] != 0) return -1;
  return spread / p.stride[axis] < p.y.dims[axis + 2] ? spread / p.stride[axis] : -1;
}

// Windows of a group's channels, a line for each place of the result over the whole batch. Along k: tap, then channel.
class Windows : public Lines {
 public:
  Windows(const ConvolutionProblem& p, const float* source, const View& from, const View& to, int64_t first_channel,
          int64_t channels, bool back)
      : p_(p), source_(source), from_(from), to_(to), first_channel_(first_channel), channels_(channels), back_(back) {}

  void pack(size_t first, size_t count, size_t k, size_t ks, size_t width, float* to) const override {
    for (size_t line = 0; line < count; line++) {
      const auto number = static_cast<int64_t>(first + line);
      pack_line(number / to_.places(), number % to_.places(), static_cast<int64_t>(k), static_cast<int64_t>(ks), width,
                to + line);
    }
  }

 private:
  void pack_line(int64_t n, int64_t place, int64_t k, int64_t ks, size_t width, float* to) const {
    for (int64_t i = 0; i < ks;) {
      const int64_t tap = (k + i) / channels_;
      const int64_t channel = (k + i) % channels_;
      const int64_t some = std::min(channels_ - channel, ks - i);
      const float* from = tap_source(n, place, tap);
      const int64_t stride = from_.strides[1];
      for (int64_t c = 0; c < some; c++) {
        to[static_cast<size_t>(i + c) * width] = from == nullptr ? 0.0f : from[(channel + c) * stride];
      }
      i += some;
    }
  }

  // The group's first channel where the tap of the place's window lies; null in the padding.
  const float* tap_source(int64_t n, int64_t place, int64_t tap) const {
    const int64_t places[] = {place / (to_.dims[3] * to_.dims[4]), place / to_.dims[4] % to_.dims[3],
                              place % to_.dims[4]};
    const int64_t taps[] = {tap / (p_.taps[1] * p_.taps[2]), tap / p_.taps[2] % p_.taps[1], tap % p_.taps[2]};
    int64_t at = n * from_.strides[0] + first_channel_ * from_.strides[1];
    for (size_t axis = 0; axis < 3; axis++) {
      const int64_t index = source_index(p_, axis, places[axis], taps[axis], back_);
      if (index < 0) return nullptr;
      at += index * from_.strides[axis + 2];
    }
    return source_ + at;
  }

  const ConvolutionProblem& p_;
  const float* source_;
  const View& from_;
  const View& to_;
  int64_t first_channel_;
  int64_t channels_;
  bool back_;
};

// A group's weights, a line for each channel of the result, along k as Windows.
class Weights : public Lines {
 public:
  Weights(const ConvolutionProblem& p, const float* weights, int64_t line_stride, int64_t channel_stride,
          int64_t channels)
      : p_(p), weights_(weights), line_stride_(line_stride), channel_stride_(channel_stride), channels_(channels) {}

  void pack(size_t first, size_t count, size_t k, size_t ks, size_t width, float* to) const override {
    for (size_t i = 0; i < ks; i++) {
      const auto at = static_cast<int64_t>(k + i);
      const float* from = weights_ + tap_offset(at / channels_) + at % channels_ * channel_stride_;
      for (size_t line = 0; line < count; line++) {
        to[i * width + line] = from[static_cast<int64_t>(first + line) * line_stride_];
      }
    }
  }

 private:
  int64_t tap_offset(int64_t tap) const {
    return tap / (p_.taps[1] * p_.taps[2]) * p_.weight_strides[2] +
           tap / p_.taps[2] % p_.taps[1] * p_.weight_strides[3] + tap % p_.taps[2] * p_.weight_strides[4];
  }

  const ConvolutionProblem& p_;
  const float* weights_;
  int64_t line_stride_;
  int64_t channel_stride_;
  int64_t channels_;
};

// One number along k at a time: for groups of few channels.
void sum_directly(const Lines& left, const Lines& right, size_t rows, size_t columns, size_t k, const Sink& sink) {
  std::vector<float> weights(k * columns);
  right.pack(0, columns, 0, k, columns, weights.data());
  std::vector<float> window(k), sums(columns);
  for (size_t row = 0; row < rows; row++) {
    left.pack(row, 1, 0, k, 1, window.data());
    std::fill(sums.begin(), sums.end(), 0.0f);
    for (size_t i = 0; i < k; i++) {
      for (size_t column = 0; column < columns; column++) sums[column] += window[i] * weights[i * columns + column];
    }
    sink(row, 1, 0, columns, sums.data(), columns);
  }
}

void products(const ConvolutionProblem& p, const Lines& left, const Lines& right, const View& to, int64_t first_channel,
              int64_t channels, int64_t depth, const Write& write) {
  const auto rows = static_cast<size_t>(to.dims[0] * to.places());
  const Sink sink = [&](size_t row, size_t some_rows, size_t column, size_t columns, const float* sums, size_t stride) {
    for (size_t i = 0; i < some_rows; i++) {
      const auto number = static_cast<int64_t>(row + i);
      for (size_t j = 0; j < columns; j++) {
        write(number / to.places(), first_channel + static_cast<int64_t>(column + j), number % to.places(),
              sums[i * stride + j]);
      }
    }
  };
  const auto k = static_cast<size_t>(depth * p.tap_count());
  if (depth * p.tap_count() < kLeastDepth || channels < 4) {
    sum_directly(left, right, rows, static_cast<size_t>(channels), k, sink);
  } else {
    multiply(rows, static_cast<size_t>(channels), k, left, right, sink);
  }
}

int64_t view_span(const View& view) {
  int64_t last = 0;
  for (size_t axis = 0; axis < 5; axis++) last += (view.dims[axis] - 1) * view.strides[axis];
  return last + 1;
}

}  // namespace

void convolve(const ConvolutionProblem& p, const void* x, const void* w, const Write& write) {
  const Floats source(x, view_span(p.x), p.x.format, p.rounding);
  const Floats weights(w, p.weight_count(), p.weight_format, p.rounding);
  const int64_t filters = p.filters / p.groups;
  for (int64_t group = 0; group < p.groups; group++) {
    const Windows windows(p, source.data(), p.x, p.y, group * p.channels, p.channels, false);
    const Weights lines(p, weights.data() + group * filters * p.weight_strides[0], p.weight_strides[0],
                        p.weight_strides[1], p.channels);
    products(p, windows, lines, p.y, group * filters, filters, p.channels, write);
  }
}

void convolve_back(const ConvolutionProblem& p, const void* w, const void* y, const Write& write) {
  const Floats source(y, view_span(p.y), p.y.format, p.rounding);
  const Floats weights(w, p.weight_count(), p.weight_format, p.rounding);
  const int64_t filters = p.filters / p.groups;
  for (int64_t group = 0; group < p.groups; group++) {
    const Windows windows(p, source.data(), p.y, p.x, group * filters, filters, true);
    const Weights lines(p, weights.data() + group * filters * p.weight_strides[0], p.weight_strides[1],
                        p.weight_strides[0], filters);
    products(p, windows, lines, p.x, group * p.channels, p.channels, filters, write);
  }
}

}  // namespace convlens::emulator::dnn
