// cuDNN's enumerations, as far as the emulator knows them.
#pragma once

namespace convlens::emulator::dnn {

using cudnnStatus_t = int;

enum Status : int {
  kOk = 0,
  kNotInitialised = 1001,
  kBadParam = 2000,
  kUnsupported = 3000,
  kInternalError = 4000,
  kExecutionFailed = 5000
};

// cudnnDataType_t
enum : int { kDataFloat = 0, kDataDouble = 1, kDataHalf = 2, kDataBfloat16 = 9 };

// cudnnTensorFormat_t
enum : int { kNchw = 0, kNhwc = 1 };

// cudnnMathType_t
enum : int { kDefaultMath = 0, kTensorOpMath = 1, kTensorOpMathAllowConversion = 2, kFmaMath = 3 };

// cudnnConvolutionMode_t
enum : int { kConvolution = 0, kCrossCorrelation = 1 };

// cudnnActivationMode_t
enum : int { kSigmoid = 0, kRelu = 1, kTanh = 2, kClippedRelu = 3, kElu = 4, kIdentity = 5, kSwish = 6 };

// cudnnPoolingMode_t
enum : int { kMax = 0, kAverageWithPadding = 1, kAverageWithoutPadding = 2, kMaxDeterministic = 3 };

constexpr int kMostDims = 8;     // CUDNN_DIM_MAX
constexpr int kMostSpatial = 3;  // convolution and pooling

constexpr long long kVersion = 92500;

}  // namespace convlens::emulator::dnn
