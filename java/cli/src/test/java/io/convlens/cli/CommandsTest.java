package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.image.Picture;
import io.convlens.render.Png;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Commands as people give them: what they write, and how they fail. */
final class CommandsTest {
  @TempDir Path folder;
  private Path model;
  private Path labels;
  private Path picture;
  private Path out;

  @BeforeEach
  void files() throws IOException {
    model = TinyNetwork.write(folder.resolve("net.onnx"));
    labels = TinyNetwork.labels(folder.resolve("labels.txt"));
    picture = picture("b.png", 3);
    out = folder.resolve("out");
  }

  private Path picture(String name, int seed) {
    byte[] rgb = new byte[3 * 20 * 30];
    new Random(seed).nextBytes(rgb);
    Path file = folder.resolve(name);
    Png.write(file, Picture.ofRgb(name, 20, 30, rgb));
    return file;
  }

  private CommandRun run(String command, Object... args) {
    List<String> all = new ArrayList<>(List.of(command, "--model", model.toString()));
    all.addAll(List.of("--out", out.toString()));
    Stream.of(args).map(Object::toString).forEach(all::add);
    return CommandRun.of(all.toArray(String[]::new));
  }

  private CommandRun sweep(Object... args) {
    List<Object> all = new ArrayList<>(List.of("--image", picture, "--patch", "4"));
    all.addAll(List.of(args));
    return run("occlusion", all.toArray());
  }

  private JsonNode json(String name) throws IOException {
    return new JsonMapper().readTree(Files.readAllBytes(out.resolve(name)));
  }

  private Path array(String name, Shape shape, float first) {
    float[] values = new float[(int) shape.size()];
    var random = new Random(1);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    values[0] = first;
    Path file = folder.resolve(name);
    try (Tensor t = Tensor.of(shape, values)) {
      Npy.write(file, t);
    }
    return file;
  }

  private Path text(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static float[] numbers(Path file, Shape shape) {
    try (Tensor t = Npy.read(file)) {
      assertEquals(shape, t.shape());
      return t.toArray();
    }
  }

  @Test
  void predictWritesOutputsAndTheBest() throws IOException {
    Path x = array("x.npy", Shape.of(70, 3, 12, 10), 1);
    var run = run("predict", "--input", x, "--labels", labels, "--top", 2, "--json");
    assertEquals(0, run.exitCode(), run.err());
    float[] outputs = numbers(out.resolve("outputs.npy"), Shape.of(70, 4));
    JsonNode json = json("predictions.json");
    assertEquals(json, new JsonMapper().readTree(run.out()));
    assertEquals("x.npy[17]", json.at("/images/17/image").asString());
    assertEquals(2, json.at("/images/17/top").size());
    int best = json.at("/images/69/top/0/index").asInt();
    assertEquals(
        outputs[69 * 4 + best], json.at("/images/69/top/0/probability").floatValue(), 1e-6f);
    assertEquals(
        List.of("cat", "dog", "hen", "cow").get(best),
        json.at("/images/69/top/0/label").asString());
    for (String name : List.of("version", "model", "sha256", "device", "options", "seconds")) {
      assertTrue(json.has(name), name);
    }
    assertEquals("fp32", json.get("precision").asString());
  }

  @Test
  void occlusionWritesEverything() throws IOException {
    Path second = picture("a.png", 4);
    var run = sweep("--image", second, "--stride", "3x2", "--all-classes", "--track", "relu#1");
    assertEquals(0, run.exitCode(), run.err());
    JsonNode json = json("occlusion.json");
    int rows = json.get("rows").asInt();
    int cols = json.get("cols").asInt();
    assertEquals(4, rows);
    assertEquals(4, cols);
    float[] scores = numbers(out.resolve("scores.npy"), Shape.of(2, rows, cols));
    float[] all = numbers(out.resolve("class-scores.npy"), Shape.of(2, rows, cols, 4));
    numbers(out.resolve("layer-sums.npy"), Shape.of(2, rows, cols));
    numbers(out.resolve("attribution.npy"), Shape.of(2, 12, 10));
    assertEquals("[\"b.png\",\"a.png\"]", json.get("images").toString());
    int target = json.at("/target/1").asInt();
    for (int i = rows * cols; i < 2 * rows * cols; i++) {
      assertEquals(scores[i], all[i * 4 + target]);
    }
    for (String name : List.of("a", "b")) {
      assertTrue(Files.exists(out.resolve(name + "-heatmap.png")));
      assertTrue(Files.exists(out.resolve(name + "-overlay.png")));
    }
    assertTrue(run.err().contains("device cpu"), run.err());
  }

  /** Each size's files are those that it gets by itself, under its name. */
  @Test
  void severalPatchSizesGiveAMapEachAndTheirMean() throws IOException {
    Object[] rest = {
      "--image", picture, "--stride", "3", "--all-classes", "--track", "relu#1", "--score", "logit"
    };
    List<Object> several = new ArrayList<>(List.of(rest));
    several.addAll(List.of("--patch", "4, 6x5"));
    assertEquals(0, run("occlusion", several.toArray()).exitCode());
    JsonNode json = json("occlusion.json");
    assertEquals("[[4,4],[6,5]]", json.at("/options/patch").toString());
    assertEquals("[4,3]", json.get("rows").toString());
    assertEquals("[3,3]", json.get("cols").toString());
    Path both = out;
    Shape pixels = Shape.of(1, 12, 10);
    float[] sum = new float[120];
    for (String size : List.of("4", "6x5")) {
      out = folder.resolve("out-" + size);
      List<Object> alone = new ArrayList<>(List.of(rest));
      alone.addAll(List.of("--patch", size));
      assertEquals(0, run("occlusion", alone.toArray()).exitCode());
      for (String name : List.of("scores", "class-scores", "layer-sums", "attribution")) {
        Path own = out.resolve(name + ".npy");
        assertEquals(-1, Files.mismatch(own, both.resolve(name + "-" + size + ".npy")), name);
      }
      for (String name : List.of("b-heatmap", "b-overlay")) {
        Path own = out.resolve(name + ".png");
        assertEquals(-1, Files.mismatch(own, both.resolve(name + "-" + size + ".png")), name);
      }
      float[] own = numbers(out.resolve("attribution.npy"), pixels);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += own[i];
      }
    }
    float[] mean = numbers(both.resolve("attribution.npy"), pixels);
    for (int i = 0; i < sum.length; i++) {
      assertEquals(sum[i] / 2, mean[i], 1e-5f);
    }
    assertTrue(Files.exists(both.resolve("b-overlay.png")));
    assertTrue(!Files.exists(both.resolve("scores.npy")));
  }

