package io.convlens.embed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.convlens.device.Device;
import io.convlens.device.DeviceOptions;
import io.convlens.device.Devices;
import io.convlens.device.Sequence;
import io.convlens.device.cuda.EmulatedJob;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The search for neighbours on the emulator, some points at a time, and what they do. */
final class NeighboursOnCudaTest {
  private static final int POINTS = 70;
  private static final int K = 11;

  /** For a block and a rest. */
  private static final int DISTANCES = 64 * POINTS;

  @TempDir private Path folder;
  private EmulatedJob job;

  /** Whole numbers: distances are exact, and many of them equal. */
  private final Points points = Points.zeros(POINTS, 3);

  @BeforeEach
  void draw() throws IOException {
    job = new EmulatedJob(folder);
    var random = new Random(1);
    for (float[] column : points.columns()) {
      for (int i = 0; i < POINTS; i++) {
        column[i] = random.nextInt(4);
      }
    }
  }

  private NearestNeighbours found() {
    try (Device device = Devices.open("cuda:0", DeviceOptions.DEFAULT.withTuning(false))) {
      return DeviceNeighbours.of(device, points, K, DISTANCES);
    }
  }

  @Test
  void areThoseOfTheCpu() {
    NearestNeighbours expected = NearestNeighbours.of(points, K);
    NearestNeighbours found = found();
    assertArrayEquals(expected.indices(), found.indices());
    assertArrayEquals(expected.distances(), found.distances());
    assertEquals(2, job.launches("select_nearest"));
    job.assertClean("neighbours");
  }

  @Test
  void eachCallThatFailsLeavesTheRightAnswerOrOneClearError() {
    job.failEachCallOf(() -> found().distances());
  }

  /** Where points are after so many steps. */
  private float[][] moved(String id, int steps) {
    var affinities = new SparseAffinities(NearestNeighbours.of(points, K), K / 3.0);
    var random = new Random(2);
    float[][] places = new float[2][POINTS];
    for (int i = 0; i < POINTS; i++) {
      places[0][i] = (float) random.nextGaussian();
      places[1][i] = (float) random.nextGaussian();
    }
    try (Device device = Devices.open(id, DeviceOptions.DEFAULT.withTuning(false));
        var descent = new DeviceDescent(device, affinities.pairs(), places[0], places[1])) {
      Sequence early = descent.steps(12, 0.5, 200);
      for (int i = 0; i < steps; i++) {
        early.run();
      }
      descent.read(places[0], places[1]);
    }
    return places;
  }

  /** One step is the gradient; a few follow the same path. */
  @Test
  void nearOnesAttractAsOnTheCpu() {
    for (int steps : new int[] {1, 6}) {
      float[][] expected = moved("cpu", steps);
      float[][] actual = moved("cuda:0", steps);
      for (int axis = 0; axis < 2; axis++) {
        assertArrayEquals(expected[axis], actual[axis], steps == 1 ? 1e-5f : 1e-3f);
      }
    }
    job.assertClean("a descent");
  }
}
