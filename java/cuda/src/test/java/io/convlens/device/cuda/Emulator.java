package io.convlens.device.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The emulator's own controls: settings, faults, counters and what it noticed. */
final class Emulator {
  private static final int MOST_BYTES = 1 << 16;

  private static final Optional<SymbolLookup> LIBRARY =
      DriverLibrary.outcome() instanceof DriverLibrary.Outcome.Loaded(SymbolLookup symbols)
          ? Optional.of(symbols)
          : Optional.empty();

  private Emulator() {}

  /** Skips the test where no emulator is loaded. */
  static void assume() {
    assumeTrue(
        LIBRARY.flatMap(l -> l.find("convlens_emulator_reset")).isPresent(),
        "no CUDA emulator: ci/test builds it where CMake and g++ are");
  }

  private static Object call(
      String name, Optional<ValueLayout> result, List<MemoryLayout> types, Object... arguments) {
    MemoryLayout[] layouts = types.toArray(MemoryLayout[]::new);
    FunctionDescriptor descriptor =
        result
            .map(r -> FunctionDescriptor.of(r, layouts))
            .orElseGet(() -> FunctionDescriptor.ofVoid(layouts));
    try {
      return Linker.nativeLinker()
          .downcallHandle(
              LIBRARY.orElseThrow().findOrThrow("convlens_emulator_" + name), descriptor)
          .invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException(name, e);
    }
  }

  private static long number(String name, List<MemoryLayout> types, Object... arguments) {
    return (long) call(name, Optional.of(JAVA_LONG), types, arguments);
  }

  private static void run(String name, List<MemoryLayout> types, Object... arguments) {
    call(name, Optional.empty(), types, arguments);
  }

  static void reset() {
    run("reset", List.of());
  }

  static void seed(long seed) {
    run("set_seed", List.of(JAVA_LONG), seed);
  }

  /** From 0, work runs only when something waits for it, to 1, at once. */
  static void eagerness(double eagerness) {
    run("set_eagerness", List.of(JAVA_DOUBLE), eagerness);
  }

  static void devices(int count) {
    run("set_devices", List.of(JAVA_INT), count);
  }

  static void memory(int device, long bytes) {
    run("set_memory", List.of(JAVA_INT, JAVA_LONG), device, bytes);
  }

  /** Calls since the last reset, of all functions. */
  static long calls() {
    return number("calls", List.of(ADDRESS), MemorySegment.NULL);
  }

  /** Calls of one function since the last reset. */
  static long calls(String function) {
    try (Arena arena = Arena.ofConfined()) {
      return number("calls", List.of(ADDRESS), arena.allocateFrom(function));
    }
  }

  /** The name of the call with an index. */
  static String call(long index) {
    return text((MemorySegment) call("call", Optional.of(ADDRESS), List.of(JAVA_LONG), index));
  }

  private static String text(MemorySegment text) {
    return text.address() == 0 ? "" : text.reinterpret(MOST_BYTES).getString(0);
  }

  /** The codes that a function can be expected to return, the likeliest first. */
  static List<Integer> faultCodes(String function) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment codes = arena.allocate(JAVA_INT, 64);
      int count =
          (int)
              call(
                  "fault_codes",
                  Optional.of(JAVA_INT),
                  List.of(ADDRESS, ADDRESS, JAVA_INT),
                  arena.allocateFrom(function),
                  codes,
                  64);
      List<Integer> all = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        all.add(codes.getAtIndex(JAVA_INT, i));
      }
      return all;
    }
  }

  /** The nth call from now on, of any function, fails. */
  static void fail(long nth, int code) {
    run("fail", List.of(ADDRESS, JAVA_LONG, JAVA_INT), MemorySegment.NULL, nth, code);
  }

  /** The nth call of a function fails. */
  static void fail(String function, long nth, int code) {
    try (Arena arena = Arena.ofConfined()) {
      run("fail", List.of(ADDRESS, JAVA_LONG, JAVA_INT), arena.allocateFrom(function), nth, code);
    }
  }

  /** The same, and from then on every call in its context. */
  static void failForGood(String function, long nth, int code) {
    try (Arena arena = Arena.ofConfined()) {
      run(
          "fail_sticky",
          List.of(ADDRESS, JAVA_LONG, JAVA_INT),
          arena.allocateFrom(function),
          nth,
          code);
    }
  }

  static void failAllocationsFrom(long bytes) {
    run("fail_allocations_from", List.of(JAVA_LONG), bytes);
  }

  static void loseDevice(int device, long afterCalls, int code) {
    run("lose_device", List.of(JAVA_INT, JAVA_LONG, JAVA_INT), device, afterCalls, code);
  }

  static void clearFaults() {
    run("clear_faults", List.of());
  }

  static long peakBytes(int device) {
    return number("peak_bytes", List.of(JAVA_INT), device);
  }

  /** Fails if the emulator noticed anything, or if something is live. */
  static void assertClean(String what) {
    assertEquals("", live(), what + ": left open");
    assertNothingNoticed(what);
  }

  static void assertNothingNoticed(String what) {
    assertEquals(List.of(), reports(), what);
  }

  /** What the emulator noticed, a line each. */
  static List<String> reports() {
    List<String> reports = new ArrayList<>();
    long count = number("reports", List.of(JAVA_INT), -1);
    for (long i = 0; i < count; i++) {
      reports.add(
          text((MemorySegment) call("report", Optional.of(ADDRESS), List.of(JAVA_LONG), i)));
    }
    return reports;
  }

  private static String live() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(MOST_BYTES);
      number("live_text", List.of(ADDRESS, JAVA_LONG), text, (long) MOST_BYTES);
      return text.getString(0);
    }
  }
}
