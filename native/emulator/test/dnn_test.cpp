// cuDNN against plain loops in double precision, and its documented refusals.
#include <algorithm>
#include <array>
#include <limits>

#include "../core/random.h"
#include "check.h"
#include "machine.h"
#include "nvidia_api.h"

using namespace convlens_test;
using convlens::emulator::Random;

namespace {

enum { kNchw = 0, kNhwc = 1 };
const float kOne = 1, kZero = 0;

struct DnnHandle {
  void* handle = nullptr;
  DnnHandle() { cudnnCreate(&handle); }
  ~DnnHandle() { cudnnDestroy(handle); }
};

// A map (n, c, h, w) that lies channels first or last; pitch: elements from place to place where they lie last.
struct Map {
  int n, c, h, w, format;
  int pitch = 0;

  std::array<int, 4> strides() const {
    const int p = pitch > 0 ? pitch : c;
    if (format == kNhwc) return {h * w * p, 1, w * p, p};
    return {c * h * w, h * w, w, 1};
  }
  size_t size() const { return static_cast<size_t>(n * h * w * (format == kNhwc && pitch > 0 ? pitch : c)); }
  size_t at(int in, int ic, int ih, int iw) const {
    const auto s = strides();
    return static_cast<size_t>(in * s[0] + ic * s[1] + ih * s[2] + iw * s[3]);
  }
};

struct TensorOf {
  void* descriptor = nullptr;
  explicit TensorOf(const Map& map) {
    const int dims[] = {map.n, map.c, map.h, map.w};
    cudnnCreateTensorDescriptor(&descriptor);
    cudnnSetTensorNdDescriptor(descriptor, 0, 4, dims, map.strides().data());
  }
  ~TensorOf() { cudnnDestroyTensorDescriptor(descriptor); }
};

struct Convolution {
  Map x, y;
  int groups, kernel, pad, stride, dilation, mode = 1;

  static Convolution drawn(Random& random, int format) {
    const auto some = [&random](int most) { return 1 + static_cast<int>(random.below(static_cast<uint64_t>(most))); };
    Convolution c{};
    c.groups = random.below(3) == 0 ? some(4) : 1;
    c.kernel = some(4);
    c.stride = some(3);
    c.dilation = random.below(3) == 0 ? 2 : 1;
    const int reach = (c.kernel - 1) * c.dilation + 1;
    c.pad = static_cast<int>(random.below(static_cast<uint64_t>(reach)));
    const bool depthwise = c.groups > 1 && random.below(2) == 0;
    c.x = {some(3), c.groups * (depthwise ? 1 : some(9)), reach + some(9), reach + some(9), format};
    c.y = {c.x.n, c.groups * (depthwise ? 1 : some(20)), c.out(c.x.h), c.out(c.x.w), format};
    return c;
  }

  int out(int extent) const { return (extent + 2 * pad - (kernel - 1) * dilation - 1) / stride + 1; }
  int channels() const { return x.c / groups; }
  size_t weight_size() const { return static_cast<size_t>(y.c * channels() * kernel * kernel); }
  size_t weight_at(int k, int c, int r, int s) const {
    const Map w{y.c, channels(), kernel, kernel, x.format};
    return w.at(k, c, r, s);
  }

  // Visits each pair of an input and an output element that a weight joins.
  template <typename Visit>
  void each(Visit visit) const {
    for (int n = 0; n < y.n; n++)
      for (int k = 0; k < y.c; k++)
        for (int oh = 0; oh < y.h; oh++)
          for (int ow = 0; ow < y.w; ow++)
            for (int c = 0; c < channels(); c++)
              for (int r = 0; r < kernel; r++)
                for (int s = 0; s < kernel; s++) {
                  const int ih = oh * stride - pad + r * dilation, iw = ow * stride - pad + s * dilation;
                  if (ih < 0 || iw < 0 || ih >= x.h || iw >= x.w) continue;
                  const int ic = k / (y.c / groups) * channels() + c;
                  const int wr = mode == 1 ? r : kernel - 1 - r, ws = mode == 1 ? s : kernel - 1 - s;
                  visit(x.at(n, ic, ih, iw), weight_at(k, c, wr, ws), y.at(n, k, oh, ow));
                }
  }
};

struct ConvolutionOf {
  TensorOf x, y;
  void *w = nullptr, *descriptor = nullptr;

