package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.image.Picture;
import io.convlens.synthesis.InvertOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The command {@code invert}: its files, and what it says to wrong wishes. */
final class InvertTest {
  @TempDir Path folder;
  private Workplace work;
  private Path input;

  @BeforeEach
  void files() throws IOException {
    work = Workplace.of(folder, TinyNetwork.write(folder.resolve("net.onnx")));
    input = work.array("x.npy", 2, 3, 12, 10);
  }

  @Test
  void writesItsFilesTheSameAgain() throws IOException {
    String[] free = {"--tv", "0", "--norm", "0", "--bands", "0", "--steps", "600"};
    List<Object> all = new ArrayList<>(List.of("--input", input, "--preprocess", "unit"));
    all.addAll(List.of("--layer", "first", "--layer", "open"));
    all.addAll(List.of(free));
    Object[] args = all.toArray();
    work.good("invert", args);
    float[] found = work.numbers("first-inverted.npy", 2, 3, 12, 10);
    float[] from = new Workplace(folder, work.model(), folder).numbers("x.npy", 2, 3, 12, 10);
    double off = 0;
    double grey = 0;
    for (int i = 0; i < from.length; i++) {
      off += Math.abs(found[i] - from[i]);
      grey += Math.abs(0.5 - from[i]);
    }
    // Five channels of three leave nothing open.
    assertTrue(off < 0.01 * grey, off + " of " + grey);
    JsonNode json = work.json("invert.json");
    for (int i = 0; i < 2; i++) {
      double error = json.at("/layers/0/relativeError/" + i).asDouble();
      assertTrue(error < 0.2 * json.at("/layers/0/startError/" + i).asDouble());
    }
    assertEquals("open", json.at("/layers/1/layer").asString());
    Picture sheet = Picture.read(work.out().resolve("x-1-invert.png"));
    assertTrue(sheet.width() > 500);
    Workplace again = work.to("again");
    again.good("invert", args);
    for (String file : new String[] {"first-inverted.npy", "open-inverted.npy"}) {
      assertEquals(-1, Files.mismatch(work.out().resolve(file), again.out().resolve(file)), file);
    }
  }

  /** Defaults are written twice: for people who read --help and for the library. */
  @Test
  void defaultsAreTheLibrarys() throws IOException {
    work.good("invert", "--input", input, "--layer", "first");
    Map<String, Object> library = new LinkedHashMap<>();
    InvertArguments.describe(InvertOptions.DEFAULT, library);
    JsonNode options = work.json("invert.json").get("options");
    library.forEach(
        (name, value) ->
            assertEquals(((Number) value).doubleValue(), options.get(name).asDouble(), name));
  }

  @Test
  void wrongWishesAreOneLine() {
    work.run("invert", "--input", input).assertFailed(2, "--layer");
    work.run("invert", "--layer", "first").assertFailed(2, "nothing to look at");
    work.run("invert", "--input", input, "--layer", "frist").assertFailed(2, "first");
    work.run("invert", "--input", input, "--layer", "first", "--beta", "0.5")
        .assertFailed(2, "beta 0.5");
    work.run("invert", "--input", input, "--layer", "first", "--steps", "-3")
        .assertFailed(2, "steps -3");
    work.run("invert", "--input", folder.resolve("no.npy"), "--layer", "first")
        .assertFailed(3, "no such file");
    Path dark = work.array("dark.npy", new float[360], 1, 3, 12, 10);
    work.run("invert", "--input", dark, "--layer", "first").assertFailed(2, "zero everywhere");
  }

  @Test
  void squeezeNetsFirstLayerKeepsThePicture() throws IOException {
    Path model = Shared.need("models/squeezenet1.1/squeezenet_fp32.onnx");
    Path cat = Shared.need("images/chelsea.png");
    Workplace squeeze = Workplace.of(folder, model);
    squeeze.good(
        "invert",
        "--preprocess",
        "caffe",
        "--image",
        cat,
        "--layer",
        "conv#1",
        "--layer",
        "fire9/concat_1",
        "--steps",
        40);
    JsonNode layers = squeeze.json("invert.json").get("layers");
    double first = layers.at("/0/relativeError/0").asDouble();
    double last = layers.at("/1/relativeError/0").asDouble();
    assertTrue(first < 0.15, "conv#1: " + first);
    assertTrue(last > first && last < 0.8, "fire9: " + last);
  }
}