  @Test
  void sameInputSameBytes() throws IOException {
    assertEquals(0, sweep("--quiet").exitCode());
    Path before = out;
    out = folder.resolve("again");
    assertEquals(0, sweep("--quiet").exitCode());
    for (String name : List.of("scores.npy", "attribution.npy", "b-heatmap.png")) {
      assertEquals(-1, Files.mismatch(before.resolve(name), out.resolve(name)), name);
    }
  }

  @Test
  void imagesAreReadInNameOrderAndHiddenFilesAreNot() throws IOException {
    Path pictures = Files.createDirectory(folder.resolve("pictures"));
    Files.copy(picture, pictures.resolve("z.png"));
    Files.copy(picture, pictures.resolve("a.PNG"));
    text("pictures/.hidden.png", "no picture");
    text("pictures/NOTE", "no picture");
    var run = run("predict", "--images", pictures, "--quiet");
    assertEquals(0, run.exitCode(), run.err());
    assertEquals("", run.out() + run.err());
    assertEquals("a.PNG", json("predictions.json").at("/images/0/image").asString());
    assertEquals("z.png", json("predictions.json").at("/images/1/image").asString());
  }

  @Test
  void twoPicturesOfOneNameKeepTheirFiles() throws IOException {
    Path other = Files.createDirectory(folder.resolve("other")).resolve("b.png");
    Files.copy(picture, other);
    assertEquals(0, sweep("--image", other).exitCode());
    assertTrue(Files.exists(out.resolve("b.png-heatmap.png")));
    assertTrue(Files.exists(out.resolve("b.png-2-heatmap.png")));
  }

