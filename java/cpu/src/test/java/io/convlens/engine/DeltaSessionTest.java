package io.convlens.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.Device;
import io.convlens.device.DeviceOptions;
import io.convlens.device.Devices;
import io.convlens.device.OcclusionSpec.Rectangle;
import io.convlens.graph.Graph;
import io.convlens.graph.GraphReference;
import io.convlens.graph.Model;
import io.convlens.graph.RandomGraphs;
import io.convlens.graph.Value;
import io.convlens.io.UnusableInputException;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sweeps by differences against the whole network at every position. */
final class DeltaSessionTest {
  private static final int GRAPHS = Integer.getInteger("convlens.graphs", 1450);

  /** Eight roundings of a 24-bit number. */
  private static final double ROUNDINGS = 0x1p-20;

  private static final int FIRST = Integer.getInteger("convlens.seed", 0);

  @TempDir private Path folder;

  /** Patches at every edge and corner, and some anywhere. */
  private static List<Rectangle> rectangles(SplittableRandom random, int height, int width) {
    int h = random.nextInt(1, height + 1);
    int w = random.nextInt(1, width + 1);
    int down = random.nextInt(1, 5);
    int across = random.nextInt(1, 5);
    List<Rectangle> all = new ArrayList<>();
    for (int y = 0; y < height; y += Math.max(down, height / 6)) {
      for (int x = 0; x < width; x += Math.max(across, width / 6)) {
        all.add(new Rectangle(y, x, Math.min(height, y + h), Math.min(width, x + w)));
      }
    }
    return all;
  }

  private static float[] picture(RandomGraphs.Case c, SplittableRandom random) {
    float[] x = c.values(1);
    // Numbers far from 0 let differences that should cancel show.
    float offset = random.nextInt(3) == 0 ? 20 : 0;
    for (int i = 0; i < x.length; i++) {
      x[i] += offset;
    }
    return x;
  }

  private static float[] hidden(Shape shape, float[] x, Rectangle r, List<Float> fill) {
    float[] y = x.clone();
    int w = shape.intDim(3);
    int plane = shape.intDim(2) * w;
    for (int c = 0; c < shape.intDim(1); c++) {
      for (int row = r.top(); row < r.bottom(); row++) {
        Arrays.fill(
            y, c * plane + row * w + r.left(), c * plane + row * w + r.right(), fill.get(c));
      }
    }
    return y;
  }

  /** Every kept value at every position. */
  private static Map<Value, float[][]> full(
      Device device, Graph graph, Set<Value> keep, Shape shape, List<float[]> pictures) {
    Map<Value, float[][]> all = new HashMap<>();
    int batch = 8;
    try (Session session = Session.prepare(device, graph, batch, keep);
        Tensor x = Tensor.zeros(shape.with(0, batch))) {
      for (Value v : keep) {
        all.put(v, new float[pictures.size()][]);
      }
      for (int first = 0; first < pictures.size(); first += batch) {
        int count = Math.min(batch, pictures.size() - first);
        for (int i = 0; i < count; i++) {
          x.copyFrom(pictures.get(first + i), i * shape.size());
        }
        session.upload(x, 0, count);
        session.run();
        for (Value v : keep) {
          try (Tensor t = Tensor.zeros(v.shape(batch))) {
            session.download(v, count, t, 0);
            split(t, count, first, all.get(v));
          }
        }
      }
    }
    return all;
  }

  private static void split(Tensor t, int count, int first, float[][] to) {
    float[] values = t.toArray();
    int each = values.length / t.shape().intDim(0);
    for (int i = 0; i < count; i++) {
      to[first + i] = Arrays.copyOfRange(values, i * each, (i + 1) * each);
    }
  }

  private static Map<Value, float[][]> exact(
      Device device,
      DeltaSession session,
      Set<Value> keep,
      Shape shape,
      float[] picture,
      int positions) {
    Map<Value, float[][]> all = new HashMap<>();
    // The untouched picture comes last here.
    keep.forEach(v -> all.put(v, new float[positions + 1][]));
    try (Tensor x = Tensor.of(shape, picture)) {
      session.run(
          x,
          0,
          numbers -> {
            for (Value v : keep) {
              try (Tensor t = Tensor.zeros(v.shape(session.rows()))) {
                device.download(session.rowsOf(v), numbers.length * v.shape().size(), t, 0);
                float[][] rows = new float[numbers.length][];
                split(t, numbers.length, 0, rows);
                for (int i = 0; i < numbers.length; i++) {
                  all.get(v)[numbers[i] < 0 ? positions : numbers[i]] = rows[i];
                }
              }
            }
          });
    }
    return all;
  }

