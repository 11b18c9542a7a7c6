package io.convlens.device.cuda;

import io.convlens.device.Buffer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Memory of a CUDA device, or a part of such memory. */
final class CudaBuffer implements Buffer {
  /** What whole and parts share: the memory, and where it was closed. */
  private static final class Storage {
    final DeviceMemory memory;
    final CudaDevice device;
    final long floats;
    @Nullable String closedAt;

    Storage(DeviceMemory memory, CudaDevice device, long floats) {
      this.memory = memory;
      this.device = device;
      this.floats = floats;
    }
  }

  private final Storage storage;
  private final long offset;
  private final long size;
  private final boolean whole;

  private CudaBuffer(Storage storage, long offset, long size, boolean whole) {
    this.storage = storage;
    this.offset = offset;
    this.size = size;
    this.whole = whole;
  }

  static CudaBuffer of(CudaDevice device, DeviceMemory memory, long floats) {
    return new CudaBuffer(new Storage(memory, device, floats), 0, floats, true);
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public Buffer slice(long from, long count) {
    Objects.checkFromIndexSize(from, count, size);
    checkOpen();
    return new CudaBuffer(storage, offset + from, count, false);
  }

  CudaDevice device() {
    return storage.device;
  }

  /** Where it is on the device; never to be read by the host. */
  long address() {
    checkOpen();
    return storage.memory.address() + offset * Float.BYTES;
  }

  void checkOpen() {
    if (storage.closedAt != null) {
      throw new IllegalStateException(this + " was closed at " + storage.closedAt);
    }
  }

  @Override
  public void close() {
    if (whole && storage.closedAt == null) {
      storage.closedAt = caller();
      storage.device.release(this, List.of(storage.memory));
    }
  }

  private static String caller() {
    return StackWalker.getInstance()
        .walk(
            frames ->
                frames
                    .filter(f -> !f.getClassName().startsWith(CudaBuffer.class.getPackageName()))
                    .findFirst())
        .map(f -> f.getFileName() + ":" + f.getLineNumber())
        .orElse("the device's end");
  }

  @Override
  public String toString() {
    String all = "buffer of %d floats on %s".formatted(storage.floats, device().info().id());
    return whole ? all : "part (%d floats from %d) of %s".formatted(size, offset, all);
  }
}
