package io.convlens.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.graph.GraphReference.Array;
import io.convlens.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Gradients of random graphs against differences, in double precision: along random directions,
 * which no wrong element survives. {@code -Dconvlens.seed=N} runs one graph.
 */
final class BackwardTest {
  private static final int SEEDS = Integer.getInteger("convlens.seeds", 700);
  private static final int DIRECTIONS = 3;
  private static final int PICTURES = 2;

  /** Large against double's rounding, and then so small that hardly a kink lies within it. */
  private static final double[] STEPS = {1e-6, 1e-8};

  /** Of the larger of the two and of the gradient's length: curvature and rounding. */
  private static final double TOLERANCE = 1e-4;

  @TempDir private Path folder;

  @Test
  void agreesWithDifferencesOnRandomGraphs() throws IOException {
    Integer one = Integer.getInteger("convlens.seed");
    List<String> wrong = new ArrayList<>();
    int compared = 0;
    for (int seed = one == null ? 0 : one; seed < (one == null ? SEEDS : one + 1); seed++) {
      RandomGraphs.Case c = RandomGraphs.of(seed);
      Path file = c.model().write(folder.resolve("model.onnx"));
      try (var model = Model.read(file)) {
        Graph graph = model.graph(c.input(1).dims());
        compared += new Case(c, graph).check(wrong);
      } catch (RuntimeException e) {
        wrong.add(c.describe() + ": " + e);
      }
    }
    assertEquals("", String.join("\n", wrong));
    assertTrue(one != null || compared > SEEDS / 2, compared + " graphs were compared");
  }

  /** One graph. */
  private static final class Case {
    private final RandomGraphs.Case drawn;
    private final Graph graph;
    private final SplittableRandom random;

    Case(RandomGraphs.Case drawn, Graph graph) {
      this.drawn = drawn;
      this.graph = graph;
      this.random = new SplittableRandom(drawn.seed());
    }

    /** Compares; returns 1 if there was something to compare. */
    int check(List<String> wrong) {
      if (graph.outputs().isEmpty()) {
        return 0;
      }
      Value of = graph.outputs().getFirst();
      Backward backward;
      try {
        backward = Backward.of(graph, of, Set.of(graph.input()), GradientRule.GRADIENT);
      } catch (NoGradientException e) {
        boolean expected =
            e.getMessage().contains("flat everywhere")
                || e.getMessage().contains("Reduce PROD")
                || e.getMessage().contains("does not depend");
        if (!expected) {
          wrong.add(drawn.describe() + ": " + e.getMessage());
        }
        return 0;
      }
      try (backward) {
        compare(of, backward, wrong);
        return 1;
      }
    }

    private void compare(Value of, Backward backward, List<String> wrong) {
      int batch = graph.batchable() ? PICTURES : graph.baseBatch();
      Array x = array(graph.input().shape(batch), drawn.values(PICTURES));
      Array seed = noise(of.shape(batch));
      var inputs = Map.of(graph.input(), x, backward.seed(), seed);
      Array gradient =
          GraphReference.run(backward.graph(), inputs).get(backward.gradient(graph.input()));
      double length = Math.sqrt(dot(gradient.data(), gradient.data()));
      for (int i = 0; i < DIRECTIONS; i++) {
        Array direction = noise(x.shape());
        double slope = dot(gradient.data(), direction.data());
        if (!isSlope(slope, length, of, x, seed, direction)) {
          wrong.add(drawn.describe() + ": slope " + slope + " is not that of differences");
          return;
        }
      }
    }

    private boolean isSlope(
        double slope, double length, Value of, Array x, Array seed, Array direction) {
      for (double step : STEPS) {
        double up = dot(seed.data(), at(of, x, direction, step));
        double down = dot(seed.data(), at(of, x, direction, -step));
        double difference = (up - down) / (2 * step);
        double scale = Math.max(Math.max(Math.abs(difference), length), 1e-3);
        if (Math.abs(slope - difference) <= TOLERANCE * scale) {
          return true;
        }
      }
      return false;
    }

