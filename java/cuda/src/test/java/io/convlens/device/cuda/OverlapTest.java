package io.convlens.device.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.DeviceException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pictures one after another on one GPU, where copies of neighbouring pictures run beside the
 * computing, launch by launch and as CUDA graphs.
 */
final class OverlapTest {
  private static final int SEEDS = 30;
  private static final int PICTURES = 3;

  @TempDir private Path folder;
  private MainJob job;

  @BeforeEach
  void reset() throws IOException {
    Emulator.assume();
    Emulator.reset();
    job = MainJob.in(folder);
  }

  @AfterEach
  void withoutGraphs() {
    System.clearProperty(CudaDevice.GRAPHS);
    Emulator.clearFaults();
    Emulator.reset();
  }

  private List<float[]> sweeps() {
    return job.sweeps(MainJob.on("cuda:0"), PICTURES, (_, _) -> true);
  }

  private static void assertSame(List<float[]> expected, List<float[]> actual, String what) {
    assertEquals(expected.size(), actual.size(), what);
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i), what + ", picture " + i);
    }
  }

  @Test
  void isTheSameToTheLastBitInAnyOrder() {
    List<float[]> first = sweeps();
    assertArrayEquals(job.run(MainJob.on("cpu")), first.getFirst(), 1e-5f);
    for (int seed = 1; seed <= SEEDS; seed++) {
      String what = "seed " + seed;
      Emulator.reset();
      Emulator.seed(seed);
      Emulator.eagerness(seed % 3 == 0 ? 0 : -1);
      System.setProperty(CudaDevice.GRAPHS, String.valueOf(seed % 2 == 0));
      assertSame(first, sweeps(), what);
      assertEquals(seed % 2 == 0, Emulator.calls("cuGraphLaunch") > 0, what);
      Emulator.assertClean(what);
    }
  }

  @Test
  void graphsQueueWithOneCallWhatTakesMany() {
    sweeps();
    long each = Emulator.calls("cudaLaunchKernel");
    Emulator.reset();
    System.setProperty(CudaDevice.GRAPHS, "true");
    sweeps();
    // The first picture runs launch by launch, the second is captured, the third is neither.
    assertTrue(Emulator.calls("cudaLaunchKernel") < each * 0.8, "launches");
    assertTrue(Emulator.calls("cuGraphLaunch") > 0, "graphs");
    Emulator.assertClean("graphs");
  }

  /** What can't be captured runs all the same; what fails otherwise is an error. */
  @Test
  void aGraphThatCanNotBeHadIsNoFailure() {
    List<float[]> expected = sweeps();
    System.setProperty(CudaDevice.GRAPHS, "true");
    for (String call :
        List.of("cuStreamBeginCapture_v2", "cuStreamEndCapture", "cuGraphInstantiateWithFlags")) {
      for (int code : Emulator.faultCodes(call)) {
        String what = call + " fails with " + code;
        Emulator.reset();
        Emulator.fail(call, 1, code);
        try {
          assertSame(expected, sweeps(), what);
        } catch (DeviceException e) {
          assertTrue(e.getMessage().contains("(" + code + ")"), what + ": " + e.getMessage());
        }
        Emulator.clearFaults();
        Emulator.assertClean(what);
      }
    }
  }
}
