package io.convlens.device.cuda;

import io.convlens.device.DeviceException;
import io.convlens.device.DeviceException.Kind;
import io.convlens.device.Precision;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.javacpp.IntPointer;

/** A device's use of cuBLAS: its handle, which queues on the device's stream. */
final class Blas implements AutoCloseable {
  // libraryPropertyType of library_types.h.
  private static final int MAJOR = 0;
  private static final int MINOR = 1;
  private static final int PATCH = 2;

  private final CudaDevice device;
  private final cublasContext handle = new cublasContext();
  private boolean closed;

  Blas(CudaDevice device, CudaStream stream) {
    this.device = device;
    check("cublasCreate", cublas.cublasCreate_v2(handle), device.info().id());
    try {
      var queue = new CUstream_st(new DevicePointer(stream.handle()));
      check("cublasSetStream", cublas.cublasSetStream_v2(handle, queue), device.info().id());
      check("cublasSetMathMode", cublas.cublasSetMathMode(handle, math()), device.info().id());
    } catch (RuntimeException | Error e) {
      Closing.after(e, this);
      throw e;
    }
  }

  /** The library's version, as people write it. */
  static String version() {
    try (var number = new IntPointer(1)) {
      List<String> parts = new ArrayList<>();
      for (int part : new int[] {MAJOR, MINOR, PATCH}) {
        int status = cublas.cublasGetProperty(part, number);
        parts.add(status == cublas.CUBLAS_STATUS_SUCCESS ? String.valueOf(number.get()) : "?");
      }
      return String.join(".", parts);
    }
  }

  cublasContext handle() {
    return handle;
  }

  private int math() {
    return switch (device.info().precision()) {
      case FP32 -> cublas.CUBLAS_DEFAULT_MATH;
      case TF32, FP16, BF16 -> cublas.CUBLAS_TF32_TENSOR_OP_MATH;
    };
  }

  /** What a product of float32 matrices multiplies in. */
  static int computeType(Precision precision) {
    return switch (precision) {
      case FP32 -> cublas.CUBLAS_COMPUTE_32F;
      case TF32 -> cublas.CUBLAS_COMPUTE_32F_FAST_TF32;
      case FP16 -> cublas.CUBLAS_COMPUTE_32F_FAST_16F;
      case BF16 -> cublas.CUBLAS_COMPUTE_32F_FAST_16BF;
    };
  }

  /** Throws unless a call succeeded. */
  void check(String call, int status, Object about) {
    if (status == cublas.CUBLAS_STATUS_SUCCESS) {
      return;
    }
    String message =
        "%s on %s: %s (%d); %s"
            .formatted(
                call,
                device.info().id(),
                cublas.cublasGetStatusString(status).getString(),
                status,
                about);
    Kind kind =
        switch (status) {
          case cublas.CUBLAS_STATUS_NOT_SUPPORTED -> Kind.UNSUPPORTED;
          case cublas.CUBLAS_STATUS_ALLOC_FAILED -> Kind.OUT_OF_MEMORY;
          default -> Kind.FAILED;
        };
    throw new DeviceException(kind, message);
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (!handle.isNull()) {
      int status = cublas.cublasDestroy_v2(handle);
      device.freed(() -> check("cublasDestroy", status, "while freeing"));
    }
  }
}
