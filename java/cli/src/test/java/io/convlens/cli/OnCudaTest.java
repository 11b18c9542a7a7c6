package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.convlens.tensor.Npy;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Methods that follow gradients step by step, and folders, on emulated GPUs as on the CPU. */
final class OnCudaTest {
  private static final String EMULATOR = System.getProperty("convlens.emulated", "");

  @TempDir private Path folder;
  private Workplace work;
  private Path input;

  @BeforeEach
  void files() throws IOException {
    assumeTrue(!EMULATOR.isBlank(), "no CUDA emulator: ci/test builds it where CMake and g++ are");
    work = Workplace.of(folder, TinyNetwork.write(folder.resolve("net.onnx")));
    input = work.array("x.npy", 2, 3, TinyNetwork.HEIGHT, TinyNetwork.WIDTH);
  }

  /** A process of its own: this one's driver is looked for once, and is not the emulator. */
  private void onGpus(int gpus, Workplace place, List<String> args)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Djava.awt.headless=true"));
    command.addAll(List.of("-Dconvlens.cuda.libs=" + EMULATOR, "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("io.convlens.cli.ConvLens");
    command.addAll(args);
    command.addAll(List.of("--model", place.model().toString(), "--out", place.out().toString()));
    command.addAll(List.of("--device", "cuda", "--tune", "off"));
    Path said = folder.resolve("said");
    var builder = new ProcessBuilder(command);
    builder.environment().put("CONVLENS_EMULATOR_DEVICES", String.valueOf(gpus));
    Process process = builder.redirectErrorStream(true).redirectOutput(said.toFile()).start();
    assertEquals(0, process.waitFor(), () -> read(said));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Both devices' arrays, of which the second may differ by a share of the first's largest. */
  private void compare(List<String> args, String file, double tolerance)
      throws IOException, InterruptedException {
    compare(1, args, file, tolerance);
  }

  private void compare(int gpus, List<String> args, String file, double tolerance)
      throws IOException, InterruptedException {
    Workplace cpu = work.to("cpu");
    Workplace gpu = work.to("gpu");
    cpu.good(args.getFirst(), args.subList(1, args.size()).toArray());
    onGpus(gpus, gpu, args);
    String json = Files.readString(gpu.out().resolve(args.getFirst() + ".json"));
    assertTrue(json.contains("emulated"), json);
    float[] expected = values(cpu.out().resolve(file));
    double largest = 0;
    for (float e : expected) {
      largest = Math.max(largest, Math.abs(e));
    }
    assertTrue(largest > 0, "nothing came out");
    assertArrayEquals(
        expected, values(gpu.out().resolve(file)), (float) (tolerance * largest), args.toString());
  }

  private static float[] values(Path npy) {
    try (Tensor t = Npy.read(npy)) {
      return t.toArray();
    }
  }

  static Stream<Arguments> methods() {
    return Stream.of(
        Arguments.of("expected-gradients", List.of("--samples", "5")),
        Arguments.of("conductance", List.of("--layer", "open", "--steps", "4")),
        Arguments.of("score-cam", List.of("--layer", "open")));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void attributionsAreTheCpus(String method, List<String> options) throws Exception {
    List<String> args = new ArrayList<>(List.of("saliency", "--method", method));
    args.addAll(List.of("--input", input.toString(), "--target", "1"));
    args.addAll(options);
    compare(args, "attribution.npy", 1e-5);
  }

  /** Rounding grows from step to step; a few leave little of it. */
  @Test
  void picturesThatExciteAreTheCpus() throws Exception {
    List<String> args =
        List.of("maximize", "--target", "2", "--steps", "5", "--preprocess", "unit");
    compare(args, "maximize.npy", 1e-4);
  }

  @Test
  void invertedPicturesAreTheCpus() throws Exception {
    List<String> args =
        List.of("invert", "--input", input.toString(), "--layer", "open", "--steps", "5");
    compare(args, "open-inverted.npy", 1e-4);
  }

  @Test
  void foolingPicturesAreTheCpus() throws Exception {
    Path pictures = work.pictures(1, TinyNetwork.WIDTH, TinyNetwork.HEIGHT);
    List<String> args = new ArrayList<>(List.of("fool", "--images", pictures.toString()));
    args.addAll(List.of("--preprocess", "unit", "--target", "3", "--epsilon", "20"));
    args.addAll(List.of("--steps", "5", "--norm", "l2"));
    compare(args, "fool.npy", 1e-4);
  }

  /** Two GPUs that take a folder's pictures from one queue give its results in its order. */
  @Test
  void foldersOnTwoGpusAreTheCpus() throws Exception {
    Path pictures = work.pictures(7, TinyNetwork.WIDTH, TinyNetwork.HEIGHT);
    List<String> args = new ArrayList<>(List.of("occlusion", "--images", pictures.toString()));
    args.addAll(List.of("--patch", "3", "--stride", "2", "--preprocess", "unit"));
    compare(2, args, "scores.npy", 1e-5);
  }
}
