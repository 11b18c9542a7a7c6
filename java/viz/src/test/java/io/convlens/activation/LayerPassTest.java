package io.convlens.activation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.graph.GraphReference;
import io.convlens.graph.OnnxBuilder;
import io.convlens.graph.Value;
import io.convlens.io.UnusableInputException;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import io.convlens.network.PictureSet;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One pass over pictures, against a plain computation in double precision. */
final class LayerPassTest {
  private static final int PICTURES = 11;

  @TempDir Path folder;

  /** A convolution, batch normalisation, ReLU, pooling, a second convolution, a dense layer. */
  private Path network(int batch) throws IOException {
    var b = new OnnxBuilder(13);
    var random = new Random(5);
    String x = b.input("x", batch, 2, 9, 8);
    String conv =
        b.node("Conv", x, b.floats(new long[] {4, 2, 3, 3}, numbers(random, 72)))
            .named("conv_a")
            .out();
    String[] norm = new String[4];
    Arrays.setAll(norm, i -> b.floats(new long[] {4}, i == 3 ? ones() : numbers(random, 4)));
    String normed =
        b.node("BatchNormalization", conv, norm[0], norm[1], norm[2], norm[3])
            .named("norm_a")
            .out();
    String relu = b.node("Relu", normed).named("relu_a").out();
    String pool = b.node("MaxPool", relu).ints("kernel_shape", 2, 2).ints("strides", 2, 2).out();
    String second =
        b.node("Conv", pool, b.floats(new long[] {3, 4, 1, 1}, numbers(random, 12)))
            .named("conv_b")
            .out();
    String rectified = b.node("Relu", second).named("relu_b").out();
    String flat = b.node("Flatten", rectified).out();
    String dense =
        b.node("Gemm", flat, b.floats(new long[] {27, 5}, numbers(random, 135)))
            .named("dense")
            .out();
    b.output(b.node("Softmax", dense).i("axis", 1).out());
    return b.write(folder.resolve("net" + batch + ".onnx"));
  }

  private static float[] ones() {
    return new float[] {1, 1, 1, 1};
  }

