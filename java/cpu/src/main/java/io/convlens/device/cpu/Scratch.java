package io.convlens.device.cpu;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One piece of memory that all kernels of a device use in turn while they run. It only grows, while
 * kernels are prepared; memory objects that point into it then follow.
 */
final class Scratch implements AutoCloseable {
  private @Nullable Pages pages;
  private final Map<Long, Long> offsetOfMemory = new HashMap<>();

  /** Makes it at least so large. */
  void require(long bytes, DnnlScope scope) {
    if (bytes == 0 || (pages != null && pages.bytes() >= bytes)) {
      return;
    }
    var larger = new Pages(bytes);
    if (pages != null) {
      pages.close();
    }
    pages = larger;
    offsetOfMemory.forEach(
        (memory, offset) ->
            scope.check(
                "memory_set_data_handle", Dnnl.memorySetHandle(memory, larger.address() + offset)));
  }

  /** The address of a byte of it, until it grows. */
  long address(long offset) {
    if (pages == null) {
      throw new IllegalStateException("scratch memory was not required");
    }
    return pages.address() + offset;
  }

  /** What lies from a byte of it on, until it grows. */
  MemorySegment segment(long offset) {
    if (pages == null) {
      throw new IllegalStateException("scratch memory was not required");
    }
    return pages.segment().asSlice(offset);
  }

  /** Makes a memory object follow. */
  void follow(long memory, long offset) {
    offsetOfMemory.put(memory, offset);
  }

  /** The memory object is about to go. */
  void unfollow(long memory) {
    offsetOfMemory.remove(memory);
  }

  @Override
  public void close() {
    if (pages != null) {
      pages.close();
      pages = null;
    }
  }
}
