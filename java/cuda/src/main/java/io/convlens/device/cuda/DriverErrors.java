package io.convlens.device.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What the driver says about its codes. */
final class DriverErrors {
  /** Longer texts than any of the driver's. */
  private static final int MOST_BYTES = 1 << 12;

  private DriverErrors() {}

  /** A code's name and text. */
  static String text(int code) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ADDRESS);
      String name = Driver.errorName(code, out) == Driver.SUCCESS ? string(out) : "unknown error";
      String text = Driver.errorText(code, out) == Driver.SUCCESS ? string(out) : "no text";
      return name + ", " + text;
    }
  }

  private static String string(MemorySegment out) {
    MemorySegment text = out.get(ADDRESS, 0);
    return text.address() == 0 ? "no text" : text.reinterpret(MOST_BYTES).getString(0);
  }
}
