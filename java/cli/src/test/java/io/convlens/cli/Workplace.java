package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.convlens.graph.OnnxBuilder;
import io.convlens.image.Picture;
import io.convlens.render.Png;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A folder with a network, and commands that run in it. */
record Workplace(Path folder, Path model, Path out) {
  static Workplace of(Path folder, Path model) {
    return new Workplace(folder, model, folder.resolve("out"));
  }

  Workplace to(String name) {
    return new Workplace(folder, model, folder.resolve(name));
  }

  /**
   * A network of two convolutions whose first channels are: 0 alive, 1 without weights, 2 kept down
   * by its bias, 3 of negative weights only; and whose second ones are: 0 reads dead channels only,
   * 1 and 2 alive. Takes 2x8x9 inputs of no negative numbers.
   *
   * @param bias of the channel that its bias keeps down
   */
  static Path networkWithDeadChannels(Path file, float bias) throws IOException {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 2, 8, 9);
    float[] first = new float[4 * 18];
    var random = new Random(3);
    for (int i = 0; i < 18; i++) {
      first[i] = random.nextFloat() - 0.3f;
      first[36 + i] = random.nextFloat();
      first[54 + i] = -random.nextFloat() - 0.01f;
    }
    String conv =
        b.node(
                "Conv",
                x,
                b.floats(new long[] {4, 2, 3, 3}, first),
                b.floats(new long[] {4}, 0, -1, bias, 0))
            .named("conv_a")
            .out();
    String relu = b.node("Relu", conv).named("relu_a").out();
    float[] second = {0, 1, 1, 1, 1, 0, 0, 0, 2, 1, 0, -1};
    String conv2 =
        b.node("Conv", relu, b.floats(new long[] {3, 4, 1, 1}, second)).named("conv_b").out();
    String relu2 = b.node("Relu", conv2).named("relu_b").out();
    String pool = b.node("GlobalAveragePool", relu2).out();
    String flat = b.node("Flatten", pool).named("flat").out();
    String dense =
        b.node("Gemm", flat, b.floats(new long[] {3, 2}, 1, 2, 3, 4, 5, 6)).named("dense").out();
    b.output(b.node("Softmax", dense).i("axis", 1).out());
    return b.write(file);
  }

  /** Non-negative numbers at random. */
  Path array(String name, long... dims) {
    float[] values = new float[(int) Shape.of(dims).size()];
    var random = new Random(9);
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat();
    }
    return array(name, values, dims);
  }

  Path array(String name, float[] values, long... dims) {
    Path file = folder.resolve(name);
    try (Tensor t = Tensor.of(Shape.of(dims), values)) {
      Npy.write(file, t);
    }
    return file;
  }

  /** A folder of pictures of noise, {@code p00.png} and so on. */
  Path pictures(int count, int width, int height) throws IOException {
    Path pictures = Files.createDirectories(folder.resolve("pictures"));
    for (int i = 0; i < count; i++) {
      byte[] rgb = new byte[3 * width * height];
      new Random(i).nextBytes(rgb);
      String name = String.format("p%02d.png", i);
      Png.write(pictures.resolve(name), Picture.ofRgb(name, width, height, rgb));
    }
    return pictures;
  }

  CommandRun run(String command, Object... args) {
    List<String> all = new ArrayList<>(List.of(command, "--model", model.toString()));
    all.addAll(List.of("--out", out.toString(), "--device", "cpu"));
    Stream.of(args).map(Object::toString).forEach(all::add);
    return CommandRun.of(all.toArray(String[]::new));
  }

  void good(String command, Object... args) {
    var run = run(command, args);
    assertEquals(0, run.exitCode(), run.err());
  }

  JsonNode json(String name) throws IOException {
    return new JsonMapper().readTree(Files.readAllBytes(out.resolve(name)));
  }

  float[] numbers(String name, long... dims) {
    try (Tensor t = Npy.read(out.resolve(name))) {
      assertEquals(Arrays.toString(dims), Arrays.toString(t.shape().dims()));
      return t.toArray();
    }
  }
}
