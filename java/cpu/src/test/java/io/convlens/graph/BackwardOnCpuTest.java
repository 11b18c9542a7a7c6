package io.convlens.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.Device;
import io.convlens.device.DeviceOptions;
import io.convlens.device.DeviceProvider;
import io.convlens.engine.Session;
import io.convlens.graph.GraphReference.Array;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.SplittableRandom;
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
  private static final int PICTURES = 2;
  private static final List<GradientRule> RULES = List.of(GradientRule.values());

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
      try (var model = Model.read(c.model().write(folder.resolve("model.onnx")))) {
        Graph graph = model.graph(c.input(1).dims());
        GradientRule rule = RULES.get(seed % RULES.size());
        if (!graph.outputs().isEmpty()) {
          check(c, graph, rule, wrong);
        }
      } catch (NoGradientException e) {
        refused++;
      } catch (RuntimeException e) {
        wrong.add(c.describe() + ": " + e);
      }
    }
    assertEquals("", String.join("\n", wrong));
    assertTrue(one != null || refused < SEEDS / 3, refused + " graphs were refused");
  }

  private static void check(
      RandomGraphs.Case c, Graph graph, GradientRule rule, List<String> wrong) {
    Value of = graph.outputs().getFirst();
    int batch = graph.batchable() ? PICTURES : graph.baseBatch();
    var random = new SplittableRandom(c.seed());
    float[] seeds = new float[Math.toIntExact(of.shape(batch).size())];
    for (int i = 0; i < seeds.length; i++) {
      seeds[i] = (float) random.nextDouble(-1, 1);
    }
    try (var backward = Backward.of(graph, of, Set.of(graph.input()), rule);
        Tensor x = Tensor.of(c.input(PICTURES), c.values(PICTURES));
        Tensor seed = Tensor.of(of.shape(batch), seeds);
        Tensor found = Tensor.zeros(graph.input().shape(batch))) {
      Value gradient = backward.gradient(graph.input());
      double[] expected =
          GraphReference.run(
                  backward.graph(),
                  Map.of(graph.input(), Array.of(x), backward.seed(), Array.of(seed)))
              .get(gradient)
              .data();
      try (var session = Session.prepare(device, backward.graph(), batch, Set.of(gradient))) {
        session.upload(x, 0, batch);
        Shape rows = seed.shape();
        session.upload(backward.seed(), seed, 0, rows.rank() == 0 ? 1 : rows.intDim(0));
        session.run();
        session.download(gradient, batch, found, 0);
        float[] first = found.toArray();
        compare(c, rule, expected, first, wrong);
        session.run();
        session.download(gradient, batch, found, 0);
        assertArrayEquals(first, found.toArray(), c.describe() + ": a second run differs");
      }
    }
  }

  private static void compare(
      RandomGraphs.Case c,
      GradientRule rule,
      double[] expected,
      float[] actual,
      List<String> wrong) {
    double largest = 1e-3;
    for (double e : expected) {
      largest = Math.max(largest, Math.abs(e));
    }
    for (int i = 0; i < expected.length; i++) {
      if (!(Math.abs(expected[i] - actual[i]) <= TOLERANCE * largest)) {
        wrong.add(
            "%s, %s: element %d is %s, should be %s of %s"
                .formatted(c.describe(), rule, i, actual[i], expected[i], largest));
        return;
      }
    }
  }
}