  explicit ConvolutionOf(const Convolution& c, int math = 3) : x(c.x), y(c.y) {
    const int dims[] = {c.y.c, c.channels(), c.kernel, c.kernel};
    const int pad[] = {c.pad, c.pad}, stride[] = {c.stride, c.stride}, dilation[] = {c.dilation, c.dilation};
    cudnnCreateFilterDescriptor(&w);
    cudnnSetFilterNdDescriptor(w, 0, c.x.format, 4, dims);
    cudnnCreateConvolutionDescriptor(&descriptor);
    cudnnSetConvolutionNdDescriptor(descriptor, 2, pad, stride, dilation, c.mode, 0);
    cudnnSetConvolutionGroupCount(descriptor, c.groups);
    cudnnSetConvolutionMathType(descriptor, math);
  }
  ~ConvolutionOf() {
    cudnnDestroyFilterDescriptor(w);
    cudnnDestroyConvolutionDescriptor(descriptor);
  }
};

std::vector<float> forward(const Convolution& c, const std::vector<float>& x, const std::vector<float>& w) {
  std::vector<float> y(c.y.size(), 0.0f);
  c.each([&](size_t from, size_t weight, size_t to) { y[to] += x[from] * w[weight]; });
  return y;
}

int run_forward(DnnHandle& dnn, const Convolution& c, int algorithm, const std::vector<float>& x,
                const std::vector<float>& w, std::vector<float>& y) {
  const ConvolutionOf of(c);
  size_t bytes = 0;
  if (const int code = cudnnGetConvolutionForwardWorkspaceSize(dnn.handle, of.x.descriptor, of.w, of.descriptor,
                                                               of.y.descriptor, algorithm, &bytes)) {
    return code;
  }
  DeviceFloats dx(x), dw(w), dy(c.y.size()), workspace(bytes / 4 + 1);
  const int code =
      cudnnConvolutionForward(dnn.handle, &kOne, of.x.descriptor, dx.data(), of.w, dw.data(), of.descriptor, algorithm,
                              workspace.data(), bytes, &kZero, of.y.descriptor, dy.data());
  y = dy.values();
  return code;
}

}  // namespace

TEST(convolutions_are_exact_on_whole_numbers) {
  Random random(21);
  DnnHandle dnn;
  for (int trial = 0; trial < 60; trial++) {
    Convolution c = Convolution::drawn(random, trial % 2);
    c.mode = trial % 5 == 0 ? 0 : 1;
    const std::vector<float> x = whole_numbers(c.x.size(), random.next()),
                             w = whole_numbers(c.weight_size(), random.next());
    std::vector<float> y;
    EQUAL(run_forward(dnn, c, 0, x, w, y), 0);
    HOLDS(y == forward(c, x, w));
    if (c.dilation == 1) {
      EQUAL(run_forward(dnn, c, 1, x, w, y), 0);
      HOLDS(y == forward(c, x, w));
    }
  }
  EQUAL(convlens_emulator_reports(-1), 0);
}

TEST(gradients_of_convolutions_are_exact_on_whole_numbers) {
  Random random(22);
  DnnHandle dnn;
  for (int trial = 0; trial < 40; trial++) {
    const Convolution c = Convolution::drawn(random, trial % 2);
    const ConvolutionOf of(c);
    const std::vector<float> w = whole_numbers(c.weight_size(), random.next()),
                             dy = whole_numbers(c.y.size(), random.next());
    std::vector<float> dx(c.x.size(), 0.0f);
    c.each([&](size_t to, size_t weight, size_t from) { dx[to] += dy[from] * w[weight]; });
    DeviceFloats on_w(w), on_dy(dy), on_dx(c.x.size());
    EQUAL(cudnnConvolutionBackwardData(dnn.handle, &kOne, of.w, on_w.data(), of.y.descriptor, on_dy.data(),
                                       of.descriptor, 0, nullptr, 0, &kZero, of.x.descriptor, on_dx.data()),
          0);
    HOLDS(on_dx.values() == dx);
  }
}

