package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.tensor.Npy;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The demo, as people see it first. */
final class DemoTest {
  @TempDir static Path folder;
  private static CommandRun run = new CommandRun(-1, "", "");
  private static JsonNode canvases = new JsonMapper().createArrayNode();
  private static JsonNode summary = canvases;

  @BeforeAll
  static void demo() throws IOException {
    run = CommandRun.of("demo", "--device", "cpu", "--out", folder.toString());
    canvases = resource("canvases.json").get("canvases");
    summary = new JsonMapper().readTree(Files.readAllBytes(folder.resolve("occlusion.json")));
  }

  @Test
  void theLastLineIsThePageToOpen() throws IOException {
    assertEquals(0, run.exitCode(), run.err());
    Path page = Path.of(run.out().lines().reduce("", (_, line) -> line));
    assertEquals(folder.resolve("index.html").toAbsolutePath(), page);
    String html = Files.readString(page);
    assertEquals(canvases.size(), html.split("<figure", -1).length - 1);
    assertTrue(!html.contains("http"), "the page needs the network");
    for (JsonNode canvas : canvases) {
      String stem = canvas.get("file").asString().replace(".png", "");
      assertTrue(Files.exists(folder.resolve(stem + "-heatmap.png")), stem);
      assertTrue(Files.exists(folder.resolve(stem + "-overlay.png")), stem);
    }
  }

  @Test
  void theNetworkNamesTheArticlesAndThePeaksLieOnThem() {
    try (Tensor maps = Npy.read(folder.resolve("attribution.npy"))) {
      for (int i = 0; i < canvases.size(); i++) {
        String file = canvases.get(i).get("file").asString();
        assertEquals(
            canvases.get(i).get("label").asInt(), summary.get("target").get(i).asInt(), file);
        JsonNode box = canvases.get(i).get("box");
        Peak peak = peak(maps, i);
        assertTrue(isInside(box, peak), file + ": " + peak + ", article in " + box);
      }
    }
  }

  private static JsonNode resource(String name) throws IOException {
    try (var in = DemoTest.class.getResourceAsStream("/io/convlens/demo/" + name)) {
      return new JsonMapper().readTree(in);
    }
  }

  private static boolean isInside(JsonNode box, Peak peak) {
    return peak.x >= box.get(0).asInt()
        && peak.y >= box.get(1).asInt()
        && peak.x < box.get(2).asInt()
        && peak.y < box.get(3).asInt();
  }

  private record Peak(int x, int y) {}

  private static Peak peak(Tensor maps, int index) {
    int size = maps.shape().intDim(1) * maps.shape().intDim(2);
    int best = 0;
    for (int i = 1; i < size; i++) {
      if (maps.get((long) index * size + i) > maps.get((long) index * size + best)) {
        best = i;
      }
    }
    return new Peak(best % maps.shape().intDim(2), best / maps.shape().intDim(2));
  }

  @Test
  void whatItLeavesWorksWithTheOtherCommands() {
    var again =
        CommandRun.of(
            "predict",
            "--model",
            folder.resolve("clothes.onnx").toString(),
            "--labels",
            folder.resolve("labels.txt").toString(),
            "--preprocess",
            "unit",
            "--image",
            folder.resolve("bag.png").toString(),
            "--out",
            folder.resolve("again").toString());
    assertEquals(0, again.exitCode(), again.err());
    assertTrue(again.out().lines().findFirst().orElse("").endsWith("Bag"), again.out());
  }
}
