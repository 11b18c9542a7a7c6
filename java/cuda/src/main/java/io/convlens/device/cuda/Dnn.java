package io.convlens.device.cuda;

import io.convlens.device.DeviceException;
import io.convlens.device.DeviceException.Kind;
import io.convlens.device.Precision;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.cudnn.cudnnContext;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.javacpp.FloatPointer;

/** A device's use of cuDNN: its handle, which queues on the device's stream. */
final class Dnn implements AutoCloseable {
  /** From here on, up to the next thousand: this library can't do that. */
  private static final int NOT_SUPPORTED = 3000;

  private static final int NOT_SUPPORTED_END = 4000;

  private final CudaDevice device;
  private final cudnnContext handle = new cudnnContext();
  private final FloatPointer one = new FloatPointer(1f);
  private final FloatPointer zero = new FloatPointer(0f);
  private boolean closed;

  Dnn(CudaDevice device, CudaStream stream) {
    this.device = device;
    check("cudnnCreate", cudnn.cudnnCreate(handle), device.info().id());
    try {
      var queue = new CUstream_st(new DevicePointer(stream.handle()));
      check("cudnnSetStream", cudnn.cudnnSetStream(handle, queue), device.info().id());
    } catch (RuntimeException | Error e) {
      Closing.after(e, this);
      throw e;
    }
  }

  /** The library's version, as people write it. */
  static String version() {
    long v = cudnn.cudnnGetVersion();
    return "%d.%d.%d".formatted(v / 10000, v / 100 % 100, v % 100);
  }

  cudnnContext handle() {
    return handle;
  }

  /** The factor 1, in the host's memory. */
  FloatPointer one() {
    return one;
  }

  /** The factor 0. */
  FloatPointer zero() {
    return zero;
  }

  CudaDevice device() {
    return device;
  }

  /** The math that a precision stands for; bfloat16 is none that takes float32 arrays. */
  static int math(Precision precision) {
    return switch (precision) {
      case FP32 -> cudnn.CUDNN_FMA_MATH;
      case TF32, BF16 -> cudnn.CUDNN_DEFAULT_MATH;
      case FP16 -> cudnn.CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION;
    };
  }

  static boolean isUnsupported(int status) {
    return status >= NOT_SUPPORTED && status < NOT_SUPPORTED_END;
  }

  /** Throws unless a call succeeded. */
  void check(String call, int status, Object about) {
    if (status == cudnn.CUDNN_STATUS_SUCCESS) {
      return;
    }
    String message =
        "%s on %s: %s (%d); %s"
            .formatted(
                call,
                device.info().id(),
                cudnn.cudnnGetErrorString(status).getString(),
                status,
                about);
    Kind kind =
        isUnsupported(status)
            ? Kind.UNSUPPORTED
            : status == cudnn.CUDNN_STATUS_ALLOC_FAILED
                    || status == cudnn.CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED
                ? Kind.OUT_OF_MEMORY
                : Kind.FAILED;
    throw new DeviceException(kind, message);
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    one.close();
    zero.close();
    if (!handle.isNull()) {
      int status = cudnn.cudnnDestroy(handle);
      device.freed(() -> check("cudnnDestroy", status, "while freeing"));
    }
  }
}
