// libcudnn_ops: tensors, filters and what can be said of them.
#include <algorithm>

#include "descriptors.h"

using namespace convlens::emulator;
using namespace convlens::emulator::dnn;

namespace convlens::emulator::dnn {

bool format_of(int type, Format& format) {
  switch (type) {
    case kDataFloat:
      format = Format::kFloat;
      return true;
    case kDataDouble:
      format = Format::kDouble;
      return true;
    case kDataHalf:
      format = Format::kHalf;
      return true;
    case kDataBfloat16:
      format = Format::kBfloat16;
      return true;
    default:
      return false;
  }
}

size_t element_bytes(int type) {
  Format format;
  return format_of(type, format) ? bytes_of(format) : 0;
}

bool is_set(const Tensor& tensor) { return !tensor.dims.empty(); }

int64_t elements(const Tensor& tensor) {
  int64_t product = 1;
  for (int dim : tensor.dims) product *= dim;
  return product;
}

int64_t span(const Tensor& tensor) {
  int64_t last = 0;
  for (size_t axis = 0; axis < tensor.dims.size(); axis++) {
    last += static_cast<int64_t>(tensor.dims[axis] - 1) * tensor.strides[axis];
  }
  return last + 1;
}

bool view_of(const Tensor& tensor, View& view) {
  const size_t axes = tensor.dims.size();
  if (axes < 3 || axes > 5 || !format_of(tensor.type, view.format)) return false;
  view.dims = {1, 1, 1, 1, 1};
  view.strides = {0, 0, 0, 0, 0};
  for (size_t axis = 0; axis < axes; axis++) {
    const size_t to = axis < 2 ? axis : axis + 5 - axes;
    view.dims[to] = tensor.dims[axis];
    view.strides[to] = tensor.strides[axis];
  }
  return true;
}

Operand operand(const Tensor& tensor, const void* data) {
  return {data, static_cast<size_t>(span(tensor)) * element_bytes(tensor.type)};
}

double scalar(const void* address, int type) {
  return type == kDataDouble ? *static_cast<const double*>(address) : *static_cast<const float*>(address);
}

}  // namespace convlens::emulator::dnn

namespace {

bool are_positive(const int* values, int count) {
  return std::all_of(values, values + count, [](int value) { return value > 0; });
}

// As cuDNN: memory of at most 2 Gi elements.
bool fits(const Tensor& tensor) { return span(tensor) <= int64_t{1} << 31; }

cudnnStatus_t set(void* descriptor, int type, std::vector<int> dims, std::vector<int> strides) {
  Tensor* found = object<Tensor>(descriptor);
  if (found == nullptr) return kBadParam;
  if (!are_positive(dims.data(), static_cast<int>(dims.size())) ||
      !are_positive(strides.data(), static_cast<int>(strides.size()))) {
    return kBadParam;
  }
  if (element_bytes(type) == 0) return kUnsupported;
  const Tensor made{type, std::move(dims), std::move(strides)};
  if (!fits(made)) return kUnsupported;
  *found = made;
  return kOk;
}

// Packed strides; channels last where the format is NHWC.
std::vector<int> packed(const std::vector<int>& dims, int format) {
  std::vector<int> strides(dims.size());
  int64_t next = 1;
  if (format == kNhwc) {
    strides[1] = 1;
    next = dims[1];
  }
  for (size_t axis = dims.size(); axis-- > 0;) {
    if (format == kNhwc && axis == 1) continue;
    strides[axis] = static_cast<int>(std::min<int64_t>(next, 2147483647));
    next *= dims[axis];
  }
  return strides;
}

}  // namespace

