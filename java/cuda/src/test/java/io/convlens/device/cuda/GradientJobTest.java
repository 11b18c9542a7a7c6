package io.convlens.device.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.gradient.Method;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Attributions on the emulator: right, the same in any order, and well-behaved in failure. */
final class GradientJobTest {
  private static final int SEEDS = 10;

  /** Of an attribution's largest element. */
  private static final double TOLERANCE = 1e-5;

  @TempDir private Path folder;
  private GradientJob job;

  @BeforeEach
  void reset() throws IOException {
    Emulator.assume();
    Emulator.reset();
    job = GradientJob.in(folder);
  }

  @AfterEach
  void nothingIsLeft() {
    Emulator.reset();
  }

  @ParameterizedTest
  @EnumSource(Method.class)
  void isAsOnTheCpu(Method method) {
    float[] expected = job.run("cpu", method);
    double largest = 0;
    for (float e : expected) {
      largest = Math.max(largest, Math.abs(e));
    }
    assertTrue(largest > 0);
    float[] found = job.run("cuda:0", method);
    assertArrayEquals(expected, found, (float) (TOLERANCE * largest));
    Emulator.assertClean(method.toString());
  }

  @ParameterizedTest
  @EnumSource(names = {"SMOOTHGRAD", "INTEGRATED_GRADIENTS", "GUIDED_GRAD_CAM"})
  void isTheSameToTheLastBitInAnyOrderOfStreamsAndThreads(Method method) {
    float[] first = job.run("cuda:0", method);
    for (int seed = 1; seed <= SEEDS; seed++) {
      Emulator.reset();
      Emulator.seed(seed);
      Emulator.eagerness(seed % 3 == 0 ? 0 : -1);
      assertArrayEquals(first, job.run("cuda:0", method), "seed " + seed);
      Emulator.assertClean("seed " + seed);
    }
  }

  @Test
  void eachCallThatFailsLeavesTheRightAnswerOrOneClearError() {
    FailingCalls.eachLeavesTheRightAnswerOrOneClearError(
        () -> job.run("cuda:0", Method.INTEGRATED_GRADIENTS));
  }
}
