package io.convlens.device.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.convlens.device.DeviceOptions;
import io.convlens.graph.OnnxBuilder;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import io.convlens.network.PictureSet;
import io.convlens.occlusion.Mode;
import io.convlens.occlusion.Occlusion;
import io.convlens.occlusion.OcclusionMap;
import io.convlens.occlusion.Sweeps;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * An occlusion sweep of a small network that has a little of everything: convolutions alone, with
 * ReLU and with residual, depthwise and strided ones, pooling, response normalisation,
 * concatenation, a fully connected layer and softmax.
 */
final class MainJob {
  private static final int SIDE = 14;

  /** What the network takes. */
  static final Shape SHAPE = Shape.of(1, 3, SIDE, SIDE);

  private static final int CHANNELS = 8;
  private static final int CLASSES = 5;

  private final Path model;
  private final float[] picture;

  private MainJob(Path model, float[] picture) {
    this.model = model;
    this.picture = picture;
  }

  static MainJob in(Path folder) throws IOException {
    var random = new Random(5);
    return new MainJob(
        network(random).write(folder.resolve("main-job.onnx")),
        numbers(random, 3 * SIDE * SIDE, 1));
  }

  private static OnnxBuilder network(Random random) {
    var net = new OnnxBuilder(13);
    String x = net.input("input", -1, 3, SIDE, SIDE);
    String first = net.node("Relu", conv(net, random, x, CHANNELS, 3, 1)).out();
    String deep = net.node("Relu", conv(net, random, first, CHANNELS, CHANNELS, 1)).out();
    String more = conv(net, random, deep, CHANNELS, CHANNELS, 1);
    String sum = net.node("Relu", net.node("Add", more, first).out()).out();
    String apart = net.node("Clip", conv(net, random, sum, CHANNELS, 1, CHANNELS)).out();
    String lrn = net.node("LRN", apart).i("size", 3).out();
    String both = net.node("Concat", lrn, sum).i("axis", 1).out();
    String pooled =
        net.node("MaxPool", both).ints("kernel_shape", 2, 2).ints("strides", 2, 2).out();
    String flat = net.node("Flatten", pooled).out();
    int width = 2 * CHANNELS * (SIDE / 2) * (SIDE / 2);
    String dense = net.floats(new long[] {CLASSES, width}, numbers(random, CLASSES * width, 0.1));
    String bias = net.floats(new long[] {CLASSES}, numbers(random, CLASSES, 0.1));
    String logits = net.node("Gemm", flat, dense, bias).i("transB", 1).out();
    net.output(net.node("Softmax", logits).i("axis", 1).out());
    return net;
  }

  private static String conv(
      OnnxBuilder net, Random random, String x, int out, int inPerGroup, int groups) {
    String w =
        net.floats(new long[] {out, inPerGroup, 3, 3}, numbers(random, out * inPerGroup * 9, 0.2));
    String b = net.floats(new long[] {out}, numbers(random, out, 0.1));
    return net.node("Conv", x, w, b).ints("pads", 1, 1, 1, 1).i("group", groups).out();
  }

  private static float[] numbers(Random random, int count, double scale) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) (random.nextGaussian() * scale);
    }
    return numbers;
  }

  /** The network's file. */
  Path model() {
    return model;
  }

  /** So many pictures {@code [n,3,h,w]}, the first of them the job's; the caller closes them. */
  Tensor pictures(int count) {
    float[] all = numbers(new Random(count), count * 3 * SIDE * SIDE, 1);
    System.arraycopy(picture, 0, all, 0, picture.length);
    return Tensor.of(Shape.of(count, 3, SIDE, SIDE), all);
  }

  /** As many pictures one after another. */
  PictureSet set(int count) {
    float[] all;
    try (Tensor together = pictures(count)) {
      all = together.toArray();
    }
    int each = all.length / count;
    return new PictureSet() {
      @Override
      public int count() {
        return count;
      }

      @Override
      public String source(int index) {
        return "picture " + index;
      }

      @Override
      public Tensor tensor(int index) {
        return Tensor.of(SHAPE, Arrays.copyOfRange(all, index * each, (index + 1) * each));
      }
    };
  }

  /** The scores of several pictures' sweeps on all devices that the options stand for. */
  List<float[]> sweeps(NetworkOptions options, int count, Sweeps.Listener listener) {
    List<float[]> scores = new ArrayList<>();
    try (Network network = Network.load(model, options);
        var sweeps = new Sweeps(network.onEachDevice(), SHAPE, occlusion())) {
      sweeps.run(
          set(count),
          listener,
          (index, maps) -> {
            assertEquals(scores.size(), index, "in order");
            scores.add(maps.only().scores().clone());
          });
    }
    return scores;
  }

  /** The whole network at every position: this network is too small for differences to pay. */
  static Occlusion occlusion() {
    return Occlusion.with(o -> o.patch(4, 4).stride(3, 3).mode(Mode.FULL));
  }

  /** The scores of a sweep that runs the whole network at every position. */
  float[] run(NetworkOptions options) {
    try (Network network = Network.load(model, options);
        Tensor input = pictures(1)) {
      OcclusionMap map = occlusion().map(network, input);
      return map.scores().clone();
    }
  }

  static NetworkOptions on(String device) {
    return NetworkOptions.DEFAULT
        .withDevice(device)
        .opened(_ -> new DeviceOptions(1).withTuning(false))
        .withBatch(8);
  }
}
