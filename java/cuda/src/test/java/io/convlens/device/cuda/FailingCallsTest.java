package io.convlens.device.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Calls that fail, one by one, in the jobs that call what the main job does not: CUDA graphs and
 * two GPUs. A sweep by differences is in {@code DeltaOnCudaTest}.
 */
final class FailingCallsTest {
  private static final int PICTURES = 2;

  @TempDir private Path folder;

  @BeforeEach
  void reset() {
    Emulator.assume();
    Emulator.reset();
  }

  @AfterEach
  void asBefore() {
    System.clearProperty(CudaDevice.GRAPHS);
    Emulator.clearFaults();
    Emulator.devices(1);
    Emulator.reset();
  }

  @Test
  void ofCudaGraphs() throws IOException {
    MainJob job = MainJob.in(folder);
    System.setProperty(CudaDevice.GRAPHS, "true");
    Set<String> called =
        FailingCalls.eachLeavesTheRightAnswerOrOneClearError(() -> job.run(MainJob.on("cuda:0")));
    assertTrue(
        called.containsAll(
            List.of(
                "cuStreamBeginCapture_v2",
                "cuStreamEndCapture",
                "cuGraphInstantiateWithFlags",
                "cuGraphLaunch",
                "cuGraphExecDestroy",
                "cuGraphDestroy")),
        called.toString());
  }

  /**
   * Which GPU's call fails changes from run to run: either must do. Each GPU's calls are those of
   * one alone, all of which fail elsewhere: here it is the queue between them that is tested.
   */
  @Test
  void ofTwoGpus() throws IOException {
    MainJob job = MainJob.in(folder);
    FailingCalls.leaveTheRightAnswerOrOneClearError(
        4,
        () -> {
          Emulator.reset();
          Emulator.devices(2);
        },
        () -> joined(job.sweeps(MainJob.on("cuda"), PICTURES, (_, _) -> true)));
  }

  private static float[] joined(List<float[]> parts) {
    float[] all = new float[parts.stream().mapToInt(p -> p.length).sum()];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }
}
