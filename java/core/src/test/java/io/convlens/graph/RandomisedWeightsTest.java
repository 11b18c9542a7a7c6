package io.convlens.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers that forget, from the last one backwards. */
final class RandomisedWeightsTest {
  @TempDir Path folder;

  private Path model() throws IOException {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 2, 6, 6);
    float[] weights = new float[40 * 2 * 9];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = i % 2 == 0 ? 4 : 2;
    }
    String first =
        b.node("Conv", x, b.floats(new long[] {40, 2, 3, 3}, weights)).named("first").out();
    String shared = b.floats(new long[] {40, 40, 1, 1}, new float[1600]);
    String again = b.node("Conv", first, shared).named("again").out();
    String twice = b.node("Conv", again, shared).named("twice").out();
    String pool = b.node("GlobalAveragePool", b.node("Relu", twice).out()).out();
    String dense = b.floats(new long[] {3, 40}, new float[120]);
    b.output(
        b.node("Gemm", b.node("Flatten", pool).out(), dense).i("transB", 1).named("dense").out());
    return b.write(folder.resolve("net.onnx"));
  }

  private static Tensor weights(Graph graph, String name) {
    return graph.nodes().stream()
        .filter(n -> n.name().equals(name))
        .map(n -> n instanceof Node.Conv c ? c.weights() : ((Node.Linear) n).weights())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void fromTheLastOneBackwards() throws IOException {
    try (Model model = Model.read(model())) {
      Graph graph = model.graph(1, 2, 6, 6);
      assertEquals(List.of("dense", "twice", "again", "first"), RandomisedWeights.layers(graph));
      try (var one = RandomisedWeights.of(graph, 1, 7);
          var all = RandomisedWeights.of(graph, 4, 7);
          var other = RandomisedWeights.of(graph, 4, 8)) {
        assertSame(weights(graph, "twice"), weights(one.graph(), "twice"));
        assertArrayEquals(
            weights(one.graph(), "dense").toArray(), weights(all.graph(), "dense").toArray());
        assertSame(weights(all.graph(), "again"), weights(all.graph(), "twice"), "shared weights");
        assertSame(graph.outputs().getFirst(), all.graph().outputs().getFirst());
        float[] drawn = weights(all.graph(), "first").toArray();
        assertFalse(Arrays.equals(drawn, weights(other.graph(), "first").toArray()));
        check(drawn);
      }
    }
  }

  /** Mean 3 and deviation 1, as what they replace. */
  private static void check(float[] drawn) {
    double sum = 0;
    double squares = 0;
    for (float v : drawn) {
      sum += v;
      squares += (v - 3.0) * (v - 3.0);
    }
    assertEquals(3, sum / drawn.length, 0.2);
    assertEquals(1, squares / drawn.length, 0.2);
  }
}
