// Convolutions as products of matrices: places by filters, along taps and channels. Windows are gathered as the product
// asks for them, never written out.
#include <algorithm>

#include "../math/gemm.h"
#include "convolution_problem.h"

namespace convlens::emulator::dnn {
namespace {

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

  // The first of the channels where the tap of the place's window lies; null in the padding.
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

// What the two directions differ in.
struct Direction {
  bool back;
  const View& from;
  const View& to;
  const float* source;
  const float* weights;
  int64_t from_channels, to_channels;  // of a group
  int64_t to_stride, from_stride;      // of the weights, along the result's and the source's channels
};

void one_group(const ConvolutionProblem& p, const Direction& d, int64_t group, const WriteSums& write) {
  const Windows windows(p, d.source, d.from, d.to, group * d.from_channels, d.from_channels, d.back);
  const Weights lines(p, d.weights + group * p.filters / p.groups * p.weight_strides[0], d.to_stride, d.from_stride,
                      d.from_channels);
  const Sink sink = [&](size_t row, size_t rows, size_t column, size_t columns, const float* sums, size_t stride) {
    for (size_t i = 0; i < rows; i++) {
      const auto number = static_cast<int64_t>(row + i);
      write(number / d.to.places(), group * d.to_channels + static_cast<int64_t>(column), static_cast<int64_t>(columns),
            number % d.to.places(), sums + i * stride);
    }
  };
  const auto rows = static_cast<size_t>(d.to.dims[0] * d.to.places()), columns = static_cast<size_t>(d.to_channels);
  const auto k = static_cast<size_t>(d.from_channels * p.tap_count());
  if (d.from_channels * p.tap_count() < kLeastDepth || d.to_channels < 4) {
    sum_directly(windows, lines, rows, columns, k, sink);
  } else {
    multiply(rows, columns, k, windows, lines, sink);
  }
}

// Groups of one channel each: all of them side by side, since a tap lies at the same place for all.
void depthwise(const ConvolutionProblem& p, const Direction& d, const WriteSums& write) {
  const auto groups = static_cast<size_t>(p.groups), taps = static_cast<size_t>(p.tap_count());
  const Windows windows(p, d.source, d.from, d.to, 0, 1, d.back);
  std::vector<float> weights(taps * groups), sums(groups);
  for (size_t group = 0; group < groups; group++) {
    const Weights lines(p, d.weights + static_cast<int64_t>(group) * p.weight_strides[0], 0, 0, 1);
    lines.pack(0, 1, 0, taps, groups, &weights[group]);
  }
  for (int64_t row = 0; row < d.to.dims[0] * d.to.places(); row++) {
    const int64_t n = row / d.to.places(), place = row % d.to.places();
    std::fill(sums.begin(), sums.end(), 0.0f);
    for (size_t tap = 0; tap < taps; tap++) {
      const float* from = windows.tap_source(n, place, static_cast<int64_t>(tap));
      if (from == nullptr) continue;
      const auto stride = static_cast<size_t>(d.from.strides[1]);
      for (size_t c = 0; c < groups; c++) sums[c] += from[c * stride] * weights[tap * groups + c];
    }
    write(n, 0, p.groups, place, sums.data());
  }
}

void run(const ConvolutionProblem& p, const Direction& d, const WriteSums& write) {
  if (p.groups > 1 && d.from_channels == 1 && d.to_channels == 1) {
    depthwise(p, d, write);
    return;
  }
  for (int64_t group = 0; group < p.groups; group++) one_group(p, d, group, write);
}

int64_t view_span(const View& view) {
  int64_t last = 0;
  for (size_t axis = 0; axis < 5; axis++) last += (view.dims[axis] - 1) * view.strides[axis];
  return last + 1;
}

}  // namespace

void convolve(const ConvolutionProblem& p, const void* x, const void* w, const WriteSums& write) {
  const Floats source(x, view_span(p.x), p.x.format, p.rounding);
  const Floats weights(w, p.weight_count(), p.weight_format, p.rounding);
  run(p,
      Direction{false, p.x, p.y, source.data(), weights.data(), p.channels, p.filters / p.groups, p.weight_strides[0],
                p.weight_strides[1]},
      write);
}

void convolve_back(const ConvolutionProblem& p, const void* w, const void* y, const WriteSums& write) {
  const Floats source(y, view_span(p.y), p.y.format, p.rounding);
  const Floats weights(w, p.weight_count(), p.weight_format, p.rounding);
  run(p,
      Direction{true, p.y, p.x, source.data(), weights.data(), p.filters / p.groups, p.channels, p.weight_strides[1],
                p.weight_strides[0]},
      write);
}

}  // namespace convlens::emulator::dnn
