package io.convlens.device.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.DeviceException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * A job on the emulator, each of whose calls fails once, in turn, with the likeliest of the codes
 * that it can be expected to return; the first and the last call of each function with all of them.
 */
final class FailingCalls {
  /** With this many codes every call fails, not just the first and the last of a function. */
  private static final int CODES = Integer.getInteger("convlens.codes", 1);

  /** Of cuBLAS and cuDNN. */
  private static final Set<Integer> NOT_SUPPORTED = Set.of(15, 3000);

  private final Runnable reset;
  private final Supplier<float[]> job;
  private final float[] right;

  private FailingCalls(Runnable reset, Supplier<float[]> job) {
    this.reset = reset;
    this.job = job;
    this.right = job.get();
  }

  /** The job must end with its right answer or with one clear error, and work again afterwards. */
  static Set<String> eachLeavesTheRightAnswerOrOneClearError(Supplier<float[]> job) {
    return leaveTheRightAnswerOrOneClearError(1, Emulator::reset, job);
  }

  /**
   * Likewise for the first and the last call of each function, and for every so manieth between.
   *
   * @param step how many calls further on the next one fails
   * @param reset sets the emulator up for a run
   * @return the functions that the job calls
   */
  static Set<String> leaveTheRightAnswerOrOneClearError(
      int step, Runnable reset, Supplier<float[]> job) {
    reset.run();
    var failing = new FailingCalls(reset, job);
    List<String> wrong = new ArrayList<>();
    Map<String, Integer> functions = failing.functions();
    functions.forEach(
        (function, count) -> {
          List<Integer> codes = Emulator.faultCodes(function);
          assertTrue(!codes.isEmpty(), function);
          for (int nth = 1; nth <= count; nth++) {
            boolean end = nth == 1 || nth == count;
            if (!end && nth % step != 0) {
              continue;
            }
            int most = end ? codes.size() : Math.min(CODES, codes.size());
            for (int code : codes.subList(0, most)) {
              failing.failing(function, nth, code).ifPresent(wrong::add);
            }
          }
        });
    assertTrue(functions.size() > 1, "no calls");
    assertEquals("", String.join("\n", wrong));
    return functions.keySet();
  }

  /** How often the job calls each function. */
  private Map<String, Integer> functions() {
    reset.run();
    assertArrayEquals(right, job.get());
    Map<String, Integer> functions = new HashMap<>();
    long count = Emulator.calls();
    for (long i = 0; i < count; i++) {
      functions.merge(Emulator.call(i), 1, Integer::sum);
    }
    return functions;
  }

  /** What is wrong after a function's nth call failed, if anything is. */
  private Optional<String> failing(String function, int nth, int code) {
    String what = "call %d of %s fails with %d: ".formatted(nth, function, code);
    reset.run();
    Emulator.fail(function, nth, code);
    String message = "";
    try {
      if (!isRight(job.get(), code)) {
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
        assertTrue(isClear(message, code), "unclear: " + message);
      }
      Emulator.assertClean(message);
      assertArrayEquals(right, job.get(), "another answer afterwards");
      return Optional.empty();
    } catch (AssertionError | RuntimeException e) {
      return Optional.of(what + message + " | " + e);
    }
  }

  /** What a library can't do, our kernels do, whose sums have another order. */
  private boolean isRight(float[] answer, int code) {
    if (!NOT_SUPPORTED.contains(code) || answer.length != right.length) {
      return Arrays.equals(right, answer);
    }
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < right.length; i++) {
      largest = Math.max(largest, Math.abs(right[i]));
      difference = Math.max(difference, Math.abs((double) right[i] - answer[i]));
    }
    return difference <= 1e-5 * largest;
  }

  /** Whether a message says which call failed, on which GPU, and with which code. */
  private static boolean isClear(String message, int code) {
    return Pattern.compile("(cu|clk_)\\w+( on cuda:\\d)?: [^;]+ \\(" + code + "\\)")
        .matcher(message)
        .find();
  }
}
