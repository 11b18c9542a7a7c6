package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.graph.OnnxBuilder;
import io.convlens.image.Picture;
import io.convlens.synthesis.MaximizeOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The command {@code maximize}: its files, and what it says to wrong wishes. */
final class MaximizeTest {
  @TempDir Path folder;
  private Workplace work;

  @BeforeEach
  void files() throws IOException {
    work = Workplace.of(folder, TinyNetwork.write(folder.resolve("net.onnx")));
  }

  @Test
  void writesWhatTheNetworkSaysTheSameOf() throws IOException {
    Path labels = TinyNetwork.labels(folder.resolve("labels.txt"));
    Object[] args = {"--labels", labels, "--target", "hen", "--target", 3, "--preprocess", "unit"};
    work.good("maximize", args);
    float[] made = work.numbers("maximize.npy", 2, 3, 12, 10);
    for (float v : made) {
      assertTrue(v >= 0 && v <= 1);
    }
    JsonNode json = work.json("maximize.json");
    assertEquals("hen", json.at("/pictures/0/label").asString());
    assertEquals(3, json.at("/pictures/1/target").asInt());
    Workplace check = work.to("check");
    check.good("predict", "--input", work.out().resolve("maximize.npy"), "--top", 4);
    for (int i = 0; i < 2; i++) {
      double end = json.at("/pictures/" + i + "/end").asDouble();
      assertTrue(end > json.at("/pictures/" + i + "/start").asDouble());
      assertEquals(logit(check, i, 2 + i), end, 1e-4);
    }
    Picture own = Picture.read(work.out().resolve("class-2.png"));
    assertEquals(10, own.width());
    assertEquals(Math.rint(255 * made[0]), own.rgb(0, 0) >> 16);
    assertTrue(Files.exists(work.out().resolve("maximize.png")));
    Workplace again = work.to("again");
    again.good("maximize", args);
    assertEquals(
        -1,
        Files.mismatch(work.out().resolve("maximize.npy"), again.out().resolve("maximize.npy")));
  }

  private static double logit(Workplace check, int image, int index) throws IOException {
    for (JsonNode entry : check.json("predictions.json").at("/images/" + image + "/top")) {
      if (entry.get("index").asInt() == index) {
        return entry.get("logit").asDouble();
      }
    }
    throw new AssertionError("class " + index + " is not among the answers");
  }

  @Test
  void unitsOfALayer() throws IOException {
    work.good("maximize", "--layer", "first", "--unit", "0-2,4", "--steps", 20);
    work.numbers("maximize.npy", 4, 3, 12, 10);
    JsonNode json = work.json("maximize.json");
    assertEquals(4, json.at("/pictures/3/unit").asInt());
    assertEquals("all", json.at("/pictures/3/place").asString());
    assertTrue(Files.exists(work.out().resolve("first-unit-4.png")));
    Workplace one = work.to("one");
    one.good("maximize", "--layer", "open", "--place", "0,9", "--steps", 20);
    assertEquals(9, one.json("maximize.json").at("/pictures/0/place/1").asInt());
  }

  /** Defaults are written twice: for people who read --help and for the library. */
  @Test
  void defaultsAreTheLibrarys() throws IOException {
    work.good("maximize", "--target", 0);
    Map<String, Object> library = new LinkedHashMap<>();
    MaximizeArguments.describe(MaximizeOptions.DEFAULT, library);
    JsonNode options = work.json("maximize.json").get("options");
    library.forEach(
        (name, value) ->
            assertEquals(((Number) value).doubleValue(), options.get(name).asDouble(), name));
  }

