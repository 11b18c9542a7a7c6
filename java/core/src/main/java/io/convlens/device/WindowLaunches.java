package io.convlens.device;

/**
 * Launches of one operation on windows with the same operands, that differ in which of the listed
 * windows they take. They end with their {@link Kernel}; for the threads of its device.
 */
@FunctionalInterface
public interface WindowLaunches {
  /**
   * The launch that takes as many windows as the operation's maps hold, from one of the list on.
   *
   * @throws IndexOutOfBoundsException if the list has fewer
   */
  Launch from(int first);
}