CONVLENS_EXPORT cudnnStatus_t cudnnOpsVersionCheck() {
  DNN_CALL(kNothing);
  return kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnCreateTensorDescriptor(void** descriptor) {
  DNN_CALL(kNothing);
  return create(descriptor, Tensor{});
}

CONVLENS_EXPORT cudnnStatus_t cudnnDestroyTensorDescriptor(void* descriptor) {
  DNN_CALL(kNothing);
  return call.released(destroy<Tensor>(descriptor));
}

CONVLENS_EXPORT cudnnStatus_t cudnnSetTensor4dDescriptor(void* descriptor, int format, int type, int n, int c, int h,
                                                         int w) {
  DNN_CALL(kNothing);
  if (format != kNchw && format != kNhwc) return kUnsupported;
  const std::vector<int> dims{n, c, h, w};
  if (!are_positive(dims.data(), 4)) return kBadParam;
  return set(descriptor, type, dims, packed(dims, format));
}

CONVLENS_EXPORT cudnnStatus_t cudnnSetTensor4dDescriptorEx(void* descriptor, int type, int n, int c, int h, int w,
                                                           int ns, int cs, int hs, int ws) {
  DNN_CALL(kNothing);
  return set(descriptor, type, {n, c, h, w}, {ns, cs, hs, ws});
}

CONVLENS_EXPORT cudnnStatus_t cudnnGetTensor4dDescriptor(void* descriptor, int* type, int* n, int* c, int* h, int* w,
                                                         int* ns, int* cs, int* hs, int* ws) {
  DNN_CALL(kNothing);
  const Tensor* found = object<Tensor>(descriptor);
  if (found == nullptr || found->dims.size() != 4) return kBadParam;
  *type = found->type;
  int* const dims[] = {n, c, h, w};
  int* const strides[] = {ns, cs, hs, ws};
  for (size_t axis = 0; axis < 4; axis++) {
    *dims[axis] = found->dims[axis];
    *strides[axis] = found->strides[axis];
  }
  return kOk;
}

// "Do not use for tensors of fewer than 4 dimensions": set the rest to 1.
CONVLENS_EXPORT cudnnStatus_t cudnnSetTensorNdDescriptor(void* descriptor, int type, int count, const int* dims,
                                                         const int* strides) {
  DNN_CALL(kNothing);
  if (dims == nullptr || strides == nullptr) return kBadParam;
  if (count < 4 || count > kMostDims) return count > kMostDims ? kUnsupported : kBadParam;
  return set(descriptor, type, {dims, dims + count}, {strides, strides + count});
}

CONVLENS_EXPORT cudnnStatus_t cudnnSetTensorNdDescriptorEx(void* descriptor, int format, int type, int count,
                                                           const int* dims) {
  DNN_CALL(kNothing);
  if (dims == nullptr) return kBadParam;
  if (count < 4 || count > kMostDims) return count > kMostDims ? kUnsupported : kBadParam;
  if (format != kNchw && format != kNhwc) return kUnsupported;
  if (!are_positive(dims, count)) return kBadParam;
  const std::vector<int> all{dims, dims + count};
  return set(descriptor, type, all, packed(all, format));
}

CONVLENS_EXPORT cudnnStatus_t cudnnGetTensorNdDescriptor(void* descriptor, int requested, int* type, int* count,
                                                         int* dims, int* strides) {
  DNN_CALL(kNothing);
  const Tensor* found = object<Tensor>(descriptor);
  if (found == nullptr || requested > kMostDims) return kBadParam;
  *type = found->type;
  *count = static_cast<int>(found->dims.size());
  for (int axis = 0; axis < std::min(requested, *count); axis++) {
    dims[axis] = found->dims[static_cast<size_t>(axis)];
    strides[axis] = found->strides[static_cast<size_t>(axis)];
  }
  return kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnGetTensorSizeInBytes(void* descriptor, size_t* bytes) {
  DNN_CALL(kNothing);
  const Tensor* found = object<Tensor>(descriptor);
  if (found == nullptr || bytes == nullptr || !is_set(*found)) return kBadParam;
  *bytes = static_cast<size_t>(span(*found)) * element_bytes(found->type);
  return kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnCreateFilterDescriptor(void** descriptor) {
  DNN_CALL(kNothing);
  return create(descriptor, Filter{});
}

CONVLENS_EXPORT cudnnStatus_t cudnnDestroyFilterDescriptor(void* descriptor) {
  DNN_CALL(kNothing);
  return call.released(destroy<Filter>(descriptor));
}

CONVLENS_EXPORT cudnnStatus_t cudnnSetFilterNdDescriptor(void* descriptor, int type, int format, int count,
                                                         const int* dims) {
  DNN_CALL(kNothing);
  Filter* found = object<Filter>(descriptor);
  if (found == nullptr || dims == nullptr || count < 3) return kBadParam;
  if (count > kMostDims || (format != kNchw && format != kNhwc) || element_bytes(type) == 0) return kUnsupported;
  if (!are_positive(dims, count)) return kBadParam;
  *found = Filter{type, format, {dims, dims + count}};
  return kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnSetFilter4dDescriptor(void* descriptor, int type, int format, int k, int c, int h,
                                                         int w) {
  DNN_CALL(kNothing);
  Filter* found = object<Filter>(descriptor);
  const std::vector<int> dims{k, c, h, w};
  if (found == nullptr || !are_positive(dims.data(), 4)) return kBadParam;
  if ((format != kNchw && format != kNhwc) || element_bytes(type) == 0) return kUnsupported;
  *found = Filter{type, format, dims};
  return kOk;
}

CONVLENS_EXPORT cudnnStatus_t cudnnGetFilterSizeInBytes(void* descriptor, size_t* bytes) {
  DNN_CALL(kNothing);
  const Filter* found = object<Filter>(descriptor);
  if (found == nullptr || bytes == nullptr || found->dims.empty()) return kBadParam;
  *bytes = element_bytes(found->type);
  for (int dim : found->dims) *bytes *= static_cast<size_t>(dim);
  return kOk;
}
