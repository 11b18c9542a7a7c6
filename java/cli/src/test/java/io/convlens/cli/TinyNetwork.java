package io.convlens.cli;

import io.convlens.graph.OnnxBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * A network that is run in no time: 3 channels of 12x10, a convolution, a dense layer, 4 classes.
 */
final class TinyNetwork {
  static final int HEIGHT = 12;
  static final int WIDTH = 10;
  static final int CLASSES = 4;

  private TinyNetwork() {}

  static Path write(Path file) throws IOException {
    var net = new OnnxBuilder(13);
    String x = net.input("input", -1, 3, HEIGHT, WIDTH);
    var random = new Random(7);
    String w = net.floats(new long[] {5, 3, 3, 3}, numbers(random, 135));
    String conv = net.node("Conv", x, w).ints("pads", 1, 1, 1, 1).named("first").out();
    String relu = net.node("Relu", conv).named("open").out();
    String flat = net.node("Flatten", relu).out();
    String dense = net.floats(new long[] {CLASSES, 5 * HEIGHT * WIDTH}, numbers(random, 2400));
    String logits = net.node("Gemm", flat, dense).i("transB", 1).out();
    net.output(net.node("Softmax", logits).i("axis", 1).out());
    return net.write(file);
  }

  private static float[] numbers(Random random, int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian() * 0.1f;
    }
    return numbers;
  }

  static Path labels(Path file) throws IOException {
    return Files.writeString(file, "cat\ndog\nhen\ncow\n");
  }
}