TEST(a_wrong_layout_is_caught_by_its_numbers) {
  // Planted: the filter is written channels first and said to lie channels last.
  DnnHandle dnn;
  const Convolution c{{1, 6, 8, 8, kNhwc}, {1, 5, 6, 6, kNhwc}, 1, 3, 0, 1, 1};
  Convolution first = c;
  first.x.format = first.y.format = kNchw;
  const std::vector<float> x = whole_numbers(c.x.size(), 1), w = whole_numbers(c.weight_size(), 2);
  std::vector<float> wrong(w.size()), y;
  for (int k = 0; k < 5; k++)
    for (int ch = 0; ch < 6; ch++)
      for (int r = 0; r < 3; r++)
        for (int s = 0; s < 3; s++) wrong[first.weight_at(k, ch, r, s)] = w[c.weight_at(k, ch, r, s)];
  EQUAL(run_forward(dnn, c, 0, x, wrong, y), 0);
  HOLDS(y != forward(c, x, w));
  EQUAL(run_forward(dnn, c, 0, x, w, y), 0);
  HOLDS(y == forward(c, x, w));
}

TEST(bias_addition_and_relu_follow_the_convolution) {
  DnnHandle dnn;
  const Convolution c{{2, 6, 8, 8, kNhwc}, {2, 5, 6, 6, kNhwc}, 1, 3, 0, 1, 1};
  const ConvolutionOf of(c);
  const TensorOf bias({1, 5, 1, 1, kNhwc});
  void* activation = nullptr;
  cudnnCreateActivationDescriptor(&activation);
  const std::vector<float> x = whole_numbers(c.x.size(), 1), w = whole_numbers(c.weight_size(), 2);
  const std::vector<float> b = whole_numbers(5, 3), z = whole_numbers(c.y.size(), 4);
  DeviceFloats dx(x), dw(w), db(b), dy(z), workspace(1024);
  const auto run = [&](int mode, int algorithm) {
    cudnnSetActivationDescriptor(activation, mode, 0, 0);
    return cudnnConvolutionBiasActivationForward(
        dnn.handle, &kOne, of.x.descriptor, dx.data(), of.w, dw.data(), of.descriptor, algorithm, workspace.data(),
        4096, &kOne, of.y.descriptor, dy.data(), bias.descriptor, db.data(), activation, of.y.descriptor, dy.data());
  };
  EQUAL(run(5, 0), 3000);  // identity with IMPLICIT_GEMM
  EQUAL(run(0, 1), 3000);  // sigmoid
  EQUAL(run(1, 1), 0);
  std::vector<float> expected = forward(c, x, w);
  for (size_t i = 0; i < expected.size(); i++) expected[i] = std::max(0.0f, expected[i] + z[i] + b[i % 5]);
  HOLDS(dy.values() == expected);
  cudnnDestroyActivationDescriptor(activation);
}

TEST(default_math_rounds_to_tf32_where_the_device_has_it) {
  DnnHandle dnn;
  const Convolution c{{1, 1, 1, 1, kNchw}, {1, 1, 1, 1, kNchw}, 1, 1, 0, 1, 1};
  const float fine = 1.0f + 0x1p-20f;
  DeviceFloats x(std::vector<float>{fine}), w(std::vector<float>{1.0f}), y(1);
  const auto result = [&](int math) {
    const ConvolutionOf of(c, math);
    EQUAL(cudnnConvolutionForward(dnn.handle, &kOne, of.x.descriptor, x.data(), of.w, w.data(), of.descriptor, 0,
                                  nullptr, 0, &kZero, of.y.descriptor, y.data()),
          0);
    return y.values()[0];
  };
  EQUAL(result(0), 1.0f);
  EQUAL(result(3), fine);
  convlens_emulator_set_capability(0, 7, 5);
  EQUAL(result(0), fine);
}

