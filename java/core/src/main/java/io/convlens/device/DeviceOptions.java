package io.convlens.device;

/**
 * How a device is opened.
 *
 * @param threads the CPU threads to use; 0 for all
 */
public record DeviceOptions(int threads) {
  /** All cores. */
  public static final DeviceOptions DEFAULT = new DeviceOptions(0);

  /** Checks the number of threads. */
  public DeviceOptions {
    if (threads < 0) {
      throw new IllegalArgumentException("threads " + threads + ": must be 0 or more");
    }
  }
}
