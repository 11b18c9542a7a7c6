package io.convlens.device.cpu;

import io.convlens.device.Buffer;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** Memory of the CPU device, or a part of such memory. */
final class CpuBuffer implements Buffer {
  /** What whole and parts share: the pages, and whether they are still there. */
  private static final class Storage {
    final Pages pages;
    final CpuDevice device;
    boolean closed;

    Storage(Pages pages, CpuDevice device) {
      this.pages = pages;
      this.device = device;
    }
  }

  private final Storage storage;
  private final long offset;
  private final long size;
  private final boolean whole;

  private CpuBuffer(Storage storage, long offset, long size, boolean whole) {
    this.storage = storage;
    this.offset = offset;
    this.size = size;
    this.whole = whole;
  }

  static CpuBuffer allocate(CpuDevice device, long floats) {
    var pages = new Pages(Math.multiplyExact(floats, Float.BYTES));
    return new CpuBuffer(new Storage(pages, device), 0, floats, true);
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public Buffer slice(long from, long count) {
    Objects.checkFromIndexSize(from, count, size);
    checkOpen();
    return new CpuBuffer(storage, offset + from, count, false);
  }

  CpuDevice device() {
    return storage.device;
  }

  long address() {
    return storage.pages.address() + offset * Float.BYTES;
  }

  /** The memory; the caller checks {@link #checkOpen} before each use. */
  MemorySegment segment() {
    checkOpen();
    return Libc.view(address(), size * Float.BYTES);
  }

  void checkOpen() {
    if (storage.closed) {
      throw new IllegalStateException(this + " is closed");
    }
  }

  @Override
  public void close() {
    if (whole && !storage.closed) {
      storage.closed = true;
      storage.device.forget(this);
      storage.pages.close();
    }
  }

  @Override
  public String toString() {
    long all = storage.pages.bytes() / Float.BYTES;
    return whole
        ? "CPU buffer of %d floats".formatted(all)
        : "part (%d floats from %d) of CPU buffer of %d floats".formatted(size, offset, all);
  }
}
