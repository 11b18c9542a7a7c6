package io.convlens.gradient;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.graph.NoGradientException;
import io.convlens.graph.OnnxBuilder;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DeepLIFT, LRP, conductance, expected gradients, Score-CAM and units, by hand. */
final class FurtherMethodsTest {
  private static final Shape PAIR = Shape.of(1, 2);

  @TempDir private Path folder;

  /** relu(relu(a) − relu(b) − 1). */
  private Path hinge() throws IOException {
    var b = new OnnxBuilder(13);
    String r = b.node("Relu", b.input("x", -1, 2)).named("inner").out();
    String difference = b.node("MatMul", r, b.floats(new long[] {2, 1}, 1, -1)).out();
    b.output(b.node("Relu", b.node("Sub", difference, b.scalar(1)).out()).out());
    return b.write(folder.resolve("hinge.onnx"));
  }

  private static List<Attribution> of(
      Path model, Tensor pictures, UnaryOperator<SaliencyOptions> changes) {
    NetworkOptions cpu = NetworkOptions.DEFAULT.withDevice("cpu");
    try (var net = Network.load(model, cpu);
        SaliencyMapper mapper =
            Saliency.with(changes).prepare(net.sized(pictures.shape()), pictures.shape().dim(0))) {
      return mapper.map(pictures);
    }
  }

  private static Attribution of(
      Path model, Shape shape, float[] x, UnaryOperator<SaliencyOptions> changes) {
    try (Tensor picture = Tensor.of(shape, x)) {
      return of(model, picture, changes).getFirst();
    }
  }

  /** The outer ReLU goes from −1 to 1 and gives 0 to 1: a slope of a half. */
  @Test
  void deepLift() throws IOException {
    Attribution a = of(hinge(), PAIR, new float[] {3, 1}, o -> o.method(Method.DEEPLIFT));
    assertArrayEquals(new float[] {1.5f, -0.5f}, a.values(), 1e-6f);
    assertEquals(1, a.completeness().orElseThrow().difference(), 1e-6);
    assertEquals(0, a.completeness().orElseThrow().gap(), 1e-6);
    // From (1, 1) the outer ReLU goes from −1 to 1, b does not change.
    var from = new Baseline.Given("ones", List.of(new float[] {1, 1}));
    Attribution b =
        of(hinge(), PAIR, new float[] {3, 1}, o -> o.method(Method.DEEPLIFT).baseline(from));
    assertArrayEquals(new float[] {1, 0}, b.values(), 1e-6f);
  }

  /** From (−2, 1) the inner ReLUs go from (0, 1) to (3, 1), the outer one from −2 to 1. */
  @Test
  void deepLiftOfLayer() throws IOException {
    var from = new Baseline.Given("left", List.of(new float[] {-2, 1}));
    Attribution a =
        of(
            hinge(),
            PAIR,
            new float[] {3, 1},
            o -> o.method(Method.DEEPLIFT).layer("inner").baseline(from));
    assertArrayEquals(new float[] {1, 0}, a.values(), 1e-6f);
    assertEquals(1, a.completeness().orElseThrow().difference(), 1e-6);
    assertEquals(0, a.completeness().orElseThrow().gap(), 1e-6);
  }

  /**
   * The larger of two: of (3, 1) against (0, 2), the largest goes from 2 to 3. The input's place
   * gains 3 − 2 = 1, the baseline's loses nothing. Against (4, 0), the input's place at 3 gains
   * nothing over 4, and the baseline's place, the same one, loses 1.
   */
  @Test
  void deepLiftThroughMaxima() throws IOException {
    var b = new OnnxBuilder(13);
    String pool = b.node("MaxPool", b.input("x", -1, 1, 1, 2)).ints("kernel_shape", 1, 2).out();
    b.output(b.node("Flatten", pool).out());
    Path model = b.write(folder.resolve("max.onnx"));
    Shape shape = Shape.of(1, 1, 1, 2);
    float[] x = {3, 1};
    for (float[] from : List.of(new float[] {0, 2}, new float[] {4, 0}, new float[] {1, 5})) {
      var baseline = new Baseline.Given("", List.of(from));
      Attribution a = of(model, shape, x, o -> o.method(Method.DEEPLIFT).baseline(baseline));
      // Against (1, 5) the place of 5 loses 2.
      float[] expected = {from[0] == 1 ? 0 : 3 - Math.max(from[0], from[1]), from[0] == 1 ? -2 : 0};
      assertArrayEquals(expected, a.values(), 1e-6f, Arrays.toString(from));
    }
  }

