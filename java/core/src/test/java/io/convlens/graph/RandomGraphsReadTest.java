package io.convlens.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.graph.GraphReference.Array;
import io.convlens.io.UnusableInputException;
import io.convlens.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random graphs: passes leave the answers, and pictures in a batch don't see each other. */
final class RandomGraphsReadTest {
  private static final int GRAPHS = 400;
  private static final double TOLERANCE = 1e-5;

  @TempDir private Path folder;

  private interface Check {
    void on(RandomGraphs.Case c, Graph graph);
  }

  private void onAll(Check check) throws IOException {
    List<String> failures = new ArrayList<>();
    for (long seed = 0; seed < GRAPHS; seed++) {
      RandomGraphs.Case c = RandomGraphs.of(seed);
      try (Model model = Model.read(c.model().write(folder.resolve("model.onnx")))) {
        check.on(c, model.graph(c.input().dims()));
      } catch (UnusableInputException | IllegalStateException | AssertionError e) {
        failures.add(c.describe() + "\n    " + e);
      }
    }
    assertTrue(failures.isEmpty(), () -> String.join("\n", failures));
  }

  private static Array input(RandomGraphs.Case c, int pictures) {
    float[] values = c.values(pictures);
    Array a = Array.zeros(c.input(pictures));
    Arrays.setAll(a.data(), i -> values[i]);
    return a;
  }

  private static void assertClose(Array wanted, Array got, String what) {
    assertEquals(wanted.shape(), got.shape(), what);
    double largest = Arrays.stream(wanted.data()).map(Math::abs).max().orElse(0);
    for (int i = 0; i < wanted.data().length; i++) {
      double off = Math.abs(wanted.data()[i] - got.data()[i]);
      if (!(off <= TOLERANCE * largest) && Double.isFinite(wanted.data()[i])) {
        throw new AssertionError(
            "%s[%d] is %s, not %s".formatted(what, i, got.data()[i], wanted.data()[i]));
      }
    }
  }

  @Test
  void passesLeaveTheAnswers() throws IOException {
    onAll(
        (c, graph) -> {
          Map<Value, Array> wanted = GraphReference.run(graph, input(c, 1));
          for (Set<Value> keep : List.of(Set.<Value>of(), every(graph), everyThird(graph))) {
            try (var passes = new Passes(keep)) {
              Map<Value, Array> got = GraphReference.run(passes.optimise(graph), input(c, 1));
              Set<Value> seen = new HashSet<>(keep);
              seen.addAll(graph.outputs());
              for (Value v : seen) {
                assertTrue(got.containsKey(v), () -> v + " vanished");
                assertClose(wanted.get(v), got.get(v), v.toString());
              }
            }
          }
        });
  }

  private static Set<Value> every(Graph graph) {
    Set<Value> all = new HashSet<>();
    graph.nodes().forEach(n -> all.add(n.output()));
    return all;
  }

  private static Set<Value> everyThird(Graph graph) {
    Set<Value> some = new HashSet<>();
    for (int i = 0; i < graph.nodes().size(); i += 3) {
      some.add(graph.nodes().get(i).output());
    }
    return some;
  }

  @Test
  void picturesInABatchDontSeeEachOther() throws IOException {
    onAll(
        (c, graph) -> {
          assertEquals(c.batchable(), graph.batchable(), "batchable");
          if (!graph.batchable()) {
            return;
          }
          Array three = input(c, 3);
          Map<Value, Array> together = GraphReference.run(graph, three);
          for (int i = 0; i < 3; i++) {
            Map<Value, Array> alone = GraphReference.run(graph, picture(three, i));
            for (Value v : graph.outputs()) {
              assertTrue(v.batched(), () -> v + " is not batched");
              assertClose(alone.get(v), picture(together.get(v), i), v.toString());
            }
          }
        });
  }

  private static Array picture(Array batch, int index) {
    Shape one = batch.shape().with(0, 1);
    int size = (int) one.size();
    return new Array(one, Arrays.copyOfRange(batch.data(), index * size, (index + 1) * size));
  }
}
