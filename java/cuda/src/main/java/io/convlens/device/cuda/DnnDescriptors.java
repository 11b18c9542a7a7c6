package io.convlens.device.cuda;

import io.convlens.device.MapShape;
import io.convlens.device.Window3;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.bytedeco.cuda.cudnn.cudnnActivationStruct;
import org.bytedeco.cuda.cudnn.cudnnConvolutionStruct;
import org.bytedeco.cuda.cudnn.cudnnFilterStruct;
import org.bytedeco.cuda.cudnn.cudnnLRNStruct;
import org.bytedeco.cuda.cudnn.cudnnPoolingStruct;
import org.bytedeco.cuda.cudnn.cudnnTensorStruct;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.javacpp.Pointer;

/** Makes cuDNN's descriptors for a kernel; they are destroyed with it. */
@SuppressWarnings("deprecation") // cuDNN 9 prefers its graphs; this interface stays.
final class DnnDescriptors {
  private final Dnn dnn;
  private final KernelPlan plan;

  DnnDescriptors(Dnn dnn, KernelPlan plan) {
    this.dnn = dnn;
    this.plan = plan;
  }

  /** A descriptor that is open. */
  private record Descriptor<T extends Pointer>(Dnn dnn, T handle, ToIntFunction<T> destroy)
      implements AutoCloseable {
    @Override
    public void close() {
      int status = destroy.applyAsInt(handle);
      dnn.device().freed(() -> dnn.check("cudnnDestroyDescriptor", status, "while freeing"));
    }
  }

  private <T extends Pointer> T make(
      Supplier<T> handle, String call, ToIntFunction<T> create, ToIntFunction<T> destroy) {
    T made = handle.get();
    dnn.check(call, create.applyAsInt(made), plan.problem());
    plan.resource(new Descriptor<>(dnn, made, destroy));
    return made;
  }

  /** A map of planes 1 as this project lays maps out: channels last, with the map's pitch. */
  cudnnTensorStruct channelsLast(MapShape m) {
    cudnnTensorStruct t = tensor();
    int row = m.w() * m.pitch();
    int status =
        cudnn.cudnnSetTensor4dDescriptorEx(
            t, cudnn.CUDNN_DATA_FLOAT, m.n(), m.c(), m.h(), m.w(), m.h() * row, 1, row, m.pitch());
    dnn.check("cudnnSetTensor4dDescriptorEx", status, plan.problem());
    return t;
  }

  /** A dense array in the order n, c, h, w. */
  cudnnTensorStruct channelsFirst(int n, int c, int h, int w) {
    cudnnTensorStruct t = tensor();
    int status =
        cudnn.cudnnSetTensor4dDescriptor(
            t, cudnn.CUDNN_TENSOR_NCHW, cudnn.CUDNN_DATA_FLOAT, n, c, h, w);
    dnn.check("cudnnSetTensor4dDescriptor", status, plan.problem());
    return t;
  }

  private cudnnTensorStruct tensor() {
    return make(
        cudnnTensorStruct::new,
        "cudnnCreateTensorDescriptor",
        cudnn::cudnnCreateTensorDescriptor,
        cudnn::cudnnDestroyTensorDescriptor);
  }

  /**
   * Weights of so many filters over so many channels.
   *
   * @param format {@code CUDNN_TENSOR_NHWC} or {@code CUDNN_TENSOR_NCHW}
   */
  cudnnFilterStruct filter(int format, int filters, int channels, Window3 window) {
    cudnnFilterStruct f =
        make(
            cudnnFilterStruct::new,
            "cudnnCreateFilterDescriptor",
            cudnn::cudnnCreateFilterDescriptor,
            cudnn::cudnnDestroyFilterDescriptor);
    int status =
        cudnn.cudnnSetFilter4dDescriptor(
            f,
            cudnn.CUDNN_DATA_FLOAT,
            format,
            filters,
            channels,
            window.kernel().h(),
            window.kernel().w());
    dnn.check("cudnnSetFilter4dDescriptor", status, plan.problem());
    return f;
  }

  cudnnConvolutionStruct convolution(Window3 w, int groups) {
    cudnnConvolutionStruct c =
        make(
            cudnnConvolutionStruct::new,
            "cudnnCreateConvolutionDescriptor",
            cudnn::cudnnCreateConvolutionDescriptor,
            cudnn::cudnnDestroyConvolutionDescriptor);
    int status =
        cudnn.cudnnSetConvolution2dDescriptor(
            c,
            w.padBegin().h(),
            w.padBegin().w(),
            w.stride().h(),
            w.stride().w(),
            w.dilation().h(),
            w.dilation().w(),
            cudnn.CUDNN_CROSS_CORRELATION,
            cudnn.CUDNN_DATA_FLOAT);
    dnn.check("cudnnSetConvolution2dDescriptor", status, plan.problem());
    dnn.check(
        "cudnnSetConvolutionGroupCount",
        cudnn.cudnnSetConvolutionGroupCount(c, groups),
        plan.problem());
    dnn.check(
        "cudnnSetConvolutionMathType",
        cudnn.cudnnSetConvolutionMathType(c, Dnn.math(plan.precision())),
        plan.problem());
    return c;
  }

  /** ReLU, or nothing. */
  cudnnActivationStruct activation(boolean relu) {
    cudnnActivationStruct a =
        make(
            cudnnActivationStruct::new,
            "cudnnCreateActivationDescriptor",
            cudnn::cudnnCreateActivationDescriptor,
            cudnn::cudnnDestroyActivationDescriptor);
    int mode = relu ? cudnn.CUDNN_ACTIVATION_RELU : cudnn.CUDNN_ACTIVATION_IDENTITY;
    dnn.check(
        "cudnnSetActivationDescriptor",
        cudnn.cudnnSetActivationDescriptor(a, mode, cudnn.CUDNN_PROPAGATE_NAN, 0),
        plan.problem());
    return a;
  }

  cudnnPoolingStruct pooling(int mode, Window3 w) {
    cudnnPoolingStruct p =
        make(
            cudnnPoolingStruct::new,
            "cudnnCreatePoolingDescriptor",
            cudnn::cudnnCreatePoolingDescriptor,
            cudnn::cudnnDestroyPoolingDescriptor);
    int status =
        cudnn.cudnnSetPooling2dDescriptor(
            p,
            mode,
            cudnn.CUDNN_PROPAGATE_NAN,
            w.kernel().h(),
            w.kernel().w(),
            w.padBegin().h(),
            w.padBegin().w(),
            w.stride().h(),
            w.stride().w());
    dnn.check("cudnnSetPooling2dDescriptor", status, plan.problem());
    return p;
  }

  cudnnLRNStruct lrn(int size, double alpha, double beta, double bias) {
    cudnnLRNStruct l =
        make(
            cudnnLRNStruct::new,
            "cudnnCreateLRNDescriptor",
            cudnn::cudnnCreateLRNDescriptor,
            cudnn::cudnnDestroyLRNDescriptor);
    dnn.check(
        "cudnnSetLRNDescriptor",
        cudnn.cudnnSetLRNDescriptor(l, size, alpha, beta, bias),
        plan.problem());
    return l;
  }
}
