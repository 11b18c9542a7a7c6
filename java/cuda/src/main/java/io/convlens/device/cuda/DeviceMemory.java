package io.convlens.device.cuda;

import java.util.concurrent.atomic.AtomicLong;

/** A block of a GPU's memory. */
final class DeviceMemory implements AutoCloseable {
  private static final AtomicLong LIVE = new AtomicLong();

  private final GpuContext context;
  private final CudaStream stream;
  private final long address;
  private final long bytes;
  private boolean closed;

  /** A block of at least so many bytes, zeroed. */
  DeviceMemory(GpuContext context, CudaStream stream, long bytes) {
    this.context = context;
    this.stream = stream;
    // An empty block has an address too, and a place of its own.
    this.bytes = Math.max(Float.BYTES, bytes);
    context.enter();
    this.address =
        context.make("cuMemAlloc", this.bytes + " bytes", out -> Driver.allocate(out, this.bytes));
    LIVE.incrementAndGet();
    try {
      long words = (this.bytes + Integer.BYTES - 1) / Integer.BYTES;
      context.check(
          "cuMemsetD32Async",
          Driver.set32(address, 0, words, stream.handle()),
          this.bytes + " bytes");
    } catch (RuntimeException | Error e) {
      Closing.after(e, this);
      throw e;
    }
  }

  /** Blocks that are open in this process: what a leak test watches. */
  static long live() {
    return LIVE.get();
  }

  long address() {
    return address;
  }

  long bytes() {
    return bytes;
  }

  /** Frees it when the stream has done what was queued; twice is fine. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    LIVE.decrementAndGet();
    if (context.isDead()) {
      // The reset of the context frees it.
      return;
    }
    try {
      context.enter();
      stream.synchronize();
    } finally {
      context.free("cuMemFree", Driver.free(address));
    }
  }
}
