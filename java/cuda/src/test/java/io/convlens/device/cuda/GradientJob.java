package io.convlens.device.cuda;

import io.convlens.device.DeviceOptions;
import io.convlens.gradient.Attribution;
import io.convlens.gradient.Method;
import io.convlens.gradient.Saliency;
import io.convlens.gradient.SaliencyOptions;
import io.convlens.graph.OnnxBuilder;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;

/**
 * Attributions of a small network whose backward pass has a little of everything: convolutions
 * alone, strided, in groups and with residual, ReLU and ReLU6, windows of maxima and means that
 * overlap, response normalisation, enlarging, concatenation and a fully connected layer.
 */
final class GradientJob {
  private static final int SIDE = 12;
  private static final int CHANNELS = 8;
  private static final int CLASSES = 5;
  private static final int SAMPLES = 5;

  private final Path model;
  private final Path plain;
  private final float[] picture;

  private GradientJob(Path model, Path plain, float[] picture) {
    this.model = model;
    this.plain = plain;
    this.picture = picture;
  }

  static GradientJob in(Path folder) throws IOException {
    return new GradientJob(
        network(true).write(folder.resolve("gradient-job.onnx")),
        network(false).write(folder.resolve("plain-job.onnx")),
        numbers(new Random(8), 3 * SIDE * SIDE, 1));
  }

  /** The network, with response normalisation or without. */
  private static OnnxBuilder network(boolean normalised) {
    var random = new Random(7);
    var net = new OnnxBuilder(13);
    String x = net.input("input", -1, 3, SIDE, SIDE);
    String first = net.node("Relu", conv(net, random, x, CHANNELS, 3, 1, 1)).out();
    String more = conv(net, random, first, CHANNELS, CHANNELS, 1, 1);
    String sum = net.node("Relu", net.node("Add", more, first).out()).out();
    String zero = net.floats(new long[] {}, 0);
    String six = net.floats(new long[] {}, 6);
    String apart = conv(net, random, sum, CHANNELS, 1, CHANNELS, 2);
    String clipped = net.node("Clip", apart, zero, six).out();
    String largest = window(net, "MaxPool", sum);
    String normal = normalised ? net.node("LRN", sum).i("size", 3).out() : sum;
    String mean = window(net, "AveragePool", normal);
    String both = net.node("Concat", clipped, largest, mean).i("axis", 1).out();
    String scales = net.floats(new long[] {4}, 1, 1, 2, 2);
    String large = net.node("Resize", both, "", scales).s("mode", "linear").out();
    String flat = net.node("Flatten", window(net, "MaxPool", large)).out();
    int width = 3 * CHANNELS * (SIDE / 2) * (SIDE / 2);
    String dense = net.floats(new long[] {CLASSES, width}, numbers(random, CLASSES * width, 0.1));
    String bias = net.floats(new long[] {CLASSES}, numbers(random, CLASSES, 0.1));
    String logits = net.node("Gemm", flat, dense, bias).i("transB", 1).out();
    net.output(net.node("Softmax", logits).i("axis", 1).out());
    return net;
  }

  private static String window(OnnxBuilder net, String kind, String x) {
    return net.node(kind, x)
        .ints("kernel_shape", 3, 3)
        .ints("strides", 2, 2)
        .ints("pads", 1, 1, 1, 1)
        .out();
  }

  private static String conv(
      OnnxBuilder net, Random random, String x, int out, int inPerGroup, int groups, int stride) {
    String w =
        net.floats(new long[] {out, inPerGroup, 3, 3}, numbers(random, out * inPerGroup * 9, 0.2));
    String b = net.floats(new long[] {out}, numbers(random, out, 0.1));
    return net.node("Conv", x, w, b)
        .ints("pads", 1, 1, 1, 1)
        .ints("strides", stride, stride)
        .i("group", groups)
        .out();
  }

  private static float[] numbers(Random random, int count, double scale) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) (random.nextGaussian() * scale);
    }
    return numbers;
  }

  /** The file for a method: no rule shares out what comes of a response normalisation. */
  private Path model(Method method) {
    return method == Method.DEEPLIFT || method == Method.LRP_EPSILON ? plain : model;
  }

  private static SaliencyOptions with(Method method, SaliencyOptions o) {
    SaliencyOptions few = o.method(method).samples(SAMPLES).steps(SAMPLES);
    return method == Method.CONDUCTANCE ? few.layer("relu#2") : few;
  }

  float[] run(String device, Method method) {
    var options =
        NetworkOptions.DEFAULT
            .withDevice(device)
            .opened(_ -> new DeviceOptions(1).withTuning(false))
            .withBatch(3);
    var saliency = Saliency.with(o -> with(method, o));
    try (Network network = Network.load(model(method), options);
        Tensor input = Tensor.of(Shape.of(1, 3, SIDE, SIDE), picture)) {
      Attribution found = saliency.map(network, input);
      return found.values().clone();
    }
  }
}
