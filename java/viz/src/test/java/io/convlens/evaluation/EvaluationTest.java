package io.convlens.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.gradient.Method;
import io.convlens.gradient.SaliencyOptions;
import io.convlens.graph.OnnxBuilder;
import io.convlens.graph.PixelBox;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import io.convlens.network.PictureSet;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole evaluations of networks that are small enough to know the numbers. */
final class EvaluationTest {
  private static final Shape SMALL = Shape.of(1, 1, 2, 2);

  @TempDir private Path folder;

  /** Softmax of (x0 + 2·x1 − x2 + 0·x3, 0). */
  private Path linear() throws IOException {
    var b = new OnnxBuilder(13);
    String flat = b.node("Flatten", b.input("x", -1, 1, 2, 2)).out();
    String weights = b.floats(new long[] {2, 4}, 1, 2, -1, 0, 0, 0, 0, 0);
    String logits = b.node("Gemm", flat, weights).i("transB", 1).named("dense").out();
    b.output(b.node("Softmax", logits).i("axis", 1).out());
    return b.write(folder.resolve("linear.onnx"));
  }

  private record Pictures(Shape one, List<float[]> values) implements PictureSet {
    @Override
    public int count() {
      return values.size();
    }

    @Override
    public String source(int index) {
      return "picture " + index;
    }

    @Override
    public Tensor tensor(int index) {
      return Tensor.of(one, values.get(index));
    }
  }

  private static Network open(Path model, int batch) {
    return Network.load(model, NetworkOptions.DEFAULT.withDevice("cpu").withBatch(batch));
  }

  private Path maps(float[] values, long... dims) {
    Path file = folder.resolve("maps.npy");
    try (Tensor t = Tensor.of(Shape.of(dims), values)) {
      Npy.write(file, t);
    }
    return file;
  }

  private static double p(double logit) {
    return 1 / (1 + Math.exp(-logit));
  }

  /** The map is the exact share of each pixel: what a score of sums follows without error. */
  @Test
  void exactShares() throws IOException {
    float[] x = {1, 1, 1, 1};
    List<List<PixelBox>> boxes = List.of(List.of(new PixelBox(1, 0, 2, 1)));
    for (int batch : new int[] {0, 1, 3}) {
      try (var net = open(linear(), batch);
          Npy.Reader maps = Npy.reader(maps(new float[] {1, 2, -1, 0}, 1, 2, 2));
          var evaluation =
              new Evaluation(net, SMALL, EvaluationOptions.DEFAULT.steps(4).tolerance(0))) {
        evaluation.add("exact", maps);
        var pictures = new Pictures(SMALL, List.of(x));
        List<Verdict> all =
            evaluation.run(pictures, OptionalInt.empty(), boxes, EvaluationListener.NONE);
        Verdict exact = all.getFirst();
        // From all pixels (2) without x1 (0), x0 (−1), x3 (−1), x2 (0).
        float[] deletion = {(float) p(2), (float) p(0), (float) p(-1), (float) p(-1), 0.5f};
        assertArrayEquals(deletion, exact.deletion().getFirst().scores(), 1e-5f);
        double area = (p(2) / 2 + p(0) + p(-1) + p(-1) + 0.25) / 4;
        assertEquals(area, exact.mean(Metric.DELETION).getAsDouble(), 1e-6);
        // A flat picture is its own blur.
        assertEquals(p(2), exact.mean(Metric.INSERTION).getAsDouble(), 1e-6);
        assertEquals(1, exact.mean(Metric.POINTING).getAsDouble());
        // With sets of one or two of the four pixels.
        for (double c : exact.correlations().getFirst()) {
          assertEquals(1, c, 1e-5);
        }
        assertEquals(0, exact.mean(Metric.INFIDELITY).getAsDouble(), 1e-9);
        assertTrue(exact.mean(Metric.MAX_SENSITIVITY).isEmpty());
        assertTrue(exact.stages().isEmpty());
        assertEquals(List.of("exact", "random", "edges"), all.stream().map(Verdict::name).toList());
        assertEquals(List.of(0), evaluation.targets());
      }
    }
  }

  /** Pixels of a ramp come back into its blur, and the score is that of the mixed picture. */
  @Test
  void insertionStartsFromTheBlur() throws IOException {
    float[] x = {0, 0, 0, 4};
    double side = Math.exp(-0.5);
    double own = 1 / (1 + side);
    double other = side / (1 + side);
    double near = 4 * own * other;
    double far = 4 * other * other;
    try (var net = open(linear(), 0);
        Npy.Reader maps = Npy.reader(maps(new float[] {4, 3, 2, 1}, 1, 1, 2, 2));
        var evaluation = new Evaluation(net, SMALL, EvaluationOptions.DEFAULT.steps(4).blur(1))) {
      evaluation.add("given", maps);
      var pictures = new Pictures(SMALL, List.of(x));
      List<List<PixelBox>> none = List.of(List.of());
      Verdict v =
          evaluation.run(pictures, OptionalInt.of(0), none, EvaluationListener.NONE).getFirst();
      float[] expected = {
        (float) p(far + 2 * near - near), (float) p(2 * near - near), (float) p(-near), 0.5f, 0.5f
      };
      assertArrayEquals(expected, v.insertion().getFirst().scores(), 1e-5f);
      assertTrue(v.hits().isEmpty());
    }
  }

  /**
   * A linear network's gradient does not move with the picture, is its weights, and forgets them
   * when they are drawn anew.
   */
  @Test
  void methodsAreAskedAgain() throws IOException {
    var b = new OnnxBuilder(13);
    String flat = b.node("Flatten", b.input("x", -1, 1, 12, 12)).out();
    float[] weights = new float[288];
    var random = new Random(5);
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) random.nextGaussian();
    }
    String logits =
        b.node("Gemm", flat, b.floats(new long[] {2, 144}, weights)).i("transB", 1).out();
    b.output(logits);
    Path model = b.write(folder.resolve("weights.onnx"));
    float[] x = new float[144];
    for (int i = 0; i < x.length; i++) {
      x[i] = random.nextFloat();
    }
    Shape shape = Shape.of(1, 1, 12, 12);
    try (var net = open(model, 0);
        var evaluation = new Evaluation(net, shape, EvaluationOptions.DEFAULT.steps(2))) {
      evaluation.add(SaliencyOptions.DEFAULT.method(Method.GRADIENT));
      var pictures = new Pictures(shape, List.of(x, x));
      List<List<PixelBox>> none = Collections.nCopies(2, List.of());
      List<Verdict> all =
          evaluation.run(pictures, OptionalInt.empty(), none, EvaluationListener.NONE);
      Verdict gradient = all.getFirst();
      assertEquals(0, gradient.mean(Metric.MAX_SENSITIVITY).getAsDouble(), 1e-6);
      // The slope times the picture is the exact share.
      assertEquals(1, gradient.mean(Metric.SENSITIVITY_N).getAsDouble(), 1e-4);
      assertEquals(0, gradient.mean(Metric.INFIDELITY).getAsDouble(), 1e-6);
      assertEquals(1, gradient.stages().size());
      assertEquals(1, gradient.stages().getFirst().layers());
      assertEquals(0, gradient.stages().getFirst().absolute(), 0.3);
      Verdict noise = all.get(1);
      assertTrue(noise.control());
      assertEquals(0, noise.stages().getFirst().signed(), 0.3);
      assertTrue(noise.mean(Metric.MAX_SENSITIVITY).getAsDouble() > 0.5);
      Verdict edges = all.get(2);
      assertEquals(1, edges.stages().getFirst().signed(), 1e-9);
    }
  }
}