  /** The score of 1 is 2 less the bias's 1: 3 of one and −1 of the other. */
  @Test
  void layerWiseRelevance() throws IOException {
    UnaryOperator<SaliencyOptions> lrp = o -> o.method(Method.LRP_EPSILON);
    Attribution a = of(hinge(), PAIR, new float[] {3, 1}, lrp);
    assertArrayEquals(new float[] {3, -1}, a.values(), 1e-4f);
    float[] ofLayer =
        of(hinge(), PAIR, new float[] {3, 1}, o -> lrp.apply(o).layer("inner")).values();
    assertArrayEquals(new float[] {3, -1}, ofLayer, 1e-4f);
    float[] zeros = of(hinge(), PAIR, new float[] {0, 0}, lrp).values();
    assertArrayEquals(new float[] {0, 0}, zeros, 1e-6f);
  }

  /** An ε of the sum's own size halves what goes back: 1/(1 + 1). */
  @Test
  void epsilonTakesAway() throws IOException {
    var b = new OnnxBuilder(13);
    b.output(b.node("MatMul", b.input("x", -1, 2), b.floats(new long[] {2, 1}, 2, -1)).out());
    Path model = b.write(folder.resolve("sum.onnx"));
    Attribution a =
        of(model, PAIR, new float[] {1, 1}, o -> o.method(Method.LRP_EPSILON).epsilon(1));
    assertArrayEquals(new float[] {1, -0.5f}, a.values(), 1e-6f);
    Attribution negative =
        of(model, PAIR, new float[] {-1, -1}, o -> o.method(Method.LRP_EPSILON).epsilon(1));
    assertArrayEquals(new float[] {-1, 0.5f}, negative.values(), 1e-6f);
  }

  /** Half of the way the outer ReLU is open: 3/2 and −1/2. */
  @Test
  void conductance() throws IOException {
    UnaryOperator<SaliencyOptions> how = o -> o.method(Method.CONDUCTANCE).layer("inner");
    Attribution a = of(hinge(), PAIR, new float[] {3, 1}, o -> how.apply(o).steps(500));
    assertArrayEquals(new float[] {1.5f, -0.5f}, a.values(), 0.01f);
    assertEquals(1, a.completeness().orElseThrow().difference(), 1e-6);
    Attribution auto = of(hinge(), PAIR, new float[] {3, 1}, o -> how.apply(o).stepsByItself());
    assertEquals(0, auto.completeness().orElseThrow().gap(), 0.0101);
    assertThrows(
        UnusableOptionException.class,
        () -> of(hinge(), PAIR, new float[2], o -> o.method(Method.CONDUCTANCE)));
  }

  private Path sum(float... weights) throws IOException {
    var b = new OnnxBuilder(13);
    String flat = b.node("Flatten", b.input("x", -1, 1, 1, weights.length)).out();
    b.output(b.node("MatMul", flat, b.floats(new long[] {weights.length, 1}, weights)).out());
    return b.write(folder.resolve("weighted.onnx"));
  }

