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
import io.convlens.graph.OnnxBuilder;
import io.convlens.graph.Value;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Differences where numbers are small beside what they are added to: biases of ten thousand that
 * the next layer takes away again. What is lost then is lost by the plain run, too; differences
 * must not lose more. Held against double precision.
 */
final class DeltaOffsetsTest {
  private static final int SIDE = 20;
  private static final int CHANNELS = 6;

  @TempDir Path folder;

  /** Weights of a layer, whose sum over its inputs is 0 for each output. */
  private static float[] withoutMean(SplittableRandom random, int outputs, int each) {
    float[] weights = new float[outputs * each];
    for (int o = 0; o < outputs; o++) {
      // In eighths: sums of them are exact.
      int sum = 0;
      for (int i = 0; i + 1 < each; i++) {
        int w = random.nextInt(-4, 5);
        weights[o * each + i] = w / 8f;
        sum += w;
      }
      weights[(o + 1) * each - 1] = -sum / 8f;
    }
    return weights;
  }

  private static float[] some(SplittableRandom random, int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextDouble(-0.5, 0.5);
    }
    return numbers;
  }

  private static float[] all(int count, float value) {
    float[] numbers = new float[count];
    Arrays.fill(numbers, value);
    return numbers;
  }

  private Path write(float offset) throws IOException {
    var random = new SplittableRandom(11);
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 2, SIDE, SIDE);
    String w1 = b.floats(new long[] {CHANNELS, 2, 3, 3}, some(random, CHANNELS * 18));
    String b1 = b.floats(new long[] {CHANNELS}, all(CHANNELS, offset));
    String high = b.node("Relu", b.node("Conv", x, w1, b1).out()).out();
    String w2 =
        b.floats(
            new long[] {CHANNELS, CHANNELS, 3, 3}, withoutMean(random, CHANNELS, CHANNELS * 9));
    String low = b.node("Relu", b.node("Conv", high, w2).out()).out();
    String pool = b.node("MaxPool", low).ints("kernel_shape", 2, 2).ints("strides", 2, 2).out();
    String w3 = b.floats(new long[] {4, CHANNELS, 3, 3}, some(random, 4 * CHANNELS * 9));
    String last = b.node("Relu", b.node("Conv", pool, w3).out()).out();
    b.output(b.node("GlobalAveragePool", last).out());
    return b.write(folder.resolve("net.onnx"));
  }

  private static float[] hidden(float[] picture, Rectangle r) {
    float[] x = picture.clone();
    for (int c = 0; c < 2; c++) {
      for (int y = r.top(); y < r.bottom(); y++) {
        int row = (c * SIDE + y) * SIDE;
        Arrays.fill(x, row + r.left(), row + r.right(), 0.25f);
      }
    }
    return x;
  }

  @ParameterizedTest
  @ValueSource(floats = {0, 100, 1e4f})
  void differencesLoseNoMoreThanThePlainRun(float offset) throws IOException {
    float[] picture = some(new SplittableRandom(3), 2 * SIDE * SIDE);
    List<Rectangle> patches = new ArrayList<>();
    for (int y = 0; y < SIDE; y += 4) {
      for (int x = 0; x < SIDE; x += 4) {
        patches.add(new Rectangle(y, x, Math.min(SIDE, y + 5), Math.min(SIDE, x + 5)));
      }
    }
    try (Device device = Devices.open("cpu", DeviceOptions.DEFAULT);
        Model model = Model.read(write(offset))) {
      Graph graph = model.graph(1, 2, SIDE, SIDE);
      Value out = graph.outputs().getFirst();
      double[][] wanted = new double[patches.size()][];
      double[][] plain = new double[patches.size()][];
      for (int i = 0; i < wanted.length; i++) {
        try (Tensor x = Tensor.of(Shape.of(1, 2, SIDE, SIDE), hidden(picture, patches.get(i)))) {
          wanted[i] = GraphReference.run(graph, GraphReference.Array.of(x)).get(out).data();
          plain[i] = full(device, graph, out, x);
        }
      }
      double[][] found = differences(device, graph, out, patches, picture);
      double lost = error(wanted, plain);
      double size = error(wanted, new double[wanted.length][4]);
      assertTrue(size > 0.1, "nothing to lose: " + size);
      assertTrue(lost < 0.01 * size, "nothing left: " + lost + " of " + size);
      double more = error(wanted, found);
      assertTrue(more <= 2 * lost + 1e-6, "%s by differences, %s by plain".formatted(more, lost));
    }
  }

  private static double error(double[][] a, double[][] b) {
    double most = 0;
    for (int i = 0; i < a.length; i++) {
      for (int k = 0; k < a[i].length; k++) {
        most = Math.max(most, Math.abs(a[i][k] - b[i][k]));
      }
    }
    return most;
  }

  private static double[] doubles(Tensor t) {
    double[] d = new double[Math.toIntExact(t.size())];
    Arrays.setAll(d, t::get);
    return d;
  }

  private static double[] full(Device device, Graph graph, Value out, Tensor x) {
    try (Session session = Session.prepare(device, graph, 1, Set.of(out));
        Tensor y = Tensor.zeros(out.shape(1))) {
      session.upload(x, 0, 1);
      session.run();
      session.download(out, 1, y, 0);
      return doubles(y);
    }
  }

  private static double[][] differences(
      Device device, Graph graph, Value out, List<Rectangle> patches, float[] picture) {
    double[][] found = new double[patches.size()][];
    DeltaPlanner.Choice choice =
        DeltaPlanner.prepare(
            device,
            graph,
            1,
            List.of(patches),
            Collections.nCopies(2, 0.25f),
            Set.of(out),
            Accuracy.EXACT,
            Double.NEGATIVE_INFINITY);
    assertEquals("", choice.why());
    try (DeltaSession session = choice.session().orElseThrow();
        Tensor x = Tensor.of(Shape.of(1, 2, SIDE, SIDE), picture);
        Tensor y = Tensor.zeros(out.shape(session.rows()))) {
      session.run(
          x,
          0,
          numbers -> {
            device.download(session.rowsOf(out), numbers.length * 4L, y, 0);
            double[] all = doubles(y);
            for (int i = 0; i < numbers.length; i++) {
              if (numbers[i] >= 0) {
                found[numbers[i]] = Arrays.copyOfRange(all, 4 * i, 4 * i + 4);
              }
            }
          });
    }
    return found;
  }
}