  private static float[] numbers(Random random, int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  /** Pictures at random; one of them may be of another size, or missing. */
  private record Pictures(int odd, int missing) implements PictureSet {
    @Override
    public int count() {
      return PICTURES;
    }

    @Override
    public String source(int index) {
      return "picture " + index;
    }

    @Override
    public Tensor tensor(int index) {
      if (index == missing) {
        throw new UnusableInputException(source(index), "missing");
      }
      int width = index == odd ? 9 : 8;
      return Tensor.of(Shape.of(1, 2, 9, width), numbers(new Random(index), 18 * width));
    }
  }

  private static final Pictures GOOD = new Pictures(-1, -1);
  private static final List<String> NAMES =
      List.of("conv_a", "norm_a", "relu_a", "conv_b", "relu_b", "dense");

  /** All values of all pictures, layer by layer. */
  private static List<List<double[]>> reference(LayerPass pass, List<TappedLayer> layers) {
    List<List<double[]>> all = new ArrayList<>();
    layers.forEach(_ -> all.add(new ArrayList<>()));
    for (int i = 0; i < PICTURES; i++) {
      try (Tensor picture = GOOD.tensor(i);
          Tensor batch = Tensor.zeros(pass.graph().input().shape())) {
        batch.copyFrom(picture, 0, 0, picture.size());
        Map<Value, GraphReference.Array> values =
            GraphReference.run(pass.graph(), GraphReference.Array.of(batch));
        for (int l = 0; l < layers.size(); l++) {
          double[] data = values.get(layers.get(l).value()).data();
          all.get(l).add(Arrays.copyOf(data, (int) layers.get(l).shape().size()));
        }
      }
    }
    return all;
  }

  private void valuesAreTheReferences(int fixedBatch, int batch) throws IOException {
    var options = NetworkOptions.DEFAULT.withDevice("cpu").withBatch(batch);
    try (Network net = Network.load(network(fixedBatch), options)) {
      var pass = new LayerPass(net, GOOD);
      List<TappedLayer> layers = NAMES.stream().map(n -> TappedLayer.of(pass.graph(), n)).toList();
      List<List<double[]>> expected = reference(pass, layers);
      int[] seen = new int[layers.size()];
      List<Integer> done = new ArrayList<>();
      pass.run(
          values(layers),
          0,
          PICTURES,
          (l, values, first, count) -> {
            assertEquals(first, seen[l]);
            seen[l] += count;
            int size = (int) layers.get(l).shape().size();
            for (int i = 0; i < count * size; i++) {
              double want = expected.get(l).get(first + i / size)[i % size];
              assertEquals(want, values[i], 1e-4 * Math.max(1, Math.abs(want)), NAMES.get(l));
            }
          },
          done::add);
      for (int count : seen) {
        assertEquals(PICTURES, count);
      }
      assertEquals(PICTURES, done.getLast());
    }
  }

  private static List<Reading> values(List<TappedLayer> layers) {
    return layers.stream().<Reading>map(Reading.Values::new).toList();
  }

  @Test
  void everyBatchSize() throws IOException {
    for (int batch : new int[] {0, 1, 4, 11, 32}) {
      valuesAreTheReferences(-1, batch);
    }
  }

  @Test
  void aFixedBatchIsFilledUp() throws IOException {
    valuesAreTheReferences(1, 0);
    valuesAreTheReferences(4, 0);
  }

  @Test
  void talliesAreWhatLoopsSay() throws IOException {
    try (Network net =
        Network.load(network(-1), NetworkOptions.DEFAULT.withDevice("cpu").withBatch(3))) {
      var pass = new LayerPass(net, GOOD);
      List<TappedLayer> layers = NAMES.stream().map(n -> TappedLayer.of(pass.graph(), n)).toList();
      List<ActivityTally> tallies = layers.stream().map(ActivityTally::new).toList();
      pass.run(tallies, 0, PICTURES, _ -> {});
      List<List<double[]>> expected = reference(pass, layers);
      for (int l = 0; l < layers.size(); l++) {
        check(tallies.get(l).result(), expected.get(l));
      }
    }
  }

  private static void check(LayerActivity activity, List<double[]> pictures) {
    int places = activity.layer().places();
    double zeros = 0;
    for (int c = 0; c < activity.layer().channels(); c++) {
      double max = Double.NEGATIVE_INFINITY;
      double sum = 0;
      double active = 0;
      double local = 0;
      int maps = 0;
      for (double[] picture : pictures) {
        double share = locality(Arrays.copyOfRange(picture, c * places, (c + 1) * places));
        if (places > 1 && !Double.isNaN(share)) {
          local += share;
          maps++;
        }
        for (int i = c * places; i < (c + 1) * places; i++) {
          max = Math.max(max, picture[i]);
          sum += picture[i];
          active += picture[i] > 0 ? 1 : 0;
          zeros += picture[i] == 0 ? 1 : 0;
        }
      }
      double each = (double) places * PICTURES;
      LayerActivity.Channel seen = activity.channels().get(c);
      assertEquals(max, seen.max(), 1e-4);
      assertEquals(sum / each, seen.mean(), 1e-4);
      assertEquals(active / each, seen.active(), 1e-9);
      assertEquals(local / maps, seen.locality(), 1e-4);
      assertEquals(active == 0 && sum == 0, seen.dead());
    }
    assertEquals(zeros / PICTURES / activity.layer().shape().size(), activity.zeros(), 1e-9);
  }

  /** The share of its mass in the densest tenth of its places, rounded up. */
  private static double locality(double[] map) {
    double[] sorted = Arrays.stream(map).map(v -> -Math.abs(v)).sorted().toArray();
    return Arrays.stream(sorted).limit((map.length + 9) / 10).sum() / Arrays.stream(sorted).sum();
  }

  @Test
  void whatCantBeReadEndsThePass() throws IOException {
    try (Network net = Network.load(network(-1), NetworkOptions.DEFAULT.withDevice("cpu"))) {
      for (Pictures bad : List.of(new Pictures(7, -1), new Pictures(-1, 7))) {
        var pass = new LayerPass(net, bad);
        var layers = List.of(TappedLayer.of(pass.graph(), "relu_a"));
        var e =
            assertThrows(
                UnusableInputException.class,
                () -> pass.run(values(layers), 0, PICTURES, (_, _, _, _) -> {}, _ -> {}));
        assertTrue(e.getMessage().startsWith("picture 7: "), e.getMessage());
      }
    }
  }

  @Test
  void standardLayers() throws IOException {
    try (Network net = Network.load(network(-1), NetworkOptions.DEFAULT.withDevice("cpu"))) {
      var layers = new StandardLayers(new LayerPass(net, GOOD).graph());
      assertEquals(
          List.of("conv_a", "relu_a", "conv_b", "relu_b"),
          layers.firstAndLast().stream().map(TappedLayer::asked).toList());
      assertEquals(
          List.of("conv_a", "relu_a", "conv_b", "relu_b", "dense"),
          layers.all().stream().map(TappedLayer::asked).toList());
    }
  }
}