  /** Of a weighted sum the shares are weight times way, whatever the place on it. */
  @Test
  void baselines() throws IOException {
    Path model = sum(2, -1, 1);
    Shape shape = Shape.of(1, 1, 1, 3);
    float[] x = {3, 1, 0};
    var one = new Baseline.Given("one", List.of(new float[] {1, 2, 3}));
    for (Method m :
        List.of(Method.EXPECTED_GRADIENTS, Method.INTEGRATED_GRADIENTS, Method.DEEPLIFT)) {
      float[] shares = of(model, shape, x, o -> o.method(m).baseline(one)).values();
      assertArrayEquals(new float[] {4, 1, -3}, shares, 1e-5f, m.toString());
      float[] blurred = x.clone();
      new GaussianBlur(1, 3).blur(blurred, 0, 1, 1, 3);
      float[] ofBlur =
          of(model, shape, x, o -> o.method(m).baseline(new Baseline.Blurred(1))).values();
      assertArrayEquals(
          new float[] {2 * (3 - blurred[0]), blurred[1] - 1, -blurred[2]}, ofBlur, 1e-5f);
      float[] noise =
          of(model, shape, x, o -> o.method(m).baseline(new Baseline.Random())).values();
      assertTrue(noise[0] >= 0 && noise[0] <= 6 && noise[2] >= -3 && noise[2] <= 0);
    }
  }

  /** Of two baselines, each is drawn about half of the time. */
  @Test
  void expectedGradientsDrawTheirBaselines() throws IOException {
    var two = new Baseline.Given("two", List.of(new float[] {0, 0, 0}, new float[] {2, 2, 2}));
    UnaryOperator<SaliencyOptions> how =
        o -> o.method(Method.EXPECTED_GRADIENTS).baseline(two).samples(400);
    Path model = sum(1, 1, 1);
    float[] shares = of(model, Shape.of(1, 1, 1, 3), new float[] {3, 1, 0}, how).values();
    assertArrayEquals(new float[] {2, 0, -1}, shares, 0.15f);
    assertThrows(
        UnusableOptionException.class,
        () ->
            of(
                model,
                Shape.of(1, 1, 1, 3),
                new float[3],
                o -> how.apply(o).method(Method.INTEGRATED_GRADIENTS)));
  }

