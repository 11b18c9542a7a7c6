package io.convlens.device.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An occlusion sweep on the emulator: right, the same in any order, and well-behaved in failure.
 */
final class MainJobTest {
  private static final int SEEDS = 30;

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
    FailingCalls.eachLeavesTheRightAnswerOrOneClearError(this::cuda);
  }
}
