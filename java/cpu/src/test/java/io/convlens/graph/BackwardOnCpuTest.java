package io.convlens.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.Device;
import io.convlens.device.DeviceOptions;
import io.convlens.device.DeviceProvider;
import io.convlens.engine.RandomGradient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Gradients of random graphs in the engine, with fusion and in a batch, against the reference in
 * double precision. {@code -Dconvlens.seed=N} runs one graph.
 */
final class BackwardOnCpuTest {
  private static final int SEEDS = Integer.getInteger("convlens.seeds", 400);

  /** Of the gradient's largest element: long sums in float32, in other orders. */
  private static final double TOLERANCE = 1e-3;

  private static Device device;

  @TempDir private Path folder;

  @BeforeAll
  static void open() {
    for (DeviceProvider provider : ServiceLoader.load(DeviceProvider.class)) {
      if (provider.kind().equals("cpu")) {
        device = provider.open(provider.probe().getFirst().id(), new DeviceOptions(1));
      }
    }
  }

  @AfterAll
  static void close() {
    device.close();
  }

  @Test
  void agreesWithTheReference() throws IOException {
    Integer one = Integer.getInteger("convlens.seed");
    List<String> wrong = new ArrayList<>();
    int refused = 0;
    for (int seed = one == null ? 0 : one; seed < (one == null ? SEEDS : one + 1); seed++) {
      RandomGraphs.Case c = RandomGraphs.of(seed);
      try {
        Optional<RandomGradient> gradient = RandomGradient.of(c, folder);
        if (gradient.isPresent()) {
          check(c, gradient.get(), wrong);
        } else {
          refused++;
        }
      } catch (RuntimeException e) {
        wrong.add(c.describe() + ": " + e);
      }
    }
    assertEquals("", String.join("\n", wrong));
    assertTrue(one != null || refused < SEEDS / 3, refused + " graphs were refused");
  }

  private static void check(RandomGraphs.Case c, RandomGradient gradient, List<String> wrong) {
    try (gradient) {
      float[][] found = gradient.on(device, 2);
      compare(c, gradient.expected(), found[0], wrong);
      assertArrayEquals(found[0], found[1], c.describe() + ": a second run differs");
    }
  }

  private static void compare(
      RandomGraphs.Case c, double[] expected, float[] actual, List<String> wrong) {
    double largest = 1e-3;
    for (double e : expected) {
      largest = Math.max(largest, Math.abs(e));
    }
    for (int i = 0; i < expected.length; i++) {
      if (!(Math.abs(expected[i] - actual[i]) <= TOLERANCE * largest)) {
        wrong.add(
            "%s: element %d is %s, should be %s of %s"
                .formatted(c.describe(), i, actual[i], expected[i], largest));
        return;
      }
    }
  }
}
