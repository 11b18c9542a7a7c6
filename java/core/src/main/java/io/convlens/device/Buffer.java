package io.convlens.device;

/**
 * float32 memory of a device, or a part of such memory. Only its own device reads or writes it.
 * Closing a part does nothing; closing the whole frees it, twice is fine.
 */
public interface Buffer extends AutoCloseable {
  /** The number of elements. */
  long size();

  /**
   * A part that shares this memory.
   *
   * @throws IndexOutOfBoundsException if it reaches outside
   */
  Buffer slice(long offset, long size);

  @Override
  void close();
}
