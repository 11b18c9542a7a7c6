package io.convlens.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.graph.OnnxBuilder;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Predictions in a process of their own, whose Java heap is small and resident from the start: what
 * its memory grows by is native.
 */
@EnabledOnOs(OS.LINUX)
final class FlatMemoryTest {
  private static final int WARM_UP = 3000;
  private static final int PREDICTIONS = 10_000;

  /**
   * The compiler's memory comes and goes by a few MiB, now in one round, now in another; a leak
   * shows in each.
   */
  private static final int ROUNDS = 3;

  /** 1 KiB a prediction would be ten times this. */
  private static final long SLACK_KIB = 1 << 10;

  @TempDir Path folder;

  @Test
  void tenThousandPredictionsLeaveTheProcessAsItWas() throws Exception {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 3, 16, 16);
    float[] weights = new float[8 * 3 * 3 * 3];
    String conv = b.node("Conv", x, b.floats(new long[] {8, 3, 3, 3}, weights)).out();
    String pooled = b.node("GlobalAveragePool", b.node("Relu", conv).out()).out();
    b.output(b.node("Softmax", b.node("Flatten", pooled).out()).out("y"));
    Path model = b.write(folder.resolve("net.onnx"));
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms64m",
                "-Xmx64m",
                "-XX:+AlwaysPreTouch",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                FlatMemoryTest.class.getName(),
                model.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    long grown = Long.parseLong(said.strip());
    assertTrue(grown < SLACK_KIB, "grown by " + grown + " KiB");
  }

  /** Prints by how many KiB the process's memory grew over the predictions, in the best round. */
  public static void main(String[] arguments) throws IOException {
    try (var net = Network.load(Path.of(arguments[0]));
        Tensor picture = Tensor.zeros(Shape.of(1, 3, 16, 16))) {
      for (int i = 0; i < WARM_UP; i++) {
        net.predict(picture);
      }
      long least = Long.MAX_VALUE;
      for (int round = 0; round < ROUNDS; round++) {
        long before = residentKib();
        for (int i = 0; i < PREDICTIONS; i++) {
          net.predict(picture);
        }
        least = Math.min(least, residentKib() - before);
      }
      System.out.println(least);
    }
  }

  private static long residentKib() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("RssAnon:")) {
        return Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new IOException("no RssAnon in /proc/self/status");
  }
}
