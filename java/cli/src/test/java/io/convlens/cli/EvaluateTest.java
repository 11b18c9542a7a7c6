package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.image.Picture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The command {@code evaluate}: its files, and what it says to wrong wishes. */
final class EvaluateTest {
  private static final List<Object> SHORT =
      List.of("--curve-steps", 4, "--trials", 5, "--draws", 2, "--blur", 1, "--samples", 2);

  @TempDir Path folder;
  private Workplace work;
  private Path input;

  @BeforeEach
  void files() throws IOException {
    work = Workplace.of(folder, TinyNetwork.write(folder.resolve("net.onnx")));
    input = work.array("x.npy", 2, 3, 12, 10);
  }

  private static Object[] with(Object... args) {
    List<Object> all = new ArrayList<>(SHORT);
    all.addAll(List.of(args));
    return all.toArray();
  }

  @Test
  void measuresMethodsAndControls() throws IOException {
    Path boxes = Files.writeString(folder.resolve("b.json"), "{\"x.npy[1]\":[[0,0,10,12]]}");
    work.good(
        "evaluate",
        with(
            "--input",
            input,
            "--method",
            "gradient, grad-cam",
            "--layer",
            "open",
            "--boxes",
            boxes));
    JsonNode json = work.json("evaluate.json");
    assertEquals(4, json.get("methods").size());
    JsonNode cam = json.at("/methods/1");
    assertEquals("grad-cam", cam.get("name").asString());
    assertEquals(2, cam.at("/deletion/each").size());
    assertEquals(5, cam.at("/insertion/scores/1").size());
    assertEquals("[true]", cam.at("/pointing/hits").toString(), "the box is the whole picture");
    assertEquals(5, cam.at("/sensitivity-n/correlations/0").size());
    assertEquals(2, cam.at("/max-sensitivity/each").size());
    assertEquals("first", cam.at("/randomisation/stages/1/layer").asString());
    assertTrue(json.at("/methods/3/control").asBoolean());
    double mean = cam.at("/deletion/mean").asDouble();
    double each = cam.at("/deletion/each/0").asDouble() + cam.at("/deletion/each/1").asDouble();
    assertEquals(each / 2, mean, 1e-9);
    String table = Files.readString(work.out().resolve("evaluate.md"));
    assertEquals(6, table.lines().count(), table);
    assertTrue(table.contains("| edges (control) |"), table);
    Picture chart = Picture.read(work.out().resolve("grad-cam-evaluation.png"));
    assertTrue(chart.width() > 600);
    Picture maps = Picture.read(work.out().resolve("maps.png"));
    assertTrue(maps.width() > 400 && maps.height() > 100);
  }

  @Test
  void measuresFinishedMaps() throws IOException {
    Path maps = work.array("theirs.npy", 2, 12, 10);
    Path coarse = work.array("coarse.npy", 2, 3, 4, 5);
    Path boxes =
        Files.writeString(folder.resolve("b.csv"), "image,x0,y0,x1,y1\nx.npy[0],1,1,3,3\n");
    work.good(
        "evaluate", with("--input", input, "--maps", maps, "--maps", coarse, "--boxes", boxes));
    JsonNode json = work.json("evaluate.json");
    assertEquals("theirs", json.at("/methods/0/name").asString());
    assertTrue(json.at("/methods/1").has("infidelity"));
    assertTrue(!json.at("/methods/1").has("randomisation"));
    assertTrue(Files.exists(work.out().resolve("coarse-evaluation.png")));
  }

  @Test
  void sameNumbersAgain() throws IOException {
    Object[] args = with("--input", input, "--method", "smoothgrad");
    work.good("evaluate", args);
    Workplace again = work.to("again");
    again.good("evaluate", args);
    assertEquals(
        work.json("evaluate.json").get("methods"), again.json("evaluate.json").get("methods"));
  }

  @Test
  void wrongWishesAreOneLine() throws IOException {
    work.run("evaluate", "--input", input, "--method", "magic").assertFailed(2, "grad-cam");
    work.run("evaluate", "--input", input, "--metrics", "beauty").assertFailed(2, "infidelity");
    work.run("evaluate", "--input", input, "--metrics", "pointing").assertFailed(2, "--boxes");
    work.run("evaluate", "--input", input, "--curve-steps", 0).assertFailed(2, "steps 0");
    work.run("evaluate", "--input", input, "--trials", 1).assertFailed(2, "trials 1");
    work.run("evaluate", "--input", input, "--layer", "open", "--unit", 1)
        .assertFailed(2, "--unit");
    work.run("evaluate", "--input", input, "--method", "conductance").assertFailed(2, "a layer");
    work.run("evaluate", "--input", input, "--radius", 0).assertFailed(2, "radius");
    work.run("evaluate", "--input", input, "--maps", work.array("m.npy", 3, 12, 10))
        .assertFailed(3, "N = 2 pictures");
    float[] bad = new float[240];
    bad[130] = Float.NaN;
    work.run("evaluate", "--input", input, "--maps", work.array("nan.npy", bad, 2, 12, 10))
        .assertFailed(3, "element 10 of map 1");
    wrongBoxes("b.json", "{\"x.npy[0]\":[[3,0,3,4]]}", "is no box");
    wrongBoxes("b.json", "{\"y\":[[3,0,4,4]]}", "no box for any of the pictures");
    wrongBoxes("b.json", "[", "not JSON");
    wrongBoxes("b.csv", "x.npy[0],1,1,3,3\n", "the first line");
    wrongBoxes("b.csv", "image,x0,y0,x1,y1\nx.npy[0],1,1,3,q\n", "whole numbers");
    work.run("evaluate", "--input", input, "--boxes", folder.resolve("none.csv"))
        .assertFailed(3, "no such file");
  }

  private void wrongBoxes(String name, String text, String reason) throws IOException {
    Path boxes = Files.writeString(folder.resolve(name), text);
    work.run("evaluate", "--input", input, "--boxes", boxes).assertFailed(3, reason);
  }
}
