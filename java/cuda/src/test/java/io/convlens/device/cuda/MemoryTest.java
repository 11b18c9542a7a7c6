package io.convlens.device.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.DeviceException;
import io.convlens.network.NetworkOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The main job where memory is short. */
final class MemoryTest {
  private static final long LARGEST = 1 << 20;

  @TempDir private Path folder;
  private MainJob job;

  @BeforeEach
  void reset() throws IOException {
    Emulator.assume();
    Emulator.reset();
    job = MainJob.in(folder);
  }

  @AfterEach
  void enough() {
    Emulator.failAllocationsFrom(-1);
    Emulator.reset();
  }

  /** No batch is asked for, so that it may be halved. */
  private static NetworkOptions cuda() {
    return MainJob.on("cuda:0").withBatch(0);
  }

  /**
   * Whatever is the most that can be had at once, the answer is right or the error one line about
   * memory; and there are sizes at which only a halved batch makes it right.
   */
  @Test
  void aBatchThatDoesNotFitIsHalved() {
    float[] right = job.run(cuda());
    long launches = Emulator.calls("cudaLaunchKernel");
    int halved = 0;
    int refused = 0;
    for (long most = LARGEST; most >= 256; most /= 2) {
      String what = "allocations below " + most + " bytes only";
      Emulator.reset();
      Emulator.failAllocationsFrom(most);
      try {
        assertArrayEquals(right, job.run(cuda()), 1e-5f, what);
        assertEquals(0, refused, what + ": less did not do");
        halved += Emulator.calls("cudaLaunchKernel") > launches * 5 / 4 ? 1 : 0;
      } catch (DeviceException e) {
        refused++;
        assertEquals(DeviceException.Kind.OUT_OF_MEMORY, e.kind(), what);
        assertTrue(e.getMessage().contains("bytes"), e.getMessage());
      }
      Emulator.failAllocationsFrom(-1);
      Emulator.assertClean(what);
    }
    assertTrue(halved > 0, "no batch was halved");
    assertTrue(refused > 0, "256 bytes were enough");
    assertArrayEquals(right, job.run(cuda()));
  }

  @Test
  void aBatchThatWasAskedForIsNotHalved() {
    List<Integer> outcomes = new ArrayList<>();
    for (long most = LARGEST; most >= 256; most /= 4) {
      Emulator.reset();
      Emulator.failAllocationsFrom(most);
      try {
        job.run(MainJob.on("cuda:0").withBatch(16));
        outcomes.add(0);
      } catch (DeviceException e) {
        assertEquals(DeviceException.Kind.OUT_OF_MEMORY, e.kind());
        outcomes.add(1);
      }
    }
    assertTrue(outcomes.contains(1), "all sizes were enough");
  }

  /** GPUs of other sizes: the batch fits them from the beginning. */
  @Test
  void smallGpusTakeSmallBatches() {
    float[] right = job.run(MainJob.on("cpu"));
    for (long bytes : new long[] {16L << 20, 64L << 20, 1L << 30, 80L << 30}) {
      Emulator.reset();
      Emulator.memory(0, bytes);
      assertArrayEquals(right, job.run(cuda()), 1e-5f, bytes + " bytes");
      assertTrue(Emulator.peakBytes(0) <= bytes, "more than there is");
      Emulator.assertClean(bytes + " bytes");
    }
    Emulator.memory(0, 8L << 30);
  }
}
