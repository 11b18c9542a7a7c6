package io.convlens.device.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.convlens.device.DeviceException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * CUDA's driver API, as far as it is used here: one static method a function, which returns the
 * function's status. Handles (contexts, streams, events) and addresses are {@code long}s; {@code
 * out} takes what a function hands out. {@link GpuContext} checks statuses.
 *
 * <p>Touch this class only after {@link DriverLibrary#outcome} said that the driver is loaded. All
 * constants are those of {@code cuda.h} 13.
 */
final class Driver {
  static final int SUCCESS = 0;
  static final int OUT_OF_MEMORY = 2;
  static final int NO_DEVICE = 100;

  static final int ATTRIBUTE_MAJOR = 75;
  static final int ATTRIBUTE_MINOR = 76;

  /** The stream waits for no other, not even for the default one. */
  private static final int STREAM_NON_BLOCKING = 1;

  private static final int EVENT_DISABLE_TIMING = 2;

  /** A capture is no business of other threads. */
  private static final int CAPTURE_THREAD_LOCAL = 1;

  private static final SymbolLookup LIBRARY = library();

  private static final MethodHandle INIT = handle("cuInit", JAVA_INT);
  private static final MethodHandle DRIVER_VERSION = handle("cuDriverGetVersion", ADDRESS);
  private static final MethodHandle ERROR_NAME = handle("cuGetErrorName", JAVA_INT, ADDRESS);
  private static final MethodHandle ERROR_TEXT = handle("cuGetErrorString", JAVA_INT, ADDRESS);
  private static final MethodHandle DEVICE_COUNT = handle("cuDeviceGetCount", ADDRESS);
  private static final MethodHandle DEVICE_GET = handle("cuDeviceGet", ADDRESS, JAVA_INT);
  private static final MethodHandle DEVICE_NAME =
      handle("cuDeviceGetName", ADDRESS, JAVA_INT, JAVA_INT);
  private static final MethodHandle DEVICE_MEMORY =
      handle("cuDeviceTotalMem_v2", ADDRESS, JAVA_INT);
  private static final MethodHandle DEVICE_ATTRIBUTE =
      handle("cuDeviceGetAttribute", ADDRESS, JAVA_INT, JAVA_INT);
  private static final MethodHandle CONTEXT_RETAIN =
      handle("cuDevicePrimaryCtxRetain", ADDRESS, JAVA_INT);
  private static final MethodHandle CONTEXT_RELEASE =
      handle("cuDevicePrimaryCtxRelease_v2", JAVA_INT);
  private static final MethodHandle CONTEXT_RESET = handle("cuDevicePrimaryCtxReset_v2", JAVA_INT);
  private static final MethodHandle CONTEXT_SET = handle("cuCtxSetCurrent", JAVA_LONG);
  private static final MethodHandle ALLOCATE = handle("cuMemAlloc_v2", ADDRESS, JAVA_LONG);
  private static final MethodHandle FREE = handle("cuMemFree_v2", JAVA_LONG);
  private static final MethodHandle HOST_ALLOCATE =
      handle("cuMemHostAlloc", ADDRESS, JAVA_LONG, JAVA_INT);
  private static final MethodHandle HOST_FREE = handle("cuMemFreeHost", JAVA_LONG);
  private static final MethodHandle SET_32 =
      handle("cuMemsetD32Async", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle COPY_UP =
      handle("cuMemcpyHtoDAsync_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle COPY_DOWN =
      handle("cuMemcpyDtoHAsync_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle COPY_WITHIN =
      handle("cuMemcpyDtoDAsync_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle STREAM_CREATE = handle("cuStreamCreate", ADDRESS, JAVA_INT);
  private static final MethodHandle STREAM_SYNCHRONIZE = handle("cuStreamSynchronize", JAVA_LONG);
  private static final MethodHandle STREAM_WAIT =
      handle("cuStreamWaitEvent", JAVA_LONG, JAVA_LONG, JAVA_INT);
  private static final MethodHandle STREAM_BEGIN_CAPTURE =
      handle("cuStreamBeginCapture_v2", JAVA_LONG, JAVA_INT);
  private static final MethodHandle STREAM_END_CAPTURE =
      handle("cuStreamEndCapture", JAVA_LONG, ADDRESS);
  private static final MethodHandle GRAPH_INSTANTIATE =
      handle("cuGraphInstantiateWithFlags", ADDRESS, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle GRAPH_LAUNCH = handle("cuGraphLaunch", JAVA_LONG, JAVA_LONG);
  private static final MethodHandle GRAPH_DESTROY = handle("cuGraphDestroy", JAVA_LONG);
  private static final MethodHandle GRAPH_EXECUTABLE_DESTROY =
      handle("cuGraphExecDestroy", JAVA_LONG);
  private static final MethodHandle STREAM_DESTROY = handle("cuStreamDestroy_v2", JAVA_LONG);
  private static final MethodHandle EVENT_CREATE = handle("cuEventCreate", ADDRESS, JAVA_INT);
  private static final MethodHandle EVENT_RECORD = handle("cuEventRecord", JAVA_LONG, JAVA_LONG);
  private static final MethodHandle EVENT_SYNCHRONIZE = handle("cuEventSynchronize", JAVA_LONG);
  private static final MethodHandle EVENT_ELAPSED =
      handle("cuEventElapsedTime_v2", ADDRESS, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle EVENT_DESTROY = handle("cuEventDestroy_v2", JAVA_LONG);

  private Driver() {}

  private static SymbolLookup library() {
    return switch (DriverLibrary.outcome()) {
      case DriverLibrary.Outcome.Loaded(SymbolLookup symbols) -> symbols;
      case DriverLibrary.Outcome.Missing(String reason) ->
          throw new DeviceException(DeviceException.Kind.UNAVAILABLE, reason);
    };
  }

  private static MethodHandle handle(String name, MemoryLayout... arguments) {
    MemorySegment symbol =
        LIBRARY
            .find(name)
            .orElseThrow(
                () ->
                    new DeviceException(
                        DeviceException.Kind.UNAVAILABLE,
                        "the driver has no " + name + ": it is too old for CUDA 13"));
    return Linker.nativeLinker().downcallHandle(symbol, FunctionDescriptor.of(JAVA_INT, arguments));
  }

  private static IllegalStateException broken(Throwable thrown) {
    return new IllegalStateException("a call of the driver failed", thrown);
  }

  static int init() {
    try {
      return (int) INIT.invokeExact(0);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /** An int: 1000·major + 10·minor of the newest CUDA it runs. */
  static int driverVersion(MemorySegment out) {
    try {
      return (int) DRIVER_VERSION.invokeExact(out);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int errorName(int code, MemorySegment out) {
    try {
      return (int) ERROR_NAME.invokeExact(code, out);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int errorText(int code, MemorySegment out) {
    try {
      return (int) ERROR_TEXT.invokeExact(code, out);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int deviceCount(MemorySegment out) {
    try {
      return (int) DEVICE_COUNT.invokeExact(out);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int deviceGet(MemorySegment out, int ordinal) {
    try {
      return (int) DEVICE_GET.invokeExact(out, ordinal);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int deviceName(MemorySegment out, int length, int device) {
    try {
      return (int) DEVICE_NAME.invokeExact(out, length, device);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int deviceMemory(MemorySegment out, int device) {
    try {
      return (int) DEVICE_MEMORY.invokeExact(out, device);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int deviceAttribute(MemorySegment out, int attribute, int device) {
    try {
      return (int) DEVICE_ATTRIBUTE.invokeExact(out, attribute, device);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int contextRetain(MemorySegment out, int device) {
    try {
      return (int) CONTEXT_RETAIN.invokeExact(out, device);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int contextRelease(int device) {
    try {
      return (int) CONTEXT_RELEASE.invokeExact(device);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int contextReset(int device) {
    try {
      return (int) CONTEXT_RESET.invokeExact(device);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int contextSetCurrent(long context) {
    try {
      return (int) CONTEXT_SET.invokeExact(context);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int allocate(MemorySegment out, long bytes) {
    try {
      return (int) ALLOCATE.invokeExact(out, bytes);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int free(long address) {
    try {
      return (int) FREE.invokeExact(address);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /** Memory of the host that a GPU copies from and to by itself. */
  static int hostAllocate(MemorySegment out, long bytes) {
    try {
      return (int) HOST_ALLOCATE.invokeExact(out, bytes, 0);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int hostFree(long address) {
    try {
      return (int) HOST_FREE.invokeExact(address);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int set32(long address, int value, long count, long stream) {
    try {
      return (int) SET_32.invokeExact(address, value, count, stream);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int copyUp(long device, long host, long bytes, long stream) {
    try {
      return (int) COPY_UP.invokeExact(device, host, bytes, stream);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int copyDown(long host, long device, long bytes, long stream) {
    try {
      return (int) COPY_DOWN.invokeExact(host, device, bytes, stream);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int copyWithin(long to, long from, long bytes, long stream) {
    try {
      return (int) COPY_WITHIN.invokeExact(to, from, bytes, stream);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int streamCreate(MemorySegment out) {
    try {
      return (int) STREAM_CREATE.invokeExact(out, STREAM_NON_BLOCKING);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int streamSynchronize(long stream) {
    try {
      return (int) STREAM_SYNCHRONIZE.invokeExact(stream);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /** What is queued on a stream from now on waits for an event. */
  static int streamWait(long stream, long event) {
    try {
      return (int) STREAM_WAIT.invokeExact(stream, event, 0);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int streamBeginCapture(long stream) {
    try {
      return (int) STREAM_BEGIN_CAPTURE.invokeExact(stream, CAPTURE_THREAD_LOCAL);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int streamEndCapture(long stream, MemorySegment out) {
    try {
      return (int) STREAM_END_CAPTURE.invokeExact(stream, out);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int graphInstantiate(MemorySegment out, long graph) {
    try {
      return (int) GRAPH_INSTANTIATE.invokeExact(out, graph, 0L);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int graphLaunch(long executable, long stream) {
    try {
      return (int) GRAPH_LAUNCH.invokeExact(executable, stream);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int graphDestroy(long graph) {
    try {
      return (int) GRAPH_DESTROY.invokeExact(graph);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int graphExecutableDestroy(long executable) {
    try {
      return (int) GRAPH_EXECUTABLE_DESTROY.invokeExact(executable);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int streamDestroy(long stream) {
    try {
      return (int) STREAM_DESTROY.invokeExact(stream);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int eventCreate(MemorySegment out, boolean timing) {
    try {
      return (int) EVENT_CREATE.invokeExact(out, timing ? 0 : EVENT_DISABLE_TIMING);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int eventRecord(long event, long stream) {
    try {
      return (int) EVENT_RECORD.invokeExact(event, stream);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int eventSynchronize(long event) {
    try {
      return (int) EVENT_SYNCHRONIZE.invokeExact(event);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  /** A float: milliseconds. */
  static int eventElapsed(MemorySegment out, long start, long end) {
    try {
      return (int) EVENT_ELAPSED.invokeExact(out, start, end);
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  static int eventDestroy(long event) {
    try {
      return (int) EVENT_DESTROY.invokeExact(event);
    } catch (Throwable e) {
      throw broken(e);
    }
  }
}
