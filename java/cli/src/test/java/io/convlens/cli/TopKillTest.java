package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Parts of a set whose processes are killed: begun again, they come to the same bytes. */
final class TopKillTest {
  private static final int KILLS = Integer.getInteger("convlens.kills", 8);
  private static final int PARTS = 4;

  @TempDir Path folder;

  private Process start(Path model, Path photos, Path out, Object... more) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Djava.awt.headless=true"));
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("io.convlens.cli.ConvLens", "top", "--device", "cpu"));
    command.addAll(List.of("--model", model.toString(), "--images", photos.toString()));
    command.addAll(List.of("--layer", "all", "--k", "5", "--random", "2"));
    command.addAll(List.of("--out", out.toString()));
    for (Object o : more) {
      command.add(o.toString());
    }
    return new ProcessBuilder(command)
        .redirectOutput(folder.resolve("stdout").toFile())
        .redirectError(folder.resolve("stderr").toFile())
        .start();
  }

  private void finish(Process process) throws Exception {
    assertTrue(process.waitFor(5, TimeUnit.MINUTES));
    assertEquals(0, process.exitValue(), Files.readString(folder.resolve("stderr")));
  }

  @Test
  void killedPartsComeToTheSameBytes() throws Exception {
    Path model = TinyNetwork.write(folder.resolve("net.onnx"));
    Path photos = Workplace.of(folder, model).pictures(40, 20, 30);
    var whole = new Workplace(folder, model, folder.resolve("whole"));
    long begun = System.nanoTime();
    finish(start(model, photos, whole.out()));
    long time = System.nanoTime() - begun;
    var parts = new Workplace(folder, model, folder.resolve("parts"));
    var random = new Random(7);
    for (int kills = 0, part = 1; part <= PARTS; ) {
      Process process = start(model, photos, parts.out(), "--shard", part + "/" + PARTS);
      boolean kill = kills < KILLS;
      if (kill
          && !process.waitFor((long) (time * random.nextDouble(0.3, 1)), TimeUnit.NANOSECONDS)) {
        process.destroyForcibly().waitFor();
        kills++;
        continue;
      }
      finish(process);
      part++;
    }
    finish(start(model, photos, parts.out(), "--merge"));
    assertEquals(
        whole.json("top.json").get("layers").toString(),
        parts.json("top.json").get("layers").toString());
    try (var files = Files.list(whole.out())) {
      for (Path file : files.filter(f -> f.toString().endsWith(".png")).toList()) {
        assertEquals(-1, Files.mismatch(file, parts.out().resolve(file.getFileName())));
      }
    }
  }
}