  /** Channels (1, 3) and (−1, −3) leave (0, 3) and (1, 0) of the picture: scores 3 and 1. */
  @Test
  void scoreCam() throws IOException {
    var b = new OnnxBuilder(13);
    String weights = b.floats(new long[] {2, 1, 1, 1}, 1, -1);
    String conv = b.node("Conv", b.input("x", -1, 1, 1, 2), weights).named("conv").out();
    String flat = b.node("Flatten", conv).out();
    String dense = b.floats(new long[] {4, 3}, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    b.output(b.node("MatMul", flat, dense).out());
    Path model = b.write(folder.resolve("masks.onnx"));
    Shape shape = Shape.of(1, 1, 1, 2);
    UnaryOperator<SaliencyOptions> how = o -> o.method(Method.SCORE_CAM).target(0);
    float[] map = of(model, shape, new float[] {1, 3}, how).values();
    float t = (float) Math.tanh(1);
    assertArrayEquals(new float[] {t, 3 * t}, map, 1e-5f);
    assertArrayEquals(new float[] {0, 0}, of(model, shape, new float[] {2, 2}, how).values());
  }

  /** What the classifier's convolution reads, not the classes' own maps. */
  @Test
  void camOfTheLastFeatureMap() throws IOException {
    var b = new OnnxBuilder(13);
    String first = b.floats(new long[] {3, 1, 1, 1}, 1, 2, -1);
    String conv = b.node("Conv", b.input("x", -1, 1, 2, 2), first).out();
    String relu = b.node("Relu", conv).named("relu").out();
    String classes = b.floats(new long[] {2, 3, 1, 1}, 1, 1, 1, -1, 0, 1);
    String maps = b.node("Conv", relu, classes).named("classes").out();
    b.output(b.node("Flatten", b.node("GlobalAveragePool", maps).out()).out());
    Path model = b.write(folder.resolve("squeeze.onnx"));
    Shape shape = Shape.of(1, 1, 2, 2);
    float[] x = {1, -2, 3, 4};
    UnaryOperator<SaliencyOptions> cam = o -> o.method(Method.GRAD_CAM).target(0);
    float[] own = of(model, shape, x, cam).values();
    assertArrayEquals(of(model, shape, x, o -> cam.apply(o).layer("relu")).values(), own);
    assertArrayEquals(new float[] {0.75f, 0.5f, 2.25f, 3}, own, 1e-6f);
  }

  /** Channel 0 of relu(conv) of Captum's small network: open at three of four places. */
  @Test
  void units() throws IOException {
    var b = new OnnxBuilder(13);
    float[] ones = new float[18];
    Arrays.fill(ones, 1);
    String weights = b.floats(new long[] {2, 1, 3, 3}, ones);
    String bias = b.floats(new long[] {2}, -50, -75);
    String conv = b.node("Conv", b.input("x", -1, 1, 4, 4), weights, bias).out();
    String relu = b.node("Relu", conv).named("relu").out();
    b.output(b.node("Flatten", b.node("GlobalAveragePool", relu).out()).out());
    Path model = b.write(folder.resolve("units.onnx"));
    float[] x = new float[16];
    for (int i = 0; i < x.length; i++) {
      x[i] = i;
    }
    Shape shape = Shape.of(1, 1, 4, 4);
    Attribution all = of(model, shape, x, o -> o.layer("relu").unit(List.of(0)));
    float[] expected = {0, 1, 1, 1, 1, 3, 3, 2, 1, 3, 3, 2, 1, 2, 2, 1};
    assertArrayEquals(expected, all.values(), 1e-5f);
    assertEquals(75, all.score(), 1e-4);
    Attribution one = of(model, shape, x, o -> o.layer("relu").unit(List.of(0, 1, 1)));
    float[] corner = {0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1};
    assertArrayEquals(corner, one.values(), 1e-5f);
    assertEquals(40, one.score(), 1e-4);
    for (List<Integer> wrong : List.of(List.of(2), List.of(0, 1), List.of(0, 2, 0), List.of(-1))) {
      assertThrows(
          UnusableOptionException.class,
          () -> of(model, shape, x, o -> o.layer("relu").unit(wrong)));
    }
    assertThrows(UnusableOptionException.class, () -> of(model, shape, x, o -> o.unit(List.of(0))));
  }

  /** Pictures that go through together are each as if alone. */
  @Test
  void severalPictures() throws IOException {
    Shape three = Shape.of(3, 2);
    float[] x = {3, 1, 5, 0.5f, 0.1f, 2};
    for (Method m :
        List.of(Method.GRADIENT, Method.INPUT_X_GRADIENT, Method.DEEPLIFT, Method.LRP_EPSILON)) {
      for (UnaryOperator<SaliencyOptions> to :
          List.<UnaryOperator<SaliencyOptions>>of(
              o -> o.method(m), o -> o.method(m).layer("inner"))) {
        severalPictures(three, x, to);
      }
    }
  }

  private void severalPictures(Shape three, float[] x, UnaryOperator<SaliencyOptions> changes)
      throws IOException {
    try (Tensor pictures = Tensor.of(three, x)) {
      List<Attribution> all = of(hinge(), pictures, changes);
      assertEquals(3, all.size());
      for (int i = 0; i < 3; i++) {
        float[] own = Arrays.copyOfRange(x, 2 * i, 2 * i + 2);
        Attribution alone = of(hinge(), PAIR, own, changes);
        assertArrayEquals(alone.values(), all.get(i).values(), 1e-6f);
        assertEquals(alone.score(), all.get(i).score(), 1e-6f);
      }
    }
  }

  @Test
  void whatHasNoRuleIsNamed() throws IOException {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 2);
    b.output(b.node("Mul", x, b.node("Relu", x).out()).named("square").out());
    Path model = b.write(folder.resolve("product.onnx"));
    for (Method m : List.of(Method.DEEPLIFT, Method.LRP_EPSILON)) {
      var refused =
          assertThrows(
              NoGradientException.class,
              () -> of(model, PAIR, new float[] {1, 2}, o -> o.method(m)));
      assertTrue(refused.getMessage().contains("'square'"), refused.getMessage());
    }
  }
}
