package io.convlens.window;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.graph.Graph;
import io.convlens.graph.GraphReference;
import io.convlens.graph.GraphReference.Array;
import io.convlens.graph.Model;
import io.convlens.graph.Nets;
import io.convlens.graph.OnnxBuilder;
import io.convlens.graph.RandomGraphs;
import io.convlens.graph.Value;
import io.convlens.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Windows against brute force: change rows or columns, and see which elements differ. */
final class ChangeWalkTest {
  private static final int GRAPHS = 600;

  @TempDir private Path folder;

  /** Elements that changed, counted inside and outside of what was computed. */
  private record Seen(Interval changed, boolean outside) {}

  private static Array changed(Array x, int axis, Interval where, SplittableRandom random) {
    var y = new Array(x.shape(), x.data().clone());
    long inner = x.shape().product(axis + 1, x.shape().rank());
    for (int i = 0; i < y.data().length; i++) {
      if (where.contains((int) (i / inner % x.shape().dim(axis)))) {
        y.data()[i] = random.nextDouble(-1, 1);
      }
    }
    return y;
  }

  private static int[] index(Shape shape, int element) {
    int[] index = new int[shape.rank()];
    int rest = element;
    for (int axis = shape.rank() - 1; axis >= 0; axis--) {
      index[axis] = rest % shape.intDim(axis);
      rest /= shape.intDim(axis);
    }
    return index;
  }

  private static Seen compare(Array before, Array after, Change change) {
    Interval all = Interval.EMPTY;
    boolean outside = false;
    for (int i = 0; i < before.data().length; i++) {
      if (Double.compare(before.data()[i], after.data()[i]) != 0) {
        int[] index = index(before.shape(), i);
        outside |= !change.reaches(index);
        if (change instanceof Change.Part p) {
          all = all.union(new Interval(index[p.axis()], index[p.axis()] + 1));
        }
      }
    }
    return new Seen(all, outside);
  }

  private static Interval someIndices(SplittableRandom random, int length) {
    int from = random.nextInt(length);
    return new Interval(from, random.nextInt(from, length) + 1);
  }

  @Test
  void nothingChangesOutside() throws IOException {
    List<String> failures = new ArrayList<>();
    int parts = 0;
    for (long seed = 0; seed < GRAPHS; seed++) {
      RandomGraphs.Case c = RandomGraphs.of(seed);
      if (!c.batchable()) {
        continue;
      }
      var random = new SplittableRandom(seed);
      try (Model model = Model.read(c.model().write(folder.resolve("model.onnx")))) {
        Graph graph = model.graph(c.input().dims());
        Array x = Array.zeros(c.input());
        float[] values = c.values(1);
        Arrays.setAll(x.data(), i -> values[i]);
        Map<Value, Array> before = GraphReference.run(graph, x);
        int axis = random.nextInt(1, c.input().rank());
        Interval where = someIndices(random, c.input().intDim(axis));
        Map<Value, Array> after = GraphReference.run(graph, changed(x, axis, where, random));
        Map<Value, Change> changes = ChangeWalk.of(graph, axis, where);
        for (Value v : before.keySet()) {
          Change change = changes.get(v);
          parts += change instanceof Change.Part ? 1 : 0;
          if (compare(before.get(v), after.get(v), change).outside) {
            failures.add(
                "%s\n    axis %d %s: %s reaches %s"
                    .formatted(c.describe(), axis, where, v, change));
          }
        }
      }
    }
    assertTrue(failures.isEmpty(), () -> String.join("\n", failures));
    assertTrue(parts > GRAPHS, "only " + parts + " values with a part that changes");
  }

  /** Convolutions and averages of every stride, padding and dilation: not an index too many. */
  @Test
  void windowsAreTight() throws IOException {
    for (long seed = 0; seed < 300; seed++) {
      var random = new SplittableRandom(seed);
      int length = random.nextInt(40, 70);
      var b = new OnnxBuilder(13);
      String x = b.input("x", 1, 1, length, 3);
      for (int layer = 0; layer < 3; layer++) {
        x = window(b, random, x);
      }
      b.output(b.node("Identity", x).out("y"));
      try (Model model = Model.read(b.write(folder.resolve("tight.onnx")))) {
        Graph graph = model.graph(1, 1, length, 3);
        Array picture = Array.zeros(Shape.of(1, 1, length, 3));
        Arrays.setAll(picture.data(), _ -> random.nextDouble());
        Interval where = someIndices(random, length);
        Map<Value, Array> before = GraphReference.run(graph, picture);
        Map<Value, Array> after = GraphReference.run(graph, changed(picture, 2, where, random));
        Map<Value, Change> changes = ChangeWalk.of(graph, 2, where);
        for (Value v : before.keySet()) {
          Seen seen = compare(before.get(v), after.get(v), changes.get(v));
          Interval computed = changes.get(v) instanceof Change.Part p ? p.where() : Interval.EMPTY;
          assertEquals(computed, seen.changed, "seed " + seed + " " + v);
        }
      }
    }
  }

  private static String window(OnnxBuilder b, SplittableRandom random, String x) {
    int stride = random.nextInt(1, 3);
    // Kernels that are at least as long as their stride leave no input unread in between.
    int kernel = random.nextInt(stride, 5);
    int before = random.nextInt(0, kernel);
    int after = random.nextInt(0, kernel);
    float[] ones = new float[kernel];
    Arrays.fill(ones, 0.7f);
    return b.node("Conv", x, b.floats(new long[] {1, 1, kernel, 1}, ones))
        .ints("pads", before, 0, after, 0)
        .ints("strides", stride, 1)
        .out();
  }

  /** Counts that were worked out by hand for a patch in the middle of a picture. */
  @Test
  void aPatchOfSixteenInResNet() throws IOException {
    Nets.Options small = Nets.RESNET_18.options().size(64);
    try (Model model = Model.read(Nets.RESNET_18.write(folder.resolve("net.onnx"), small))) {
      Graph graph = model.graph(1, 3, 64, 64);
      Map<Value, Change> rows = ChangeWalk.of(graph, 2, new Interval(24, 40));
      assertEquals(
          new Change.Part(2, new Interval(11, 22)), rows.get(graph.layer("conv#1").value()));
      assertEquals(
          new Change.Part(2, new Interval(5, 12)), rows.get(graph.layer("maxpool#1").value()));
      assertEquals(
          new Change.Part(2, new Interval(4, 13)), rows.get(graph.layer("conv#2").value()));
      assertEquals(new Change.Everything(), rows.get(graph.layer("globalaveragepool#1").value()));
    }
  }
}
