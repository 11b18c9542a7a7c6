package io.convlens.device;

/**
 * A prepared operation. Freed with its device, or by {@link #close}; launches of it end with it.
 */
public interface Kernel extends AutoCloseable {
  /**
   * Fixes what it reads and writes.
   *
   * @param operands in the order that the {@link Spec} names
   * @throws IllegalArgumentException if there are more or fewer, or one is too small
   */
  Launch bind(Buffer... operands);

  @Override
  void close();
}