  @Test
  void wrongWishesAreOneLine() {
    work.run("maximize").assertFailed(2, "--target");
    work.run("maximize", "--target", 1, "--layer", "first").assertFailed(2, "exclude");
    work.run("maximize", "--target", 4).assertFailed(2, "0 to 3");
    work.run("maximize", "--target", "auto").assertFailed(2, "name a class");
    work.run("maximize", "--target", "yak").assertFailed(2, "not among the labels");
    work.run("maximize", "--layer", "frist").assertFailed(2, "first");
    work.run("maximize", "--layer", "first", "--unit", 5).assertFailed(2, "0 to 4");
    work.run("maximize", "--layer", "first", "--unit", "a").assertFailed(2, "--unit a");
    work.run("maximize", "--layer", "first", "--unit", "3-1").assertFailed(2, "smaller");
    work.run("maximize", "--layer", "first", "--place", "12,0").assertFailed(2, "0 to 11");
    work.run("maximize", "--layer", "first", "--place", "x").assertFailed(2, "--place");
    work.run("maximize", "--layer", "gemm#1", "--place", "0,0").assertFailed(2, "no places");
    work.run("maximize", "--target", 1, "--steps", "0").assertFailed(2, "steps 0");
    work.run("maximize", "--target", 1, "--steps", "x").assertFailed(2, "--steps");
    work.run("maximize", "--target", 1, "--rate", "nan").assertFailed(2, "rate");
    work.run("maximize", "--target", 1, "--preprocess", "none").assertFailed(2, "--preprocess");
  }

  @Test
  void unusableNetworksAreOneLine() throws IOException {
    var two = new OnnxBuilder(13);
    String x = two.input("x", -1, 2, 6, 6);
    two.output(two.node("Flatten", two.node("GlobalAveragePool", x).out()).out());
    Workplace of = Workplace.of(folder, two.write(folder.resolve("two.onnx")));
    of.run("maximize", "--target", 1).assertFailed(3, "1 or 3 channels");
    var flat = new OnnxBuilder(13);
    String steps = flat.node("Sign", flat.input("x", -1, 3, 6, 6)).named("steps").out();
    flat.output(flat.node("Flatten", flat.node("GlobalAveragePool", steps).out()).out());
    Workplace none = Workplace.of(folder, flat.write(folder.resolve("flat.onnx")));
    none.run("maximize", "--target", 1).assertFailed(2, "only through Sign (node 'steps')");
    var bad = new OnnxBuilder(13);
    String image = bad.input("x", -1, 3, 6, 6);
    String infinite = bad.node("Log", bad.node("Sub", image, image).out()).out();
    bad.output(bad.node("Flatten", bad.node("GlobalAveragePool", infinite).out()).out());
    Workplace broken = Workplace.of(folder, bad.write(folder.resolve("bad.onnx")));
    broken.run("maximize", "--target", 1).assertFailed(3, "no finite");
  }

  /** The built-in network is sure of what was made for it. */
  @Test
  void builtInNetworkSeesItsClasses() throws IOException {
    DemoMaterial.read().unpack(folder);
    Workplace demo = Workplace.of(folder, folder.resolve(DemoMaterial.MODEL));
    Object[] args = {"--labels", folder.resolve(DemoMaterial.LABELS), "--preprocess", "unit"};
    demo.good("maximize", args[0], args[1], args[2], args[3], "--target", 1, "--target", 8);
    demo.good("predict", "--input", demo.out().resolve("maximize.npy"), "--labels", args[1]);
    JsonNode said = demo.json("predictions.json").get("images");
    assertEquals(1, said.at("/0/top/0/index").asInt());
    assertEquals(8, said.at("/1/top/0/index").asInt());
    assertTrue(said.at("/0/top/0/probability").asDouble() > 0.9);
  }

  @Test
  void squeezeNetSeesAFlamingo() throws IOException {
    Path model = Shared.need("models/squeezenet1.1/squeezenet_fp32.onnx");
    Path labels = Shared.need("models/squeezenet1.1/labels.txt");
    Workplace squeeze = Workplace.of(folder, model);
    squeeze.good(
        "maximize",
        "--labels",
        labels,
        "--preprocess",
        "caffe",
        "--target",
        "flamingo",
        "--steps",
        24);
    squeeze.good("predict", "--labels", labels, "--input", squeeze.out().resolve("maximize.npy"));
    JsonNode best = squeeze.json("predictions.json").at("/images/0/top/0");
    assertEquals("flamingo", best.get("label").asString());
    assertTrue(best.get("probability").asDouble() > 0.9);
  }
}