TEST(what_cudnn_refuses_is_refused) {
  DnnHandle dnn;
  const Convolution good{{1, 6, 8, 8, kNhwc}, {1, 5, 6, 6, kNhwc}, 1, 3, 0, 1, 1};
  std::vector<float> y;
  const std::vector<float> x = whole_numbers(good.x.size(), 1), w = whole_numbers(good.weight_size(), 2);
  const auto status = [&](Convolution c, int algorithm) {
    return run_forward(dnn, c, algorithm, std::vector<float>(c.x.size()), std::vector<float>(c.weight_size()), y);
  };
  EQUAL(status(good, 0), 0);
  EQUAL(status(good, 2), 3000);  // NHWC has the implicit ones only
  EQUAL(status(good, 3), 3000);  // DIRECT was never there
  Convolution c = good;
  c.y.h = 5;
  EQUAL(status(c, 0), 2000);  // not the output's height
  c = good;
  c.x.pitch = 7;
  EQUAL(status(c, 0), 3000);  // channels last, not packed
  c = good;
  c.x.h = c.x.w = 9;
  c.y.h = c.y.w = 5;
  c.dilation = 2;
  EQUAL(status(c, 1), 3000);  // IMPLICIT_PRECOMP_GEMM doesn't dilate
  EQUAL(status(c, 0), 0);
  const ConvolutionOf of(good);
  DeviceFloats dx(x), dw(w), dy(good.y.size());
  EQUAL(cudnnConvolutionForward(dnn.handle, &kOne, of.x.descriptor, dx.data(), of.w, dw.data(), of.descriptor, 1,
                                nullptr, 0, &kZero, of.y.descriptor, dy.data()),
        2000);  // without its workspace
  EQUAL(cudnnConvolutionForward(nullptr, &kOne, of.x.descriptor, dx.data(), of.w, dw.data(), of.descriptor, 0, nullptr,
                                0, &kZero, of.y.descriptor, dy.data()),
        2000);
  EQUAL(cudnnRNNForward(), 3000);
}

TEST(a_workspace_is_scribbled_over) {
  DnnHandle dnn;
  const Convolution c{{1, 6, 8, 8, kNhwc}, {1, 5, 6, 6, kNhwc}, 1, 3, 0, 1, 1};
  const ConvolutionOf of(c);
  DeviceFloats x(whole_numbers(c.x.size(), 1)), w(whole_numbers(c.weight_size(), 2)), y(c.y.size());
  DeviceFloats workspace(std::vector<float>(1024, 1.0f));
  EQUAL(cudnnConvolutionForward(dnn.handle, &kOne, of.x.descriptor, x.data(), of.w, w.data(), of.descriptor, 1,
                                workspace.data(), 4096, &kZero, of.y.descriptor, y.data()),
        0);
  HOLDS(std::isnan(workspace.values()[0]));
}

TEST(pooling_counts_what_its_mode_says) {
  DnnHandle dnn;
  const Map x{2, 3, 5, 5, kNhwc}, y{2, 3, 3, 3, kNhwc};
  const TensorOf from(x), to(y);
  const std::vector<float> values = whole_numbers(x.size(), 5);
  DeviceFloats dx(values), dy(y.size());
  const int window[] = {3, 3}, pad[] = {1, 1}, stride[] = {2, 2};
  void* pooling = nullptr;
  cudnnCreatePoolingDescriptor(&pooling);
  for (int mode = 0; mode < 3; mode++) {
    EQUAL(cudnnSetPoolingNdDescriptor(pooling, mode, 1, 2, window, pad, stride), 0);
    EQUAL(cudnnPoolingForward(dnn.handle, pooling, &kOne, from.descriptor, dx.data(), &kZero, to.descriptor, dy.data()),
          0);
    const std::vector<float> got = dy.values();
    for (int c = 0; c < 3; c++) {
      for (int oh = 0; oh < 3; oh++) {
        float largest = -std::numeric_limits<float>::infinity(), sum = 0;
        int count = 0;
        for (int h = std::max(0, 2 * oh - 1); h < std::min(5, 2 * oh + 2); h++) {
          for (int w = 1; w < 4; w++, count++) {
            largest = std::max(largest, values[x.at(1, c, h, w)]);
            sum += values[x.at(1, c, h, w)];
          }
        }
        const float expected = mode == 0 ? largest : sum / static_cast<float>(mode == 1 ? 9 : count);
        NEAR(got[y.at(1, c, oh, 1)], expected, 1e-6);
      }
    }
  }
  const int too_much[] = {3, 3};
  EQUAL(cudnnSetPoolingNdDescriptor(pooling, 0, 0, 2, window, too_much, stride), 2000);
  cudnnDestroyPoolingDescriptor(pooling);
}