    private double[] at(Value of, Array x, Array direction, double step) {
      double[] moved = x.data().clone();
      for (int i = 0; i < moved.length; i++) {
        moved[i] += step * direction.data()[i];
      }
      return GraphReference.run(graph, new Array(x.shape(), moved)).get(of).data();
    }

    private Array noise(Shape shape) {
      Array a = Array.zeros(shape);
      for (int i = 0; i < a.data().length; i++) {
        a.data()[i] = random.nextDouble(-1, 1);
      }
      return a;
    }
  }

  private static Array array(Shape shape, float[] values) {
    Array a = Array.zeros(shape);
    for (int i = 0; i < a.data().length; i++) {
      a.data()[i] = values[i];
    }
    return a;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  // Small graphs that can be worked out by hand.

  private double[] gradient(OnnxBuilder b, GradientRule rule, double[] seed, double... x)
      throws IOException {
    Path file = b.write(folder.resolve("model.onnx"));
    try (var model = Model.read(file)) {
      Graph graph = model.graph(1, x.length);
      Value of = graph.outputs().getFirst();
      try (var backward = Backward.of(graph, of, Set.of(graph.input()), rule)) {
        var inputs =
            Map.of(
                graph.input(),
                new Array(graph.input().shape(), x),
                backward.seed(),
                new Array(of.shape(), seed));
        return GraphReference.run(backward.graph(), inputs)
            .get(backward.gradient(graph.input()))
            .data();
      }
    }
  }

  private static OnnxBuilder activation(String op, float... bounds) {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 4);
    String y =
        bounds.length == 0
            ? b.node(op, x).out()
            : b.node(op, x, b.scalar(bounds[0]), b.scalar(bounds[1])).out();
    return b.output(y);
  }

  @Test
  void rulesActOnReluAndOnClippingAtZero() throws IOException {
    double[] seed = {1, -1, 1, -1};
    for (OnnxBuilder b : List.of(activation("Relu"), activation("Clip", 0, 6))) {
      assertArrayEquals(
          new double[] {1, -1, 0, 0}, gradient(b, GradientRule.GRADIENT, seed, 2, 2, -2, -2));
      assertArrayEquals(
          new double[] {1, 0, 0, 0}, gradient(b, GradientRule.GUIDED, seed, 2, 2, -2, -2));
      assertArrayEquals(
          new double[] {1, 0, 1, 0}, gradient(b, GradientRule.DECONVNET, seed, 2, 2, -2, -2));
    }
    assertArrayEquals(
        new double[] {0, 0, 0, 1},
        gradient(
            activation("Clip", 0, 6), GradientRule.GUIDED, new double[] {1, 1, 1, 1}, 0, 6, 7, 1));
    // Clipping elsewhere is no ReLU.
    assertArrayEquals(
        new double[] {1, -1, 0, 0},
        gradient(activation("Clip", -3, 6), GradientRule.DECONVNET, seed, 2, -2, -4, 7),
        0);
  }

  @Test
  void smoothActivationsKeepTheirGradient() throws IOException {
    double[] seed = {1, -1, 1, -1};
    for (String op : List.of("Sigmoid", "LeakyRelu", "Elu", "HardSwish", "Tanh")) {
      int opset = op.equals("HardSwish") ? 14 : 13;
      var b = new OnnxBuilder(opset);
      b.output(b.node(op, b.input("x", -1, 4)).out());
      double[] plain = gradient(b, GradientRule.GRADIENT, seed, 2, 1, -2, -1);
      assertArrayEquals(plain, gradient(b, GradientRule.GUIDED, seed, 2, 1, -2, -1), op);
      assertArrayEquals(plain, gradient(b, GradientRule.DECONVNET, seed, 2, 1, -2, -1), op);
    }
  }

