package io.convlens.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.Device;
import io.convlens.device.DeviceOptions;
import io.convlens.device.DeviceProvider;
import io.convlens.graph.Backward;
import io.convlens.graph.GradientRule;
import io.convlens.graph.Graph;
import io.convlens.graph.Model;
import io.convlens.graph.Nets;
import io.convlens.graph.RandomGraphs;
import io.convlens.graph.Value;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole batches on lanes against the same pictures on one thread. */
class TrunkTest {
  private static final int SEEDS = 120;
  private static final int BATCH = 6;
  private static final int LANES = 3;

  private static Device laned;
  private static Device alone;

  @BeforeAll
  static void open() {
    DeviceProvider cpu =
        ServiceLoader.load(DeviceProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(p -> p.kind().equals("cpu"))
            .findFirst()
            .orElseThrow();
    String id = cpu.probe().getFirst().id();
    laned = cpu.open(id, new DeviceOptions(LANES));
    alone = cpu.open(id, new DeviceOptions(1));
  }

  @AfterAll
  static void close() {
    laned.close();
    alone.close();
  }

  @Test
  void lanesGiveTheSameAnswers(@TempDir Path folder) throws IOException {
    List<String> wrong = new ArrayList<>();
    int onLanes = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      RandomGraphs.Case c = RandomGraphs.of(seed);
      try (Model model = Model.read(c.model().write(folder.resolve("model.onnx")))) {
        Graph graph = model.graph(c.input(1).dims());
        if (!graph.batchable()) {
          continue;
        }
        try (Tensor input = Tensor.of(c.input(BATCH), c.values(BATCH));
            Session many = Session.prepare(laned, graph, BATCH, Set.of());
            Session one = Session.prepare(alone, graph, BATCH, Set.of())) {
          assertFalse(one.runsOnLanes());
          onLanes += many.runsOnLanes() ? 1 : 0;
          for (Value v : graph.outputs()) {
            double difference = difference(answer(one, v, input), answer(many, v, input));
            if (!(difference <= 1e-4)) {
              wrong.add(c.describe() + ": " + v + " differs by " + difference);
            }
          }
        }
      }
    }
    assertEquals("", String.join("\n", wrong));
    assertTrue(onLanes >= SEEDS / 6, onLanes + " graphs ran on lanes");
  }

  @Test
  void aPictureGetsTheSameBytesInEveryPlace(@TempDir Path folder) throws IOException {
    RandomGraphs.Case c = RandomGraphs.of(0);
    try (Model model = Model.read(c.model().write(folder.resolve("model.onnx")))) {
      Graph graph = model.graph(c.input(1).dims());
      try (Tensor input = Tensor.zeros(c.input(BATCH));
          Session session = Session.prepare(laned, graph, BATCH, Set.of())) {
        float[] picture = c.values(1);
        for (int i = 0; i < input.size(); i++) {
          input.set(i, picture[i % picture.length]);
        }
        assertTrue(session.runsOnLanes());
        float[] all = answer(session, graph.outputs().getFirst(), input);
        int each = all.length / BATCH;
        for (int i = 1; i < BATCH; i++) {
          for (int k = 0; k < each; k++) {
            assertEquals(all[k], all[i * each + k]);
          }
        }
        assertArrayEquals(all, answer(session, graph.outputs().getFirst(), input));
      }
    }
  }

  @Test
  void aBatchThatIsNotFullGivesItsPicturesTheSame(@TempDir Path folder) throws IOException {
    RandomGraphs.Case c = RandomGraphs.of(0);
    try (Model model = Model.read(c.model().write(folder.resolve("model.onnx")))) {
      Graph graph = model.graph(c.input(1).dims());
      Value out = graph.outputs().getFirst();
      try (Tensor input = Tensor.of(c.input(BATCH), c.values(BATCH));
          Session session = Session.prepare(laned, graph, BATCH, Set.of());
          Tensor few = Tensor.zeros(out.shape(BATCH))) {
        float[] all = answer(session, out, input);
        for (int count = 1; count < BATCH; count++) {
          session.upload(input, 0, count);
          session.run(count);
          session.download(out, count, few, 0);
          for (int i = 0; i < all.length / BATCH * count; i++) {
            assertEquals(all[i], few.get(i));
          }
        }
      }
    }
  }

  /** Its fully connected layers take the whole batch, what is around them runs on lanes. */
  @Test
  void aGradientHasATrunkBeforeAndAfterItsLargeProducts(@TempDir Path folder) throws IOException {
    Path file = Nets.ALEXNET.write(folder.resolve("a.onnx"), Nets.ALEXNET.options());
    try (Model model = Model.read(file)) {
      Graph graph = model.graph(new long[] {1, 3, 224, 224});
      Value out = graph.outputs().getFirst();
      try (var backward = Backward.of(graph, out, Set.of(graph.input()), GradientRule.GRADIENT)) {
        Value gradient = backward.gradient(graph.input());
        try (Session many = Session.prepare(laned, backward.graph(), BATCH, Set.of(gradient));
            Session one = Session.prepare(alone, backward.graph(), BATCH, Set.of(gradient));
            Tensor input = noise(graph.input(), 1);
            Tensor seeds = noise(out, 2)) {
          assertEquals(2, many.trunks());
          assertEquals(0, one.trunks());
          many.upload(backward.seed(), seeds, 0, BATCH);
          one.upload(backward.seed(), seeds, 0, BATCH);
          assertTrue(
              difference(answer(one, gradient, input), answer(many, gradient, input)) <= 1e-4);
        }
      }
    }
  }

  private static Tensor noise(Value like, long seed) {
    var random = new SplittableRandom(seed);
    Tensor t = Tensor.zeros(like.shape(BATCH));
    for (long i = 0; i < t.size(); i++) {
      t.set(i, (float) random.nextDouble(-1, 1));
    }
    return t;
  }

  private static float[] answer(Session session, Value v, Tensor input) {
    session.upload(input, 0, BATCH);
    session.run();
    try (Tensor to = Tensor.zeros(v.shape(BATCH))) {
      session.download(v, BATCH, to, 0);
      return to.toArray();
    }
  }

  /** Over the largest magnitude, or 0.01 where all are smaller. */
  private static double difference(float[] expected, float[] actual) {
    double largest = 1e-2;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs((double) expected[i] - actual[i]));
    }
    return difference / largest;
  }
}
