package io.convlens.device.cpu;

import io.convlens.device.DeviceException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Zeroed memory of its own pages, 64-byte aligned and from a size on 2 MiB-aligned and asked to be
 * of huge pages. Freed by {@link #close} only.
 */
final class Pages implements AutoCloseable {
  private static final long PAGE = 4096;
  private static final long HUGE_PAGE = 2L << 20;

  private static final AtomicLong LIVE = new AtomicLong();

  private final long mapped;
  private final long mappedBytes;
  private final long address;
  private final long bytes;
  private boolean closed;

  /**
   * Takes memory.
   *
   * @throws DeviceException if there is not enough
   */
  Pages(long bytes) {
    boolean huge = bytes >= HUGE_PAGE;
    // Room to begin at a huge page's border; a mapping begins at any page.
    long whole = Math.max(PAGE, roundUp(bytes, PAGE));
    this.mappedBytes = huge ? roundUp(bytes, HUGE_PAGE) + HUGE_PAGE : whole;
    this.bytes = bytes;
    this.mapped = Libc.map(mappedBytes);
    if (mapped == -1) {
      throw new DeviceException(
          DeviceException.Kind.OUT_OF_MEMORY, "mmap: no memory for " + bytes + " bytes");
    }
    this.address = huge ? roundUp(mapped, HUGE_PAGE) : mapped;
    if (huge) {
      Libc.adviseHugePages(address, roundUp(bytes, HUGE_PAGE));
    }
    LIVE.incrementAndGet();
  }

  private static long roundUp(long value, long unit) {
    return Math.addExact(value, unit - 1) / unit * unit;
  }

  /** How many are open in this process: what a leak test watches. */
  static long live() {
    return LIVE.get();
  }

  long address() {
    return address;
  }

  long bytes() {
    return bytes;
  }

  MemorySegment segment() {
    return Libc.view(address, bytes);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      Libc.unmap(mapped, mappedBytes);
      LIVE.decrementAndGet();
    }
  }
}
