package io.convlens.cli;

import java.util.function.LongSupplier;

/**
 * The time from when the first picture's sweep began to when the last one's result was there:
 * devices that work side by side share it. For one thread.
 */
final class SweepClock {
  private final LongSupplier nanoseconds;
  private boolean runs;
  private long begin;
  private long end;
  private int pictures;

  SweepClock() {
    this(System::nanoTime);
  }

  /** With another source of time, for tests. */
  SweepClock(LongSupplier nanoseconds) {
    this.nanoseconds = nanoseconds;
  }

  /** A picture's sweep begins. */
  void begin() {
    if (!runs) {
      runs = true;
      begin = nanoseconds.getAsLong();
    }
  }

  /** A picture's result is there. */
  void end() {
    end = nanoseconds.getAsLong();
    pictures++;
  }

  /** Pictures whose results are there. */
  int pictures() {
    return pictures;
  }

  /** Until the last of them. */
  double seconds() {
    return pictures == 0 ? 0 : (end - begin) / 1e9;
  }
}
