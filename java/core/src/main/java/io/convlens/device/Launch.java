package io.convlens.device;

/** A prepared operation on fixed buffers. */
@FunctionalInterface
public interface Launch {
  /**
   * Queues it once.
   *
   * @throws DeviceException if the device refuses
   */
  void run();
}
