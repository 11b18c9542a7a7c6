package io.convlens.device.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.Device;
import io.convlens.device.DeviceOptions;
import io.convlens.device.Devices;
import io.convlens.engine.RandomGradient;
import io.convlens.graph.RandomGraphs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Gradients of random graphs on the emulator against the CPU device. {@code -Dconvlens.seed=N} runs
 * one graph.
 */
final class GradientsOnCudaTest {
  private static final int SEEDS = Integer.getInteger("convlens.seeds", 150);

  /** Of the gradient's largest element. */
  private static final double TOLERANCE = 1e-5;

  /**
   * Gradients smaller than this are compared absolutely: differences of equals are all rounding.
   */
  private static final double LEAST = 1e-2;

  /**
   * A gradient that magnifies rounding (of a normalised row that is nearly constant, say) may be
   * off by so many times what the CPU is off.
   */
  private static final double MAGNIFIED = 4;

  @Test
  void agreeWithTheCpu(@TempDir Path folder) throws IOException {
    Emulator.assume();
    Emulator.reset();
    Integer one = Integer.getInteger("convlens.seed");
    List<String> wrong = new ArrayList<>();
    int compared = 0;
    try (Device cpu = Devices.open("cpu", new DeviceOptions(1));
        Device cuda = Devices.open("cuda:0", DeviceOptions.DEFAULT.withTuning(false))) {
      for (int seed = one == null ? 0 : one; seed < (one == null ? SEEDS : one + 1); seed++) {
        RandomGraphs.Case c = RandomGraphs.of(seed);
        Emulator.seed(seed);
        try {
          Optional<RandomGradient> gradient = RandomGradient.of(c, folder);
          if (gradient.isPresent()) {
            compared++;
            try (var g = gradient.get()) {
              compare(c, g, g.on(cpu, 1)[0], g.on(cuda, 1)[0], wrong);
            }
          }
        } catch (RuntimeException e) {
          wrong.add(c.describe() + ": " + e);
        }
      }
    }
    assertEquals("", String.join("\n", wrong));
    assertTrue(one != null || compared > SEEDS / 2, compared + " graphs had a gradient");
    Emulator.assertClean("gradients of random graphs");
  }

  private static void compare(
      RandomGraphs.Case c, RandomGradient gradient, float[] cpu, float[] cuda, List<String> wrong) {
    double difference = difference(doubles(cpu), cuda);
    if (difference <= TOLERANCE) {
      return;
    }
    double[] exact = gradient.expected();
    double off = difference(exact, cuda);
    if (!(off <= MAGNIFIED * difference(exact, cpu))) {
      wrong.add(c.describe() + ": differs by %s, is off by %s".formatted(difference, off));
    }
  }

  private static double[] doubles(float[] from) {
    return IntStream.range(0, from.length).mapToDouble(i -> from[i]).toArray();
  }

  private static double difference(double[] expected, float[] actual) {
    double largest = LEAST;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      double d = Math.abs(expected[i] - actual[i]);
      difference = Double.isNaN(d) ? Double.POSITIVE_INFINITY : Math.max(difference, d);
    }
    return difference / largest;
  }
}
