package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.convlens.image.Picture;
import io.convlens.render.Png;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a process of its own can show: signals, full disks, little memory, streams. */
final class ProcessTest {
  @TempDir Path folder;
  private Path model;
  private Path out;

  @BeforeEach
  void files() throws IOException {
    model = TinyNetwork.write(folder.resolve("net.onnx"));
    out = Files.createDirectory(folder.resolve("out"));
  }

  private Path array(int count) {
    Path file = folder.resolve("x.npy");
    Shape shape = Shape.of(count, 3, TinyNetwork.HEIGHT, TinyNetwork.WIDTH);
    try (Tensor t = Tensor.zeros(shape)) {
      Npy.write(file, t);
    }
    return file;
  }

  private List<String> java(List<String> jvm, Object... args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Djava.awt.headless=true"));
    command.addAll(jvm);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("io.convlens.cli.ConvLens");
    Stream.of(args).map(Object::toString).forEach(command::add);
    return command;
  }

  private Process start(List<String> command) throws IOException {
    return new ProcessBuilder(command)
        .redirectOutput(folder.resolve("stdout").toFile())
        .redirectError(folder.resolve("stderr").toFile())
        .start();
  }

  private int finish(List<String> command) throws IOException, InterruptedException {
    Process process = start(command);
    assertTrue(process.waitFor(5, TimeUnit.MINUTES));
    return process.exitValue();
  }

  private String stderr() throws IOException {
    return Files.readString(folder.resolve("stderr"));
  }

  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(out)) {
      return files.map(f -> f.getFileName().toString()).toList();
    }
  }

  @Test
  void anInterruptEndsItSoonAndLeavesNothing() throws Exception {
    Object[] args = {
      "occlusion",
      "--model",
      model,
      "--input",
      array(100_000),
      "--patch",
      3,
      "--stride",
      1,
      "--out",
      out
    };
    Process process = start(java(List.of(), args));
    // The arrays' files exist from the first map on.
    for (int i = 0; i < 1200 && process.isAlive() && left().isEmpty(); i++) {
      Thread.sleep(50);
    }
    assertTrue(left().stream().anyMatch(name -> name.endsWith(".part")), stderr());
    assertEquals(0, new ProcessBuilder("kill", "-INT", "" + process.pid()).start().waitFor());
    assertTrue(process.waitFor(10, TimeUnit.SECONDS));
    assertEquals(130, process.exitValue());
    assertEquals(List.of(), left());
    assertTrue(!stderr().contains("error"), stderr());
  }

  @Test
  void aFullDiskIsSaidInOneLine() throws Exception {
    List<String> sweep =
        java(
            List.of(),
            "occlusion",
            "--model",
            model,
            "--input",
            array(3),
            "--quiet",
            "--patch",
            3,
            "--out",
            out);
    // A disk of 16 KiB, in a namespace of mounts that ends with the process.
    String script =
        "mount -t tmpfs -o size=16k none \"$1\" || exit 99; shift; \"$@\"; code=$?;"
            + " ls -A \"$DISK\" >&2; exit $code";
    List<String> command = new ArrayList<>(List.of("unshare", "-rm", "sh", "-c", script, "sh"));
    command.add(out.toString());
    command.addAll(sweep);
    var builder = new ProcessBuilder(command);
    builder.environment().put("DISK", out.toString());
    builder.redirectError(folder.resolve("stderr").toFile());
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      abort("no unshare on this machine");
      return;
    }
    assertTrue(process.waitFor(5, TimeUnit.MINUTES));
    assumeTrue(
        process.exitValue() == 2 || !stderr().matches("(?s).*(unshare|mount): .*"),
        "no disk of one's own on this machine");
    assertEquals(2, process.exitValue(), stderr());
    List<String> lines = stderr().lines().toList();
    assertTrue(lines.getFirst().startsWith("convlens: error: "), stderr());
    assertTrue(lines.getFirst().contains("No space left"), stderr());
    assertTrue(lines.stream().noneMatch(l -> l.endsWith(".part")), stderr());
  }

  @Test
  void tooLittleMemoryIsSaidInOneLine() throws Exception {
    Path big = folder.resolve("big.png");
    byte[] rgb = new byte[3 * 6000 * 6000];
    Png.write(big, Picture.ofRgb("big", 6000, 6000, rgb));
    int code =
        finish(
            java(
                List.of("-Xmx40m"),
                "predict",
                "--model",
                model,
                "--image",
                big,
                "--quiet",
                "--out",
                out));
    assertEquals(1, code, stderr());
    assertTrue(stderr().startsWith("convlens: error: not enough memory"), stderr());
    assertEquals(1, stderr().lines().count(), stderr());
  }

  @Test
  void jsonIsAllThatIsOnStdout() throws Exception {
    assertEquals(
        0,
        finish(
            java(
                List.of(), "predict", "--model", model, "--input", array(2), "--json", "--out",
                out)));
    assertEquals(
        Files.readString(out.resolve("predictions.json")),
        Files.readString(folder.resolve("stdout")));
  }
}
