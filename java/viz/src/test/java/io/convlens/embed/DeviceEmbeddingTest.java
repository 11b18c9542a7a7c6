package io.convlens.embed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.convlens.device.Device;
import io.convlens.device.DeviceOptions;
import io.convlens.device.Devices;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a device does of an embedding, on the CPU's plain kernels, against the CPU's own way. */
final class DeviceEmbeddingTest {
  private static final int RUNS = 6;

  private static Points rounded(Points points) {
    for (float[] column : points.columns()) {
      for (int i = 0; i < column.length; i++) {
        column[i] = Math.round(column[i]);
      }
    }
    return points;
  }

  /** Distances of whole numbers are exact, and many of them equal. */
  @Test
  void theSameNeighboursInBlocksOfAnySize() {
    Points points = rounded(Clusters.of(333, 5, 3, 2, 4).points());
    NearestNeighbours expected = NearestNeighbours.of(points, 17);
    try (Device device = Devices.open("cpu", new DeviceOptions(2))) {
      for (int distances : new int[] {1, 333 * 10, 333 * 100, 1 << 26}) {
        NearestNeighbours found = DeviceNeighbours.of(device, points, 17, distances);
        assertArrayEquals(expected.indices(), found.indices(), distances + " at once");
        assertArrayEquals(expected.distances(), found.distances());
      }
    }
  }

  private static Tsne run(Optional<Device> device, Clusters clusters, int iterations, int seed) {
    var tsne = new Tsne(device, clusters.points(), Pca.of(clusters.points(), 2), 15, seed);
    int[] told = {0};
    tsne.run(iterations, done -> told[0] = done);
    assertEquals(iterations, told[0]);
    return tsne;
  }

  private static void compare(float[] expected, float[] actual, double tolerance) {
    double largest = 0;
    for (float v : expected) {
      largest = Math.max(largest, Math.abs(v));
    }
    assertArrayEquals(expected, actual, (float) (tolerance * largest));
  }

  /** With all pairs that attract each other, and with near ones; a descent is chaos later on. */
  @Test
  void theFirstStepsAreThoseOfTheCpu() {
    try (Device device = Devices.open("cpu", new DeviceOptions(2))) {
      for (int count : new int[] {130, Tsne.DENSE + 40}) {
        Clusters clusters = Clusters.of(count, 6, 4, 2, 2);
        Tsne expected = run(Optional.empty(), clusters, 12, 3);
        Tsne actual = run(Optional.of(device), clusters, 12, 3);
        compare(expected.x, actual.x, 1e-3);
        compare(expected.y, actual.y, 1e-3);
        assertEquals(expected.divergence(), actual.divergence(), 1e-4 * expected.divergence());
      }
    }
  }

  /** Runs end in different places; on the mean they are as good. */
  @Test
  void bothPhasesEndAsWellAsOnTheCpu() {
    Clusters clusters = Clusters.of(240, 8, 4, 3, 5);
    double expected = 0;
    double actual = 0;
    try (Device device = Devices.open("cpu", new DeviceOptions(2))) {
      for (int seed = 0; seed < RUNS; seed++) {
        expected += run(Optional.empty(), clusters, 500, seed).divergence() / RUNS;
        actual += run(Optional.of(device), clusters, 500, seed).divergence() / RUNS;
      }
    }
    assertEquals(expected, actual, 0.02 * expected);
  }
}
