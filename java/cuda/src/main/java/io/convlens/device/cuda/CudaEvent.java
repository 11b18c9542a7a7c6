package io.convlens.device.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A mark in a stream that can be waited for. */
final class CudaEvent implements AutoCloseable {
  private final GpuContext context;
  private final long handle;
  private boolean pending;
  private boolean closed;

  CudaEvent(GpuContext context, boolean timing) {
    this.context = context;
    this.handle =
        context.make("cuEventCreate", context.gpu().id(), out -> Driver.eventCreate(out, timing));
  }

  long handle() {
    return handle;
  }

  /** Sets the mark after all that is queued. */
  void record(CudaStream stream) {
    int code = Driver.eventRecord(handle, stream.handle());
    context.check("cuEventRecord", code, context.last());
    pending = true;
  }

  /** Waits until the stream has passed the mark; at once if none was set since. */
  void await() {
    if (pending) {
      pending = false;
      int code = Driver.eventSynchronize(handle);
      context.check("cuEventSynchronize", code, context.last());
    }
  }

  /** Milliseconds from another mark to this one; both must have been passed. */
  float since(CudaEvent start) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_FLOAT);
      int code = Driver.eventElapsed(out, start.handle, handle);
      context.check("cuEventElapsedTime", code, context.last());
      return out.get(JAVA_FLOAT, 0);
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      context.free("cuEventDestroy", Driver.eventDestroy(handle));
    }
  }
}
