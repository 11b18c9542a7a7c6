package io.convlens.synthesis;

import io.convlens.graph.OnnxBuilder;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import io.convlens.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;

/** A linear map of pictures of one channel, 4x5: what excites its classes most is known. */
final class LinearNetwork {
  static final int HEIGHT = 4;
  static final int WIDTH = 5;
  static final int PIXELS = HEIGHT * WIDTH;
  static final Shape INPUT = Shape.of(1, 1, HEIGHT, WIDTH);
  static final PixelRange RANGE = PixelRange.of(1, -1, 3);

  private LinearNetwork() {}

  /** Weights {@code [classes, pixels]}, none near zero. */
  static float[] weights(int classes, long seed) {
    var random = new Random(seed);
    float[] weights = new float[classes * PIXELS];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (random.nextBoolean() ? 1 : -1) * (0.2f + random.nextFloat());
    }
    return weights;
  }

  /** Loads a network of these weights; its classes are layer {@code scores}. */
  static Network load(Path folder, float[] weights) throws IOException {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 1, HEIGHT, WIDTH);
    String flat = b.node("Flatten", x).out();
    String w = b.floats(new long[] {weights.length / PIXELS, PIXELS}, weights);
    b.output(b.node("Gemm", flat, w).i("transB", 1).named("scores").out());
    return Network.load(
        b.write(folder.resolve("linear.onnx")), NetworkOptions.DEFAULT.withDevice("cpu"));
  }
}