  @Test
  void inspectListsNodesAndFields() throws IOException {
    assertEquals(0, run("inspect").exitCode());
    JsonNode json = json("model.json");
    JsonNode conv = json.at("/nodes/0");
    assertEquals("first", conv.get("name").asString());
    assertEquals("Conv", conv.get("op").asString());
    assertEquals("[1,5,12,10]", conv.get("shape").toString());
    assertEquals(135, conv.get("parameters").asInt());
    assertEquals(135 * 120, conv.get("macs").asInt());
    assertEquals(
        "{\"size\":[3,3],\"stride\":[1,1],\"offset\":[-1,-1]}",
        conv.get("receptiveField").toString());
    assertEquals(135 + 2400, json.at("/totals/parameters").asInt());
    assertEquals(135 * 120 + 2400, json.at("/totals/macs").asInt());
  }

  @Test
  void fillsOfEveryKind() throws IOException {
    assertEquals(0, sweep("--fill", "0.5").exitCode());
    assertEquals(0, sweep("--fill", "1,2,-3").exitCode());
    float[] given = numbers(out.resolve("scores.npy"), Shape.of(1, 3, 3));
    assertEquals(0, sweep("--preprocess", "unit", "--fill-rgb", "255,0,51").exitCode());
    float[] colour = numbers(out.resolve("scores.npy"), Shape.of(1, 3, 3));
    assertEquals(0, sweep("--preprocess", "unit", "--fill", "1,0,0.2").exitCode());
    assertArrayEquals(colour, numbers(out.resolve("scores.npy"), Shape.of(1, 3, 3)), 1e-6f);
    assertTrue(!Arrays.equals(given, colour));
  }

  @Test
  void wrongOptionsAreTwo() {
    sweep("--patch", "99").assertFailed(2, "--patch");
    sweep("--patch", "x").assertFailed(2, "");
    run("occlusion", "--image", picture, "--patch", "13").assertFailed(2, "larger");
    run("occlusion", "--image", picture, "--patch", "0").assertFailed(2, "patch");
    run("occlusion", "--image", picture, "--patch", "4,x").assertFailed(2, "'x'");
    run("occlusion", "--image", picture, "--patch", "4,").assertFailed(2, "''");
    run("occlusion", "--image", picture, "--patch", "4,5,4x4").assertFailed(2, "twice");
    run("occlusion", "--image", picture, "--patch", "4,13").assertFailed(2, "larger");
    sweep("--stride", "0").assertFailed(2, "stride");
    sweep("--stride", "99999999999").assertFailed(2, "stride");
    sweep("--fill", "1,2").assertFailed(2, "fill");
    sweep("--fill", "NaN").assertFailed(2, "fill");
    sweep("--fill", "red").assertFailed(2, "red");
    sweep("--fill-rgb", "1,2").assertFailed(2, "three");
    sweep("--fill-rgb", "1,2,256").assertFailed(2, "255");
    sweep("--fill", "1", "--fill-rgb", "1,2,3").assertFailed(2, "exclude");
    sweep("--edge", "round").assertFailed(2, "clip");
    sweep("--mode", "quick").assertFailed(2, "exact");
    sweep("--score", "share").assertFailed(2, "probability");
    sweep("--colors", "pink").assertFailed(2, "blue-red");
    sweep("--target", "4").assertFailed(2, "0 to 3");
    sweep("--target", "-1").assertFailed(2, "0 to 3");
    sweep("--target", "unicorn").assertFailed(2, "unicorn");
    sweep("--track", "frist").assertFailed(2, "first");
    sweep("--track", "conv#2").assertFailed(2, "conv#2");
    sweep("--threads", "0").assertFailed(2, "threads");
    sweep("--batch", "0").assertFailed(2, "batch");
    sweep("--batch", "many").assertFailed(2, "batch");
    sweep("--device", "tpu").assertFailed(2, "tpu");
    sweep("--preprocess", "imagnet").assertFailed(2, "imagenet");
    sweep("--images", folder).assertFailed(2, "exclude");
    run("occlusion").assertFailed(2, "nothing to look at");
    run("predict", "--image", picture, "--top", "0").assertFailed(2, "--top");
    run("predict", "--image", picture, "--tpo", "1").assertFailed(2, "--tpo");
    CommandRun.of("predict", "--image", picture.toString()).assertFailed(2, "--model");
    CommandRun.of("paint").assertFailed(2, "paint");
    CommandRun.of().assertFailed(2, "no command");
  }

