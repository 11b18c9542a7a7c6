package io.convlens.device.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.DeviceException;
import io.convlens.network.Network;
import io.convlens.occlusion.Sweeps;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures shared out among two emulated GPUs. */
@Timeout(120)
final class SeveralGpusTest {
  private static final int PICTURES = 7;

  /** What the driver says when a GPU has fallen off the bus. */
  private static final int DEVICE_LOST = 46;

  @TempDir private Path folder;
  private MainJob job;

  @BeforeEach
  void two() throws IOException {
    Emulator.assume();
    Emulator.reset();
    Emulator.devices(2);
    job = MainJob.in(folder);
  }

  @AfterEach
  void one() {
    Emulator.clearFaults();
    Emulator.devices(1);
    Emulator.reset();
  }

  private List<float[]> run(String device) {
    return job.sweeps(MainJob.on(device), PICTURES, (_, _) -> true);
  }

  private static void assertSame(List<float[]> expected, List<float[]> actual) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i), "picture " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void giveTheSameBytesAsOneInTheSameOrder(int seed) {
    List<float[]> expected = run("cuda:0");
    Emulator.assertClean("one GPU");
    Emulator.reset();
    Emulator.devices(2);
    Emulator.seed(seed);
    assertSame(expected, run("cuda"));
    assertTrue(Emulator.peakBytes(0) > 0 && Emulator.peakBytes(1) > 0, "both were at work");
    Emulator.assertClean("two GPUs");
  }

  @ParameterizedTest
  @ValueSource(ints = {60, 250, 400})
  void oneOfThemDyingIsOneClearErrorAndTheNextRunIsRight(int after) {
    List<float[]> expected = run("cuda:0");
    Emulator.reset();
    Emulator.devices(2);
    Emulator.loseDevice(1, after, DEVICE_LOST);
    DeviceException e = assertThrows(DeviceException.class, () -> run("cuda"));
    // Call, code and what it was about; a library has a code of its own for it.
    assertTrue(e.getMessage().matches("cu\\w+ on cuda:1: .* \\(\\d+\\); .+"), e.getMessage());
    Emulator.clearFaults();
    Emulator.assertClean("after " + e.getMessage());
    assertSame(expected, run("cuda:0"));
  }

  @Test
  void stopWhenTheyAreToldTo() {
    assertThrows(
        CancellationException.class,
        () -> job.sweeps(MainJob.on("cuda"), PICTURES, (done, total) -> done < total / 2));
    Emulator.assertClean("stopped");
  }

  @Test
  void stopWhenTheirResultsCanNotBeTaken() {
    try (Network network = Network.load(job.model(), MainJob.on("cuda"));
        var sweeps = new Sweeps(network.onEachDevice(), MainJob.SHAPE, MainJob.occlusion())) {
      var full = new IllegalStateException("the disk is full");
      assertEquals(
          full,
          assertThrows(
              IllegalStateException.class,
              () ->
                  sweeps.run(
                      job.set(PICTURES),
                      (_, _) -> true,
                      (_, _) -> {
                        throw full;
                      })));
    }
    Emulator.assertClean("full disk");
  }
}
