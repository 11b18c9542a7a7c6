package io.convlens.gradient;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.convlens.graph.OnnxBuilder;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import io.convlens.network.ScoreKind;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Numbers that were fixed by others (Captum's test suite) and worked through by hand. */
final class GradientConformanceTest {
  private static final float TOLERANCE = 1e-4f;
  private static final Shape PICTURE = Shape.of(1, 4, 4);
  private static final Shape MAP = Shape.of(1, 2, 2);

  @TempDir private Path folder;

  /** A convolution 1→2 of ones, ReLU, a fully connected layer 8→4, ReLU. */
  private Path small() throws IOException {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 1, 4, 4);
    float[] ones = new float[18];
    Arrays.fill(ones, 1);
    String weights = b.floats(new long[] {2, 1, 3, 3}, ones);
    String bias = b.floats(new long[] {2}, -50, -75);
    String conv = b.node("Conv", x, weights, bias).named("conv").out();
    String relu = b.node("Relu", conv).named("relu").out();
    float[] rows = new float[32];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i % 8 < 5 ? 1 : -1;
    }
    String flat = b.node("Flatten", relu).out();
    String fc = b.node("Gemm", flat, b.floats(new long[] {4, 8}, rows)).i("transB", 1).out();
    b.output(b.node("Relu", fc).out("y"));
    return b.write(folder.resolve("small.onnx"));
  }

  private static float[] ramp() {
    float[] x = new float[16];
    for (int i = 0; i < x.length; i++) {
      x[i] = i;
    }
    return x;
  }

  private static Attribution of(
      Path model, int batch, Shape shape, float[] x, UnaryOperator<SaliencyOptions> changes) {
    NetworkOptions cpu = NetworkOptions.DEFAULT.withDevice("cpu").withBatch(batch);
    try (var net = Network.load(model, cpu);
        Tensor picture = Tensor.of(shape, x)) {
      return Saliency.with(o -> changes.apply(o.target(0))).map(net, picture);
    }
  }

  private void check(UnaryOperator<SaliencyOptions> changes, Shape shape, float... expected)
      throws IOException {
    Path model = small();
    for (int batch : new int[] {0, 1, 3}) {
      Attribution a = of(model, batch, Shape.of(1, 1, 4, 4), ramp(), changes);
      assertArrayEquals(expected, a.values(), TOLERANCE, "batch " + batch);
      assertEquals(shape, a.shape());
      assertEquals(54, a.score(), TOLERANCE);
    }
  }

  @Test
  void gradient() throws IOException {
    check(o -> o, PICTURE, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0);
    float[] weighted = {0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 0, 0, 0};
    check(o -> o.method(Method.INPUT_X_GRADIENT), PICTURE, weighted);
  }

  @Test
  void guidedBackpropagation() throws IOException {
    float[] expected = {0, 1, 1, 1, 1, 3, 3, 2, 1, 3, 3, 2, 1, 2, 2, 1};
    check(o -> o.method(Method.GUIDED_BACKPROP), PICTURE, expected);
  }

  @Test
  void deconvnet() throws IOException {
    float[] expected = {2, 3, 3, 1, 3, 5, 5, 2, 3, 5, 5, 2, 1, 2, 2, 1};
    check(o -> o.method(Method.DECONVNET), PICTURE, expected);
  }

  @Test
  void gradCam() throws IOException {
    check(o -> o.method(Method.GRAD_CAM).layer("conv"), MAP, 11.25f, 13.5f, 20.25f, 22.5f);
    check(o -> o.method(Method.GRAD_CAM), MAP, 11.25f, 13.5f, 20.25f, 22.5f);
    check(o -> o.method(Method.GRAD_CAM).layer("relu"), MAP, 0, 4, 28, 32.5f);
  }

  @Test
  void guidedGradCam() throws IOException {
    float[] expected = {0, 0, 4, 4, 0, 0, 12, 8, 28, 84, 97.5f, 65, 28, 56, 65, 32.5f};
    check(o -> o.method(Method.GUIDED_GRAD_CAM).layer("relu"), PICTURE, expected);
  }

  @Test
  void gradientOfALayer() throws IOException {
    check(o -> o.layer("relu"), Shape.of(2, 2, 2), 1, 1, 1, 1, 1, -1, -1, -1);
  }

  /** relu(relu(a) − 1 − relu(b)) at (3, 1): 1.5 and −0.5. */
  @Test
  void integratedGradients() throws IOException {
    var b = new OnnxBuilder(13);
    String r = b.node("Relu", b.input("x", -1, 2)).out();
    String difference = b.node("MatMul", r, b.floats(new long[] {2, 1}, 1, -1)).out();
    b.output(b.node("Relu", b.node("Sub", difference, b.scalar(1)).out()).out());
    Path model = b.write(folder.resolve("integrated.onnx"));
    for (Quadrature rule : Quadrature.values()) {
      UnaryOperator<SaliencyOptions> how =
          o -> o.method(Method.INTEGRATED_GRADIENTS).steps(500).rule(rule);
      Attribution a = of(model, 0, Shape.of(1, 2), new float[] {3, 1}, how);
      assertArrayEquals(new float[] {1.5f, -0.5f}, a.values(), 0.05f, rule.toString());
      assertEquals(1, a.completeness().orElseThrow().difference(), 1e-6);
      assertEquals(0, a.completeness().orElseThrow().gap(), 0.01);
    }
  }

  /** Of 1 − relu(1 − x): 1 where x is below 1; what saturates keeps its integrated share. */
  @Test
  void saturatedUnit() throws IOException {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 1);
    String r = b.node("Relu", b.node("Sub", b.scalar(1), x).out()).out();
    b.output(b.node("Sub", b.scalar(1), r).out());
    Path model = b.write(folder.resolve("saturated.onnx"));
    Shape one = Shape.of(1, 1);
    assertEquals(1, of(model, 0, one, new float[] {0.5f}, o -> o).values()[0]);
    assertEquals(0, of(model, 0, one, new float[] {1.5f}, o -> o).values()[0]);
    UnaryOperator<SaliencyOptions> way = o -> o.method(Method.INTEGRATED_GRADIENTS).stepsByItself();
    assertEquals(1, of(model, 0, one, new float[] {1.5f}, way).values()[0], 0.011);
  }

  /** The gradient of Σx² is 2x: its mean over noise is 2x, its variance 4σ². */
  @Test
  void noise() throws IOException {
    var b = new OnnxBuilder(13);
    b.output(b.node("ReduceSumSquare", b.input("x", -1, 500)).ints("axes", 1).out());
    Path model = b.write(folder.resolve("squares.onnx"));
    float[] ones = new float[500];
    Arrays.fill(ones, 1);
    Shape shape = Shape.of(1, 500);
    UnaryOperator<SaliencyOptions> smooth = o -> o.method(Method.SMOOTHGRAD).sigma(0.5).samples(40);
    float[] mean = of(model, 0, shape, ones, smooth).values();
    assertEquals(2, average(mean), 0.03);
    assertArrayEquals(mean, of(model, 7, shape, ones, smooth).values(), 1e-6f);
    float[] variance =
        of(model, 0, shape, ones, o -> smooth.apply(o).method(Method.VARGRAD)).values();
    assertEquals(1, average(variance), 0.05);
    float[] other = of(model, 0, shape, ones, o -> smooth.apply(o).seed(1)).values();
    assertFalse(Arrays.equals(mean, other), "another seed, other noise");
  }

  private static double average(float[] values) {
    double sum = 0;
    for (float v : values) {
      sum += v;
    }
    return sum / values.length;
  }

  /** The gradient of a softmax's p is p·(1 − p) for its own logit. */
  @Test
  void probabilities() throws IOException {
    float[] at = {1, 0};
    float p = (float) (1 / (1 + Math.exp(-1)));
    for (String ending : List.of("", "Softmax", "LogSoftmax")) {
      var b = new OnnxBuilder(13);
      String y = b.node("Mul", b.input("x", -1, 2), b.scalar(2)).out();
      String z = b.node("Mul", y, b.scalar(0.5f)).out();
      b.output(ending.isEmpty() ? z : b.node(ending, z).i("axis", 1).out());
      Path model = b.write(folder.resolve("softmax.onnx"));
      Attribution a = of(model, 0, Shape.of(1, 2), at, o -> o.score(ScoreKind.PROBABILITY));
      assertEquals(p, a.score(), 1e-5f, ending);
      assertArrayEquals(new float[] {p * (1 - p), -p * (1 - p)}, a.values(), 1e-5f, ending);
      float[] logit = of(model, 0, Shape.of(1, 2), at, o -> o).values();
      assertArrayEquals(new float[] {1, 0}, logit, 1e-6f, ending);
    }
  }

  @Test
  void wishesThatDontFit() throws IOException {
    Path model = small();
    List<UnaryOperator<SaliencyOptions>> wrong =
        List.of(
            o -> o.target(4),
            o -> o.target(-1),
            o -> o.relu(true),
            o -> o.method(Method.SMOOTHGRAD).layer("conv"),
            o -> o.steps(0),
            o -> o.samples(0),
            o -> o.sigma(Double.NaN),
            o -> o.baseline(Float.NaN));
    for (UnaryOperator<SaliencyOptions> wish : wrong) {
      assertThrows(
          UnusableOptionException.class, () -> of(model, 0, Shape.of(1, 1, 4, 4), ramp(), wish));
    }
  }
}
