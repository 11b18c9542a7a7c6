package io.convlens.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.convlens.graph.RandomGraphs;
import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The random graphs are what they say: valid, finite, and blind to other pictures of a batch. */
final class RandomGraphsOnOnnxRuntimeTest {
  private static final int SEEDS = 1000;
  private static final int PICTURES = 3;

  /** ONNX Runtime picks other kernels for other batches, and normalisations magnify rounding. */
  private static final double TOLERANCE = 1e-4;

  @Test
  void areValidFiniteAndBatchable() {
    List<String> wrong = new ArrayList<>();
    for (long seed = 0; seed < SEEDS; seed++) {
      RandomGraphs.Case c = RandomGraphs.of(seed);
      try (var peer = OrtPeer.open(c.model().bytes(), 1)) {
        check(c, peer, wrong);
      } catch (OrtPeer.RefusedException e) {
        wrong.add(c.describe() + ": " + e.getMessage());
      }
    }
    assertEquals(List.of(), wrong);
  }

  private static void check(RandomGraphs.Case c, OrtPeer peer, List<String> wrong) {
    var many = peer.run(c.input(PICTURES), c.values(PICTURES));
    many.forEach(
        (name, output) -> {
          if (IntStream.range(0, output.values().length)
              .anyMatch(i -> !Float.isFinite(output.values()[i]))) {
            wrong.add(c.describe() + ": " + name + " is not finite");
          }
        });
    if (c.batchable()) {
      peer.run(c.input(1), c.values(1)).forEach((name, one) -> compare(c, name, one, many, wrong));
    }
  }

  private static void compare(
      RandomGraphs.Case c,
      String name,
      OrtPeer.Output one,
      Map<String, OrtPeer.Output> many,
      List<String> wrong) {
    OrtPeer.Output all = many.get(name);
    Shape expected = one.shape().with(0, PICTURES);
    double difference = Statistics.relativeDifference(one.values(), all.values());
    if (!all.shape().equals(expected) || difference > TOLERANCE) {
      wrong.add(c.describe() + ": " + name + all.shape() + " differs by " + difference);
    }
  }
}