  @Test
  void unusableInputsAreThree() throws IOException {
    Path missing = folder.resolve("missing");
    run("predict", "--image", missing).assertFailed(3, missing + ": no such file");
    run("predict", "--image", folder).assertFailed(3, "folder");
    run("predict", "--image", text("t.png", "text")).assertFailed(3, "t.png");
    run("predict", "--image", text("e.png", "")).assertFailed(3, "empty");
    run("predict", "--images", missing).assertFailed(3, "no such folder");
    run("predict", "--images", picture).assertFailed(3, "is no folder");
    Path empty = Files.createDirectory(folder.resolve("empty"));
    run("predict", "--images", empty).assertFailed(3, "no pictures");
    run("predict", "--image", picture, "--labels", missing).assertFailed(3, "no such file");
    run("predict", "--image", picture, "--labels", text("l", "")).assertFailed(3, "no labels");
    run("predict", "--image", picture, "--preprocess", text("p.json", "{"))
        .assertFailed(3, "p.json");
    run("predict", "--input", text("x.npy", "text")).assertFailed(3, "x.npy");
    Shape right = Shape.of(2, 3, 12, 10);
    run("predict", "--input", array("n.npy", right, Float.NaN)).assertFailed(3, "NaN");
    run("predict", "--input", array("i.npy", right, Float.POSITIVE_INFINITY))
        .assertFailed(3, "Infinity");
    run("predict", "--input", array("s.npy", Shape.of(2, 3, 10, 12), 0))
        .assertFailed(3, "[2,3,10,12]");
    run("predict", "--input", array("o.npy", Shape.of(3, 12, 10), 0)).assertFailed(3, "o.npy");
    model = text("bad.onnx", "text");
    run("inspect").assertFailed(3, "bad.onnx");
    model = missing;
    run("inspect").assertFailed(3, "no such file");
    model = folder;
    run("inspect").assertFailed(3, "folder");
  }

  @Test
  void aDeviceThatIsNotHereIsFour() {
    sweep("--device", "cuda:7").assertFailed(4, "cuda:7 is not available");
  }

  @Test
  void anOutputThatCantBeWrittenIsTwo() throws IOException {
    out = text("file", "in the way");
    sweep().assertFailed(2, "in the way");
    assertEquals("in the way", Files.readString(out, StandardCharsets.UTF_8));
  }

  @Test
  void nothingIsLeftOfWhatFailed() throws IOException {
    Path other = text("c.png", "text");
    assertEquals(3, sweep("--image", other).exitCode());
    try (Stream<Path> files = Files.list(out)) {
      assertEquals(List.of(), files.toList());
    }
  }

  @Test
  void aStackTraceIsShownWhenAskedFor() {
    var run = sweep("--target", "unicorn", "--stacktrace");
    assertEquals(2, run.exitCode());
    assertTrue(run.err().contains("\tat io.convlens."), run.err());
  }

  @Test
  void benchTimesBothModes() throws IOException {
    var run = run("bench", "--patch", "4", "--stride", "3", "--rounds", "2");
    assertEquals(0, run.exitCode(), run.err());
    JsonNode json = json("bench.json");
    assertEquals("full", json.at("/modes/0/mode").asString());
    assertEquals("exact", json.at("/modes/1/mode").asString());
    assertEquals(2, json.at("/modes/1/secondsEachRound").size());
    assertTrue(json.at("/modes/1/timesFull").asDouble() > 0);
    assertEquals(1, json.at("/modes/0/timesFull").asDouble());
    run("bench", "--rounds", "0").assertFailed(2, "rounds");
    run("bench", "--against", "cpu", "--device", "cpu")
        .assertFailed(2, "the device is the CPU itself");
    run("bench", "--against", "onnxruntime").assertFailed(2, "not in this installation");
    run("bench", "--against", "me").assertFailed(2, "one of full, cpu, onnxruntime");
  }

  @Test
  void aSelfTestOfNothingIsRefused() {
    CommandRun.of("selftest", "--device", "cpu", "--some", "0").assertFailed(2, "--some 0");
  }

  @Test
  void helpAndVersion() {
    assertEquals(0, CommandRun.of("--help").exitCode());
    assertTrue(CommandRun.of("--version").out().matches("ConvLens \\d+\\.\\d+\\.\\d+\\s*"));
    assertTrue(CommandRun.of("occlusion", "--help").out().contains("--fill-rgb"));
    assertTrue(CommandRun.of("devices").out().startsWith("cpu"));
  }
}
