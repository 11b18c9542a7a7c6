package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs over a folder whose process is killed, or can't write: with processes of their own. */
final class FolderKillTest {
  private static final int KILLS = Integer.getInteger("convlens.kills", 20);
  private static final int COUNT = 8;

  @TempDir Path folder;
  private Path model;
  private Path photos;

  @BeforeEach
  void files() throws IOException {
    Path net = TinyNetwork.write(folder.resolve("net.onnx"));
    model = net;
    photos = Workplace.of(folder, net).pictures(COUNT, 20, 30);
    Files.writeString(photos.resolve("p03-bad.png"), "no picture");
  }

  private Process start(List<String> before, Path out, String... more) throws IOException {
    List<String> command = new ArrayList<>(before);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Djava.awt.headless=true"));
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("io.convlens.cli.ConvLens", "occlusion", "--resume", "--device", "cpu"));
    command.addAll(List.of("--model", model.toString(), "--images", photos.toString()));
    command.addAll(List.of("--patch", "3", "--stride", "2", "--out", out.toString()));
    command.addAll(List.of(more));
    return new ProcessBuilder(command)
        .redirectOutput(folder.resolve("stdout").toFile())
        .redirectError(folder.resolve("stderr").toFile())
        .start();
  }

  private void finish(Path out, String... more) throws IOException, InterruptedException {
    Process process = start(List.of(), out, more);
    assertTrue(process.waitFor(5, TimeUnit.MINUTES));
    assertEquals(3, process.exitValue(), stderr());
    assertTrue(stderr().strip().endsWith("1 of 9 pictures left out"), stderr());
  }

  private String stderr() throws IOException {
    return Files.readString(folder.resolve("stderr"));
  }

  /** All files but the JSON, which has times. */
  private static Map<String, String> results(Path out) throws IOException {
    Map<String, String> all = new TreeMap<>();
    try (Stream<Path> files = Files.list(out)) {
      for (Path f : files.filter(f -> !f.endsWith("occlusion.json")).toList()) {
        all.put(f.getFileName().toString(), FilePrint.of(f).sha256());
      }
    }
    return all;
  }

  /** Arrays are whole or not there. */
  private static void assertNothingHalf(Path out, Map<String, String> whole) throws IOException {
    for (String name : List.of("scores.npy", "attribution.npy")) {
      if (Files.exists(out.resolve(name))) {
        assertEquals(whole.get(name), FilePrint.of(out.resolve(name)).sha256(), name);
      }
    }
  }

  @Test
  void killedAtAnyMomentItIsTakenUpToTheSameBytes() throws Exception {
    Path unbroken = folder.resolve("unbroken");
    long start = System.nanoTime();
    finish(unbroken, "--track", "relu#1");
    long whole = System.nanoTime() - start;
    Map<String, String> wanted = results(unbroken);
    assertTrue(wanted.containsKey("p01-track.png"), wanted.keySet().toString());
    var random = new Random(5);
    int kills = 0;
    int amid = 0;
    for (int chain = 0; kills < KILLS; chain++) {
      Path out = folder.resolve("out" + chain);
      for (int i = 0; i < 4 && kills < KILLS; i++) {
        Process process = start(List.of(), out, "--track", "relu#1");
        if (!process.waitFor((long) (whole * random.nextDouble(0.3, 1)), TimeUnit.NANOSECONDS)) {
          process.destroyForcibly().waitFor();
          kills++;
          amid += Files.exists(out.resolve(".occlusion-progress")) ? 1 : 0;
        }
        assertNothingHalf(out, wanted);
      }
      finish(out, "--track", "relu#1");
      assertEquals(wanted, results(out), "chain " + chain);
    }
    assertTrue(amid > 0, "no kill came amid the work");
  }

  /** A limit on the size of files stands for a disk that is full: the write fails the same way. */
  @Test
  void whatCantBeWrittenEndsItInOneLineAndItIsTakenUp() throws Exception {
    Path unbroken = folder.resolve("unbroken");
    finish(unbroken);
    Path out = folder.resolve("out");
    // 2 KiB: less than the attributions of five pictures, more than a plan.
    List<String> limit = List.of("bash", "-c", "ulimit -f 2; exec \"$@\"", "bash");
    Process process = start(limit, out);
    assertTrue(process.waitFor(5, TimeUnit.MINUTES));
    assertEquals(2, process.exitValue(), stderr());
    List<String> errors = stderr().lines().filter(l -> l.contains("error:")).toList();
    assertEquals(1, errors.stream().filter(l -> !l.endsWith("(left out)")).count(), stderr());
    assertTrue(errors.getLast().contains("can't be written"), stderr());
    assertTrue(Files.notExists(out.resolve("attribution.npy")));
    finish(out);
    assertEquals(results(unbroken), results(out));
  }
}
