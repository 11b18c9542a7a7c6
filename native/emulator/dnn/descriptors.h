// cuDNN's descriptors: plain values behind handles.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "../driver/driver_types.h"
#include "../driver/queueing.h"
#include "../math/numbers.h"
#include "types.h"

namespace convlens::emulator::dnn {

struct Handle {
  Context* context;
  void* stream;
  static constexpr const char* kKind = "cuDNN handle";
};

struct Tensor {
  int type = kDataFloat;
  std::vector<int> dims;
  std::vector<int> strides;
  static constexpr const char* kKind = "cuDNN tensor descriptor";
};

struct Filter {
  int type = kDataFloat;
  int format = kNchw;
  std::vector<int> dims;  // output channels, input channels of a group, spatial
  static constexpr const char* kKind = "cuDNN filter descriptor";
};

struct Convolution {
  std::vector<int> pad, stride, dilation;
  int mode = kCrossCorrelation;
  int compute_type = kDataFloat;
  int groups = 1;
  int math = kDefaultMath;
  static constexpr const char* kKind = "cuDNN convolution descriptor";
};

struct Pooling {
  int mode = kMax;
  bool propagates_nan = false;
  std::vector<int> window, pad, stride;
  static constexpr const char* kKind = "cuDNN pooling descriptor";
};

struct Activation {
  int mode = kRelu;
  bool propagates_nan = false;
  double coefficient = 0;
  double swish_beta = 1;
  static constexpr const char* kKind = "cuDNN activation descriptor";
};

struct Lrn {
  unsigned n = 5;
  double alpha = 1e-4, beta = 0.75, k = 2;
  static constexpr const char* kKind = "cuDNN LRN descriptor";
};

struct OpTensor {
  int operation = 0;
  static constexpr const char* kKind = "cuDNN op tensor descriptor";
};

// The object behind a handle; null, and a report, where there is none.
template <typename T>
T* object(const void* handle) {
  if (handle != nullptr && Emulator::get().handles().holds(handle, T::kKind)) {
    return static_cast<T*>(const_cast<void*>(handle));
  }
  Emulator::get().reports().add(CONVLENS_EMULATOR_WRONG_USE,
                                std::string("a ") + T::kKind + " that is destroyed or was never made");
  return nullptr;
}

template <typename T>
cudnnStatus_t create(void** handle, T&& value, int device = kHost) {
  if (handle == nullptr) return kBadParam;
  using Object = std::decay_t<T>;
  auto* made = new Object(std::forward<T>(value));
  Emulator::get().handles().add(made, Object::kKind, device, Emulator::get().call_number() - 1);
  *handle = made;
  return kOk;
}

template <typename T>
cudnnStatus_t destroy(void* handle) {
  T* found = object<T>(handle);
  if (found == nullptr) return kBadParam;
  Emulator::get().handles().remove(handle);
  delete found;
  return kOk;
}

// The handle, if it belongs to the current context; null, and a report, if not.
Handle* usable(const void* handle, Call& call, const char* function);

// Formats that the emulator computes with.
bool format_of(int type, Format& format);

int64_t elements(const Tensor& tensor);
// From the first element to behind the last in memory.
int64_t span(const Tensor& tensor);
size_t element_bytes(int type);
bool is_set(const Tensor& tensor);

// A tensor as n, c, then three spatial axes; fewer are filled up with 1.
struct View {
  std::array<int64_t, 5> dims;
  std::array<int64_t, 5> strides;
  Format format;

  int64_t places() const { return dims[2] * dims[3] * dims[4]; }
  int64_t at(int64_t n, int64_t c, int64_t place) const {
    return n * strides[0] + c * strides[1] + place / (dims[3] * dims[4]) * strides[2] +
           place / dims[4] % dims[3] * strides[3] + place % dims[4] * strides[4];
  }
};

// Whether the tensor can be seen so: 3 to 5 axes of a format that is computed with.
bool view_of(const Tensor& tensor, View& view);

Operand operand(const Tensor& tensor, const void* data);

// A scaling factor given by address: double where tensors are double, else float.
double scalar(const void* address, int type);

// Queues work on the handle's stream.
cudnnStatus_t queue(Call& call, const Handle& handle, const char* name, std::vector<Operand> operands,
                    std::function<void()> work);

// y[i] = alpha * value + beta * y[i], without reading y where beta is 0.
inline void blend(void* y, int64_t at, Format format, double alpha, double value, double beta) {
  const double scaled = alpha * value;
  store(y, at, format, static_cast<float>(beta == 0 ? scaled : scaled + beta * load(y, at, format)));
}

float activate(const Activation& activation, float x);

}  // namespace convlens::emulator::dnn

#define DNN_CALL(needs) CONVLENS_CALL(kDnn, needs, cudnnStatus_t)