TEST(softmax_sums_to_one_and_its_logarithm_is_its_logarithm) {
  DnnHandle dnn;
  const Map map{2, 10, 1, 1, kNchw};
  const TensorOf tensor(map);
  DeviceFloats x(whole_numbers(map.size(), 6)), y(map.size()), log(map.size());
  EQUAL(cudnnSoftmaxForward(dnn.handle, 1, 0, &kOne, tensor.descriptor, x.data(), &kZero, tensor.descriptor, y.data()),
        0);
  EQUAL(
      cudnnSoftmaxForward(dnn.handle, 2, 1, &kOne, tensor.descriptor, x.data(), &kZero, tensor.descriptor, log.data()),
      0);
  const std::vector<float> p = y.values(), l = log.values();
  double sum = 0;
  for (size_t i = 0; i < 10; i++) {
    sum += p[i];
    NEAR(std::log(p[i]), l[i], 1e-5);
  }
  NEAR(sum, 1, 1e-6);
}

TEST(an_even_window_of_lrn_reaches_further_ahead) {
  DnnHandle dnn;
  const Map map{1, 4, 1, 1, kNchw};
  const TensorOf tensor(map);
  DeviceFloats x(std::vector<float>{1, 2, 3, 4}), y(4);
  void* lrn = nullptr;
  cudnnCreateLRNDescriptor(&lrn);
  EQUAL(cudnnSetLRNDescriptor(lrn, 2, 2.0, 1.0, 1.0), 0);
  EQUAL(cudnnLRNCrossChannelForward(dnn.handle, lrn, 0, &kOne, tensor.descriptor, x.data(), &kZero, tensor.descriptor,
                                    y.data()),
        0);
  NEAR(y.values()[0], 1.0 / (1 + 1 + 4), 1e-6);
  NEAR(y.values()[3], 4.0 / (1 + 16), 1e-6);
  EQUAL(cudnnSetLRNDescriptor(lrn, 17, 1, 1, 1), 2000);
  cudnnDestroyLRNDescriptor(lrn);
}

TEST(transformation_and_batch_normalisation_follow_strides) {
  DnnHandle dnn;
  const Map first{2, 3, 4, 5, kNchw}, last{2, 3, 4, 5, kNhwc, 7}, each{1, 3, 1, 1, kNchw};
  const TensorOf from(first), to(last), parameters(each);
  const std::vector<float> values = whole_numbers(first.size(), 7);
  DeviceFloats x(values), y(std::vector<float>(last.size(), -9.0f)), normal(first.size());
  EQUAL(cudnnTransformTensor(dnn.handle, &kOne, from.descriptor, x.data(), &kZero, to.descriptor, y.data()), 0);
  const std::vector<float> moved = y.values();
  EQUAL(moved[last.at(1, 2, 3, 4)], values[first.at(1, 2, 3, 4)]);
  EQUAL(moved[3], -9.0f);  // between places
  DeviceFloats scale(std::vector<float>{1, 2, 3}), bias(std::vector<float>{0, 1, 0}), mean(std::vector<float>{1, 1, 2}),
      variance(std::vector<float>{4, 9, 16});
  EQUAL(cudnnBatchNormalizationForwardInference(dnn.handle, 1, &kOne, &kZero, to.descriptor, y.data(), from.descriptor,
                                                normal.data(), parameters.descriptor, scale.data(), bias.data(),
                                                mean.data(), variance.data(), 0.0),
        0);
  NEAR(normal.values()[first.at(1, 1, 2, 3)], 1 + 2 * (values[first.at(1, 1, 2, 3)] - 1) / 3, 1e-6);
}

TEST(descriptors_that_are_forgotten_are_seen) {
  const int64_t before = convlens_emulator_live();
  void* descriptor = nullptr;
  EQUAL(cudnnCreateTensorDescriptor(&descriptor), 0);
  EQUAL(convlens_emulator_live(), before + 1);
  EQUAL(cudnnDestroyTensorDescriptor(descriptor), 0);
  EQUAL(cudnnDestroyTensorDescriptor(descriptor), 2000);
  EQUAL(convlens_emulator_live(), before);
}
