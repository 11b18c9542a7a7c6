package io.convlens.occlusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.convlens.graph.OnnxBuilder;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import io.convlens.network.ScoreKind;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Numbers that were fixed by others (Captum's test suite) and worked through by hand. */
final class OcclusionConformanceTest {
  private static final float TOLERANCE = 1e-4f;

  @TempDir Path folder;

  /** relu(s − 10) + 3·relu(s + 1) − 1, s the sum of three inputs. */
  private Path sums() throws Exception {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 1, 1, 3);
    String s = b.node("ReduceSum", x, b.int64s(1, 2, 3)).i("keepdims", 0).out();
    String column = b.node("Unsqueeze", s, b.int64s(1)).out();
    String first = b.node("Relu", b.node("Sub", column, b.scalar(10)).out()).out();
    String second = b.node("Relu", b.node("Add", column, b.scalar(1)).out()).out();
    String tripled = b.node("Mul", second, b.scalar(3)).out();
    String sum = b.node("Add", first, tripled).out();
    b.output(b.node("Sub", sum, b.scalar(1)).out("y"));
    return b.write(folder.resolve("sums.onnx"));
  }

  /** A convolution 1→2 of ones, ReLU, a fully connected layer 8→4, ReLU. */
  private Path small() throws Exception {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 1, 4, 4);
    float[] ones = new float[18];
    Arrays.fill(ones, 1);
    String conv =
        b.node(
                "Conv",
                x,
                b.floats(new long[] {2, 1, 3, 3}, ones),
                b.floats(new long[] {2}, -50, -75))
            .named("conv")
            .out();
    String relu = b.node("Relu", conv).named("relu").out();
    float[] rows = new float[32];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i % 8 < 5 ? 1 : -1;
    }
    String fc =
        b.node("Gemm", b.node("Flatten", relu).out(), b.floats(new long[] {4, 8}, rows))
            .i("transB", 1)
            .out();
    b.output(b.node("Relu", fc).out("y"));
    return b.write(folder.resolve("small.onnx"));
  }

  private static OcclusionMap map(
      Path model, int batch, Shape shape, float[] x, UnaryOperator<OcclusionOptions> changes) {
    NetworkOptions cpu = NetworkOptions.DEFAULT.withDevice("cpu").withBatch(batch);
    try (var net = Network.load(model, cpu);
        Tensor picture = Tensor.of(shape, x)) {
      return Occlusion.with(o -> changes.apply(o.target(0).score(ScoreKind.LOGIT)))
          .map(net, picture);
    }
  }

  private void checkSums(float[] x, int window, int stride, float fill, float... expected)
      throws Exception {
    Path model = sums();
    for (int batch : new int[] {0, 1, 2, 7}) {
      OcclusionMap map =
          map(
              model,
              batch,
              Shape.of(1, 1, 1, 3),
              x,
              o -> o.patch(1, window).stride(1, stride).fill(fill));
      assertArrayEquals(expected, map.attribution(), TOLERANCE, "batch " + batch);
    }
  }

  @Test
  void sumsWithSingleWindows() throws Exception {
    checkSums(new float[] {20, 50, 30}, 1, 1, 0, 80, 200, 120);
    checkSums(new float[] {2, 10, 3}, 1, 1, 0, 8, 35, 12);
  }

  @Test
  void sumsWithOverlappingWindowsAndAFill() throws Exception {
    checkSums(new float[] {20, 50, 30}, 2, 1, 10, 200, 220, 240);
  }

  @Test
  void sumsWithAWindowThatIsCutOff() throws Exception {
    checkSums(new float[] {20, 50, 30}, 2, 2, 0, 280, 280, 120);
  }

  /**
   * 0 to 15, to which Captum's test adds a second input of ones that stays where the first is
   * occluded: so 1 to 16, occluded with 1.
   */
  private static float[] ramp() {
    float[] x = new float[16];
    for (int i = 0; i < x.length; i++) {
      x[i] = i + 1;
    }
    return x;
  }

  @Test
  void smallNetworkWithTheWholePictureAsWindow() throws Exception {
    OcclusionMap map =
        map(small(), 0, Shape.of(1, 1, 4, 4), ramp(), o -> o.patch(4).stride(4).fill(1));
    float[] expected = new float[16];
    Arrays.fill(expected, 67);
    assertArrayEquals(expected, map.attribution(), TOLERANCE);
    assertEquals(1, map.rows() * map.cols());
  }

  @Test
  void smallNetworkWithWindowsThatAreNotSquare() throws Exception {
    OcclusionMap map =
        map(small(), 3, Shape.of(1, 1, 4, 4), ramp(), o -> o.patch(2, 3).stride(2, 1).fill(1));
    assertArrayEquals(
        new float[] {
          17, 17, 17, 17, 17, 17, 17, 17, 64, 65.5f, 65.5f, 67, 64, 65.5f, 65.5f, 67,
        },
        map.attribution(),
        TOLERANCE);
  }

  @Test
  void trackedLayerFollowsItsStrongestChannel() throws Exception {
    OcclusionMap map =
        map(
            small(),
            2,
            Shape.of(1, 1, 4, 4),
            ramp(),
            o -> o.patch(4).stride(4).fill(10).track("relu"));
    // Nine taps of 10 less 50 at four places: channel 0, the strongest on the ramp.
    assertArrayEquals(new float[] {160}, map.layerSums().orElseThrow(), TOLERANCE);
  }

  @Test
  void allClassesAreKept() throws Exception {
    OcclusionMap map =
        map(small(), 2, Shape.of(1, 1, 4, 4), ramp(), o -> o.patch(4).stride(4).allClasses(true));
    assertArrayEquals(new float[4], map.classScores().orElseThrow(), TOLERANCE);
  }
}
