package io.convlens.device;

import java.util.Objects;

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

  /**
   * Fixes what an operation on windows reads and writes, but not which windows: its specification
   * may list more of them ({@link Spec.Corners}) than its maps hold.
   *
   * @param operands as in {@link #bind}
   * @throws IllegalArgumentException likewise
   */
  default WindowLaunches bindWindows(Buffer... operands) {
    Launch only = bind(operands);
    return first -> {
      Objects.checkIndex(first, 1);
      return only;
    };
  }

  @Override
  void close();
}
