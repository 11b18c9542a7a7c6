package io.convlens.device;

/** Launches that run one after another as one. Closing it closes none of them. */
public interface Sequence extends AutoCloseable {
  /**
   * Queues all of them once.
   *
   * @throws DeviceException if the device refuses
   */
  void run();

  @Override
  void close();
}
