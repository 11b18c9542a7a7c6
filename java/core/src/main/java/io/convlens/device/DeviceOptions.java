package io.convlens.device;

/**
 * How a device is opened.
 *
 * @param threads the CPU threads to use; 0 for all
 * @param precision what it multiplies in
 * @param tune whether a device may time several ways to compute an operation and take the fastest;
 *     without, equal devices always take the same way, and results are the same to the last bit
 *     wherever they run
 */
public record DeviceOptions(int threads, Precision precision, boolean tune) {
  /** All cores, float32, timed choices. */
  public static final DeviceOptions DEFAULT = new DeviceOptions(0, Precision.FP32, true);

  /** Checks the number of threads. */
  public DeviceOptions {
    if (threads < 0) {
      throw new IllegalArgumentException("threads " + threads + ": must be 0 or more");
    }
  }

  /** So many threads, all else as by default. */
  public DeviceOptions(int threads) {
    this(threads, Precision.FP32, true);
  }

  /** With this many threads. */
  public DeviceOptions withThreads(int number) {
    return new DeviceOptions(number, precision, tune);
  }

  /** Multiplying in this. */
  public DeviceOptions withPrecision(Precision wish) {
    return new DeviceOptions(threads, wish, tune);
  }

  /** With timed choices, or without. */
  public DeviceOptions withTuning(boolean wish) {
    return new DeviceOptions(threads, precision, wish);
  }
}
