package io.convlens.device.cuda;

/** What runs one after another on a GPU; the caller goes on meanwhile. */
final class CudaStream implements AutoCloseable {
  private final GpuContext context;
  private final long handle;
  private boolean closed;

  CudaStream(GpuContext context) {
    this.context = context;
    this.handle = context.make("cuStreamCreate", context.gpu().id(), Driver::streamCreate);
  }

  long handle() {
    return handle;
  }

  /** Waits until all that was queued is done. Errors of what was queued show here. */
  void synchronize() {
    int code = Driver.streamSynchronize(handle);
    if (code != Driver.SUCCESS) {
      context.check("cuStreamSynchronize", code, "queued last: " + context.last());
    }
  }

  /** What is queued from here on comes after a mark that was set in another stream. */
  void waitFor(CudaEvent mark) {
    context.check("cuStreamWaitEvent", Driver.streamWait(handle, mark.handle()), context.last());
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      context.free("cuStreamDestroy", Driver.streamDestroy(handle));
    }
  }
}
