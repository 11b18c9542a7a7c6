package io.convlens.device.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.Device;
import io.convlens.device.DeviceOptions;
import io.convlens.device.Devices;
import io.convlens.embed.Embedding;
import io.convlens.embed.EmbeddingOptions;
import io.convlens.embed.Points;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Embeddings on the emulator: as on the CPU, the same in any order, and well-behaved in failure.
 */
final class EmbeddingOnCudaTest {
  private static final int SEEDS = 6;

  /** As long as both ways follow the same path: a descent is chaos later on. */
  private static final EmbeddingOptions SHORT = new EmbeddingOptions(8, 12, 3, 50, 2);

  @BeforeEach
  void reset() {
    Emulator.assume();
    Emulator.reset();
  }

  @AfterEach
  void asBefore() {
    System.clearProperty(CudaDevice.GRAPHS);
    Emulator.clearFaults();
    Emulator.reset();
  }

  private static Points points(int count, int dimensions) {
    var random = new Random(7);
    Points points = Points.zeros(count, dimensions);
    for (int i = 0; i < count; i++) {
      float[] row = new float[dimensions];
      for (int k = 0; k < dimensions; k++) {
        row[k] = (float) (random.nextGaussian() + 4 * (i % 3) * (k % 2));
      }
      points.set(i, row, 0);
    }
    return points;
  }

  private static Embedding onCuda(Points points, EmbeddingOptions options) {
    try (Device device = Devices.open("cuda:0", DeviceOptions.DEFAULT.withTuning(false))) {
      return Embedding.of(points, options, device, _ -> {});
    }
  }

  private static float[] places(Embedding e) {
    float[] both = Arrays.copyOf(e.x(), 2 * e.x().length);
    System.arraycopy(e.y(), 0, both, e.x().length, e.x().length);
    return both;
  }

  private static void compare(Embedding expected, Embedding actual) {
    float[] places = places(expected);
    double largest = 0;
    for (float v : places) {
      largest = Math.max(largest, Math.abs(v));
    }
    assertArrayEquals(places, places(actual), (float) (1e-3 * largest));
    assertEquals(expected.kl(), actual.kl(), 1e-4 * expected.kl());
  }

  @Test
  void isAsOnTheCpu() {
    Points points = points(150, 6);
    compare(Embedding.of(points, SHORT, _ -> {}), onCuda(points, SHORT));
    assertTrue(Emulator.calls("repulsion") > 0);
    Emulator.assertClean("a short run");
  }

  @Test
  void isTheSameToTheLastBitInAnyOrderOfStreamsAndThreads() {
    Points points = points(90, 5);
    float[] first = places(onCuda(points, SHORT));
    for (int seed = 1; seed <= SEEDS; seed++) {
      Emulator.reset();
      Emulator.seed(seed);
      Emulator.eagerness(seed % 3 == 0 ? 0 : -1);
      System.setProperty(CudaDevice.GRAPHS, String.valueOf(seed % 2 == 0));
      assertArrayEquals(first, places(onCuda(points, SHORT)), "seed " + seed);
      Emulator.assertClean("seed " + seed);
      assertTrue(seed % 2 == 1 || Emulator.calls("cuGraphLaunch") > 0, "seed " + seed);
    }
  }

  @Test
  void eachCallThatFailsLeavesTheRightAnswerOrOneClearError() {
    Points points = points(30, 3);
    var options = new EmbeddingOptions(5, 2, 3, 50, 1);
    FailingCalls.eachLeavesTheRightAnswerOrOneClearError(() -> places(onCuda(points, options)));
    Emulator.reset();
    onCuda(points, options);
    assertTrue(Emulator.calls("centre") > 0);
  }
}