  @Test
  void randomGraphsAgreeWithFull() throws IOException {
    List<String> failures = new ArrayList<>();
    int[] counts = new int[4];
    try (Device device = Devices.open("cpu", DeviceOptions.DEFAULT)) {
      for (long seed = FIRST; seed < FIRST + GRAPHS; seed++) {
        RandomGraphs.Case c = RandomGraphs.of(seed);
        if (!c.batchable() || c.input().rank() != 4) {
          continue;
        }
        try (Model model = Model.read(c.model().write(folder.resolve("model.onnx")))) {
          String failure = check(device, model.graph(c.input().dims()), c, counts);
          if (!failure.isEmpty()) {
            failures.add(c.describe() + "\n    " + failure);
          }
        } catch (UnusableInputException e) {
          failures.add(c.describe() + "\n    " + e.getMessage());
        }
      }
    }
    assertEquals("", String.join("\n", failures.subList(0, Math.min(20, failures.size()))));
    assertTrue(counts[3] <= GRAPHS / 200, counts[3] + " graphs out of digits");
    assertTrue(counts[0] >= GRAPHS * 2 / 3, "only " + counts[0] + " graphs by differences");
    assertTrue(
        counts[2] < counts[1] / 50, counts[2] + " of " + counts[1] + " rows without numbers");
  }

  private static String check(Device device, Graph graph, RandomGraphs.Case c, int[] counts) {
    var random = new SplittableRandom(c.seed());
    Shape shape = c.input();
    float[] picture = picture(c, random);
    List<Rectangle> rectangles = rectangles(random, shape.intDim(2), shape.intDim(3));
    List<Float> fill = new ArrayList<>();
    for (int i = 0; i < shape.intDim(1); i++) {
      fill.add((float) random.nextDouble(-1, 1));
    }
    Set<Value> keep = new LinkedHashSet<>(graph.outputs());
    DeltaPlanner.Choice choice =
        DeltaPlanner.prepare(
            device,
            graph,
            1,
            List.of(rectangles),
            fill,
            keep,
            Accuracy.EXACT,
            Double.NEGATIVE_INFINITY);
    if (choice.session().isEmpty()) {
      return choice.why();
    }
    try (DeltaSession session = choice.session().get()) {
      counts[0]++;
      Map<Value, float[][]> got = exact(device, session, keep, shape, picture, rectangles.size());
      List<float[]> pictures = new ArrayList<>();
      rectangles.forEach(r -> pictures.add(hidden(shape, picture, r, fill)));
      pictures.add(picture);
      Map<Value, float[][]> wanted = full(device, graph, keep, shape, pictures);
      OptionalDouble digits = OptionalDouble.empty();
      for (Value v : keep) {
        for (int p = 0; p < pictures.size(); p++) {
          float[] want = wanted.get(v)[p];
          float[] have = got.get(v)[p];
          String off = compare(want, have, counts, 0);
          if (!off.isEmpty() && digits.isEmpty()) {
            digits = OptionalDouble.of(digits(graph, shape, picture));
            counts[3]++;
          }
          if (!off.isEmpty()
              && !compare(want, have, new int[counts.length], digits.getAsDouble()).isEmpty()) {
            return "%s at %d of %s: %s".formatted(v, p, rectangles, off);
          }
        }
      }
    }
    return "";
  }

  /**
   * What differences can't resolve: they are as precise as the largest number on their way. Where a
   * graph makes numbers of hundreds of millions, what is left of small ones is a rounding of those.
   */
  private static double digits(Graph graph, Shape shape, float[] picture) {
    double largest = 0;
    try (Tensor x = Tensor.of(shape, picture)) {
      for (GraphReference.Array a :
          GraphReference.run(graph, GraphReference.Array.of(x)).values()) {
        for (double d : a.data()) {
          largest = Double.isFinite(d) ? Math.max(largest, Math.abs(d)) : largest;
        }
      }
    }
    return largest * ROUNDINGS;
  }

  private static String compare(float[] wanted, float[] got, int[] counts, double least) {
    for (int i = 0; i < wanted.length; i++) {
      counts[1]++;
      if (!Float.isFinite(got[i])) {
        // The sweep runs such positions in full.
        counts[2]++;
      } else if (!(Math.abs((double) wanted[i] - got[i])
          <= Math.max(least, 1e-3 * Math.max(1, Math.abs(wanted[i]))))) {
        return "element %d is %s, not %s".formatted(i, got[i], wanted[i]);
      }
    }
    return "";
  }
}
