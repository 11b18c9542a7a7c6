package io.convlens.device.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.DeviceException;
import io.convlens.occlusion.Mode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An occlusion sweep on the emulator: right, the same in any order, and well-behaved in failure.
 */
final class MainJobTest {
  private static final int SEEDS = 30;

  /** Every call fails with this many of the codes that it can be expected to return. */
  private static final int CODES = Integer.getInteger("convlens.codes", 1);

  @TempDir private Path folder;
  private MainJob job;

  @BeforeEach
  void reset() throws IOException {
    Emulator.assume();
    Emulator.reset();
    job = MainJob.in(folder);
  }

  @AfterEach
  void nothingIsLeft() {
    Emulator.reset();
  }

  private float[] cuda() {
    return job.run(MainJob.on("cuda:0"));
  }

  @Test
  void isAsOnTheCpu() {
    assertArrayEquals(job.run(MainJob.on("cpu")), cuda(), 1e-5f);
    Emulator.assertClean("the main job");
  }

  @Test
  void byDifferencesItIsAsOnTheCpu() {
    float[] expected = job.run(MainJob.on("cpu"), Mode.EXACT);
    assertArrayEquals(expected, job.run(MainJob.on("cuda:0"), Mode.EXACT), 1e-5f);
    Emulator.assertClean("the main job by differences");
  }

  @Test
  void isTheSameToTheLastBitInAnyOrderOfStreamsAndThreads() {
    float[] first = cuda();
    for (int seed = 1; seed <= SEEDS; seed++) {
      Emulator.reset();
      Emulator.seed(seed);
      Emulator.eagerness(seed % 3 == 0 ? 0 : -1);
      assertArrayEquals(first, cuda(), "seed " + seed);
      Emulator.assertClean("seed " + seed);
    }
  }

  @Test
  void eachCallThatFailsLeavesTheRightAnswerOrOneClearError() {
    float[] right = cuda();
    Emulator.reset();
    cuda();
    List<String> calls = new ArrayList<>();
    long count = Emulator.calls();
    for (long i = 0; i < count; i++) {
      calls.add(Emulator.call(i));
    }
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      List<Integer> codes = Emulator.faultCodes(calls.get(i));
      for (int code : codes.subList(0, Math.min(CODES, codes.size()))) {
        failing(i, calls.get(i), code, right).ifPresent(wrong::add);
      }
    }
    assertFalse(calls.isEmpty());
    assertEquals("", String.join("\n", wrong));
  }

  /** What is wrong after the call with an index failed, if anything is. */
  private Optional<String> failing(int index, String call, int code, float[] right) {
    String what = "call %d, %s, fails with %d: ".formatted(index, call, code);
    Emulator.reset();
    Emulator.fail(index + 1L, code);
    String message = "";
    try {
      if (!Arrays.equals(right, cuda())) {
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
      assertArrayEquals(right, cuda(), "another answer afterwards");
      return Optional.empty();
    } catch (AssertionError | RuntimeException e) {
      return Optional.of(what + message + " | " + e);
    }
  }
}
