package io.convlens.synthesis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.convlens.graph.GradientRule;
import io.convlens.graph.OnnxBuilder;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Units of a network of two convolutions, carried back by hand. */
final class ProjectorTest {
  private static final Shape PICTURE = Shape.of(1, 1, 1, 5);

  @TempDir private Path folder;

  /** Differences (1,-1) and their negative, ReLU, then their sum over two places. */
  private Network network() throws IOException {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 1, 1, 5);
    String first =
        b.node("Conv", x, b.floats(new long[] {2, 1, 1, 2}, 1, -1, -1, 1)).named("first").out();
    String relu = b.node("Relu", first).named("open").out();
    float[] weights = {1, 1, -1, 2};
    String second =
        b.node("Conv", relu, b.floats(new long[] {1, 2, 1, 2}, weights)).named("second").out();
    b.output(b.node("Flatten", second).out());
    return Network.load(
        b.write(folder.resolve("net.onnx")), NetworkOptions.DEFAULT.withDevice("cpu"));
  }

  private float[] project(GradientRule rule, int place) throws IOException {
    try (var net = network();
        var projector = new Projector(net, PICTURE, "second", rule);
        Tensor picture = Tensor.of(PICTURE, 0, 2, 3, 1, 1)) {
      return projector.project(picture, 0, place);
    }
  }

  /**
   * First channel: -2, -1, 2, 0; second: 2, 1, -2, 0. Open are place 2 of the first, 0 and 1 of the
   * second. The unit at place 1 reads places 1 and 2 with (1,1) and (-1,2).
   */
  @Test
  void rulesByHand() throws IOException {
    // Gradient: 1 through (first, 2), -1 through (second, 1).
    assertArrayEquals(new float[] {0, 1, 0, -1, 0}, project(GradientRule.GRADIENT, 1), 1e-6f);
    // Guided: only what is positive, through what is open.
    assertArrayEquals(new float[] {0, 0, 1, -1, 0}, project(GradientRule.GUIDED, 1), 1e-6f);
    // Deconvnet: what is positive: 1 and 1 through the first, 2 through (second, 2).
    assertArrayEquals(new float[] {0, 1, -2, 1, 0}, project(GradientRule.DECONVNET, 1), 1e-6f);
  }

  @Test
  void strongestChannel() throws IOException {
    try (var net = network();
        var projector = new Projector(net, PICTURE, "open", GradientRule.DECONVNET);
        Tensor picture = Tensor.of(PICTURE, 0, 2, 3, 1, 1)) {
      var strongest = projector.strongest(picture);
      assertEquals(1, strongest.channel());
      assertEquals(3, strongest.total(), 1e-6);
      // Its map is (2, 1, 0, 0), each place of which goes to the pixels with (-1, 1).
      assertArrayEquals(new float[] {-2, 1, 1, 0, 0}, strongest.projection(), 1e-6f);
      assertThrows(UnusableOptionException.class, () -> projector.project(picture, 2, 0));
      assertThrows(UnusableOptionException.class, () -> projector.project(picture, 0, 4));
    }
  }
}
