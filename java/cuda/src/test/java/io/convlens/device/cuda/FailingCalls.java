package io.convlens.device.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.DeviceException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** A job on the emulator, each of whose calls fails once, in turn. */
final class FailingCalls {
  /** Every call fails with this many of the codes that it can be expected to return. */
  private static final int CODES = Integer.getInteger("convlens.codes", 1);

  private final Supplier<float[]> job;
  private final float[] right;

  private FailingCalls(Supplier<float[]> job) {
    this.job = job;
    this.right = job.get();
  }

  /** The job must end with its right answer or with one clear error, and work again afterwards. */
  static void eachLeavesTheRightAnswerOrOneClearError(Supplier<float[]> job) {
    var failing = new FailingCalls(job);
    Emulator.reset();
    assertArrayEquals(failing.right, job.get());
    List<String> calls = new ArrayList<>();
    long count = Emulator.calls();
    for (long i = 0; i < count; i++) {
      calls.add(Emulator.call(i));
    }
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      List<Integer> codes = Emulator.faultCodes(calls.get(i));
      for (int code : codes.subList(0, Math.min(CODES, codes.size()))) {
        failing.failing(i, calls.get(i), code).ifPresent(wrong::add);
      }
    }
    assertFalse(calls.isEmpty());
    assertEquals("", String.join("\n", wrong));
  }

  /** What is wrong after the call with an index failed, if anything is. */
  private Optional<String> failing(int index, String call, int code) {
    String what = "call %d, %s, fails with %d: ".formatted(index, call, code);
    Emulator.reset();
    Emulator.fail(index + 1L, code);
    String message = "";
    try {
      if (!Arrays.equals(right, job.get())) {
        return Optional.of(what + "another answer");
      }
    } catch (DeviceException e) {
      message = e.getMessage();
    } catch (RuntimeException e) {
      return Optional.of(what + e);
    }
    Emulator.clearFaults();
    try {
      if (!message.isEmpty()) {
        assertTrue(message.contains("(" + code + ")"), "unclear: " + message);
      }
      Emulator.assertClean(message);
      assertArrayEquals(right, job.get(), "another answer afterwards");
      return Optional.empty();
    } catch (AssertionError | RuntimeException e) {
      return Optional.of(what + message + " | " + e);
    }
  }
}