  /** x·clip(x + 3, 0, 6)/6, as some exporters write HardSwish, holds no ReLU. */
  @Test
  void clippingInsideAHardSwishIsNoRelu() throws IOException {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 4);
    String up = b.node("Add", x, b.scalar(3)).out();
    String gate = b.node("Clip", up, b.scalar(0), b.scalar(6)).out();
    b.output(b.node("Div", b.node("Mul", x, gate).out(), b.scalar(6)).out());
    double[] seed = {1, -1, 1, -1};
    double[] expected = {2 / 3.0 + 0.5, -1 / 3.0 - 0.5, -2 / 3.0 + 0.5, 1 / 3.0 - 0.5};
    for (GradientRule rule : GradientRule.values()) {
      assertArrayEquals(expected, gradient(b, rule, seed, 2, 1, -2, -1), 1e-6, rule.toString());
    }
  }

  /** The rule sees what comes back through its node, not what other readers send. */
  @Test
  void ruleActsOnItsOwnNodeOnly() throws IOException {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 1);
    String relu = b.node("Relu", x).out();
    b.output(b.node("Sub", relu, b.node("Mul", x, b.scalar(3)).out()).out());
    double[] one = {1};
    assertArrayEquals(new double[] {-2}, gradient(b, GradientRule.GUIDED, one, 2));
    assertArrayEquals(new double[] {-3}, gradient(b, GradientRule.GUIDED, one, -2));
    assertArrayEquals(new double[] {-2}, gradient(b, GradientRule.DECONVNET, one, -2));
  }

  @Test
  void equalMaximaGiveToTheFirst() throws IOException {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 4);
    b.output(b.node("ReduceMax", x).ints("axes", 1).out());
    assertArrayEquals(
        new double[] {0, 1, 0, 0},
        gradient(b, GradientRule.GRADIENT, new double[] {1}, 1, 7, 7, 2));
  }

  @Test
  void whatHasNoGradientIsNamed() {
    var flat = new OnnxBuilder(13);
    flat.output(flat.node("Floor", flat.input("x", -1, 2)).out());
    var e =
        assertThrows(
            NoGradientException.class,
            () -> gradient(flat, GradientRule.GRADIENT, new double[] {1, 1}, 1, 2));
    assertTrue(e.getMessage().contains("only through Floor"), e.getMessage());
    var product = new OnnxBuilder(13);
    String x = product.input("x", -1, 2);
    product.output(product.node("ReduceProd", x).ints("axes", 1).out());
    e =
        assertThrows(
            NoGradientException.class,
            () -> gradient(product, GradientRule.GRADIENT, new double[] {1}, 1, 2));
    assertTrue(e.getMessage().contains("gradient of Reduce PROD (node"), e.getMessage());
  }

  /** Between layers: of a unit by a layer in the middle, and by what the unit doesn't see. */
  @Test
  void betweenLayers() throws IOException {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 2);
    String twice = b.node("Mul", x, b.scalar(2)).out("twice");
    String square = b.node("Mul", twice, twice).out("square");
    b.output(b.node("Relu", square).out("end"));
    try (var model = Model.read(b.write(folder.resolve("model.onnx")))) {
      Graph graph = model.graph(1, 2);
      Value middle = graph.layer("twice").value();
      Value late = graph.layer("square").value();
      try (var backward =
          Backward.of(graph, late, Set.of(middle, graph.input()), GradientRule.GRADIENT)) {
        var inputs =
            Map.of(
                graph.input(),
                new Array(graph.input().shape(), new double[] {3, 4}),
                backward.seed(),
                new Array(late.shape(), new double[] {1, 0}));
        var values = GraphReference.run(backward.graph(), inputs);
        assertArrayEquals(new double[] {12, 0}, values.get(backward.gradient(middle)).data());
        assertArrayEquals(
            new double[] {24, 0}, values.get(backward.gradient(graph.input())).data());
      }
      var e =
          assertThrows(
              NoGradientException.class,
              () -> Backward.of(graph, middle, Set.of(late), GradientRule.GRADIENT));
      assertEquals("no gradient leads to 'Mul_2': 'Mul_1' does not depend on it", e.getMessage());
    }
  }
}
