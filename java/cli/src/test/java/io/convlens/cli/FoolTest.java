package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.graph.OnnxBuilder;
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

/** The command {@code fool}: its files, and what it says to wrong wishes. */
final class FoolTest {
  @TempDir Path folder;
  private Workplace work;
  private Path pictures;

  @BeforeEach
  void files() throws IOException {
    work = Workplace.of(folder, TinyNetwork.write(folder.resolve("net.onnx")));
    pictures = work.pictures(2, 10, 12);
  }

  /** The saved picture says the same to the network, and differs by what the JSON says. */
  @Test
  void survivesBeingSaved() throws IOException {
    Object[] args = {
      "--images",
      pictures,
      "--preprocess",
      "unit",
      "--target",
      3,
      "--epsilon",
      120,
      "--norm",
      "linf"
    };
    work.good("fool", args);
    JsonNode json = work.json("fool.json");
    for (int i = 0; i < 2; i++) {
      JsonNode entry = json.at("/pictures/" + i);
      Path saved = work.out().resolve("p0" + i + "-fooled.png");
      assertTrue(entry.get("fooled").asBoolean());
      assertTrue(entry.get("probabilityBefore").asDouble() < 0.9);
      Workplace check = work.to("check" + i);
      check.good("predict", "--image", saved, "--preprocess", "unit");
      JsonNode best = check.json("predictions.json").at("/images/0/top/0");
      assertEquals(3, best.get("index").asInt());
      assertEquals(
          entry.get("probabilityAfter").asDouble(), best.get("probability").asDouble(), 1e-6);
      checkSize(Picture.read(pictures.resolve("p0" + i + ".png")), Picture.read(saved), entry);
      assertTrue(Picture.read(work.out().resolve("p0" + i + "-fool.png")).width() > 500);
    }
    work.numbers("fool.npy", 2, 3, 12, 10);
    Workplace again = work.to("again");
    again.good("fool", args);
    assertEquals(
        -1, Files.mismatch(work.out().resolve("fool.npy"), again.out().resolve("fool.npy")));
  }

  private static void checkSize(Picture from, Picture to, JsonNode entry) {
    byte[] a = from.toRgb();
    byte[] b = to.toRgb();
    double squares = 0;
    int largest = 0;
    for (int i = 0; i < a.length; i++) {
      int off = Math.abs((b[i] & 0xff) - (a[i] & 0xff));
      squares += off * off;
      largest = Math.max(largest, off);
    }
    assertEquals(largest, entry.get("linf").asDouble());
    assertTrue(largest <= 120);
    assertEquals(Math.sqrt(squares), entry.get("l2").asDouble(), 1e-6);
  }

  /** An array is a picture that its preprocessing has made. */
  @Test
  void arraysAreChangedAsPictures() throws IOException {
    Object[] how = {"--preprocess", "unit", "--target", 3, "--epsilon", 60};
    float[] pixels = new float[720];
    for (int i = 0; i < 2; i++) {
      byte[] rgb = Picture.read(pictures.resolve("p0" + i + ".png")).toRgb();
      for (int k = 0; k < rgb.length; k++) {
        pixels[i * 360 + k % 3 * 120 + k / 3] = (rgb[k] & 0xff) / 255f;
      }
    }
    Path array = work.array("x.npy", pixels, 2, 3, 12, 10);
    Workplace other = work.to("array");
    List<Object> args = new ArrayList<>(List.of(how));
    args.addAll(List.of("--input", array));
    other.good("fool", args.toArray());
    args.addAll(List.of("--images", pictures));
    args.removeAll(List.of("--input", array));
    work.good("fool", args.toArray());
    assertEquals(
        -1, Files.mismatch(work.out().resolve("fool.npy"), other.out().resolve("fool.npy")));
    Path sheet = other.out().resolve("x-1-fool.png");
    assertEquals(-1, Files.mismatch(work.out().resolve("p01-fool.png"), sheet));
    assertEquals("x.npy[1]", other.json("fool.json").at("/pictures/1/image").asString());
  }

  /** A limit that is too small is no failure of the command: it says so. */
  @Test
  void whatIsNotReachedIsSaid() throws IOException {
    Path one = pictures.resolve("p00.png");
    var run =
        work.run(
            "fool", "--image", one, "--target", 0, "--epsilon", 1, "--confidence", 1, "--steps", 2);
    assertEquals(0, run.exitCode(), run.err());
    JsonNode entry = work.json("fool.json").at("/pictures/0");
    assertEquals(1, entry.get("linf").asDouble());
    assertEquals(entry.get("fooled").asBoolean(), !run.err().contains("is not taken for"));
  }

  @Test
  void limitOfLengthHolds() throws IOException {
    work.good(
        "fool", "--images", pictures, "--target", 1, "--norm", "l2", "--epsilon", 25, "--step", 5);
    for (JsonNode entry : work.json("fool.json").get("pictures")) {
      assertTrue(entry.get("l2").asDouble() <= 25);
    }
  }

  @Test
  void wrongWishesAreOneLine() throws IOException {
    Path one = pictures.resolve("p00.png");
    work.run("fool", "--image", one).assertFailed(2, "--target");
    work.run("fool", "--image", one, "--target", "auto").assertFailed(2, "--target");
    work.run("fool", "--image", one, "--target", 4).assertFailed(2, "0 to 3");
    work.run("fool", "--target", 1).assertFailed(2, "nothing to look at");
    work.run("fool", "--image", one, "--target", 1, "--norm", "l3").assertFailed(2, "linf, l2");
    work.run("fool", "--image", one, "--target", 1, "--epsilon", "-1").assertFailed(2, "epsilon");
    work.run("fool", "--image", one, "--target", 1, "--epsilon", "0.5").assertFailed(2, "8 bits");
    work.run("fool", "--image", one, "--target", 1, "--confidence", 2)
        .assertFailed(2, "confidence");
    work.run("fool", "--image", folder.resolve("no.png"), "--target", 1)
        .assertFailed(3, "no such file");
    float[] levels = new float[360];
    levels[7] = 256;
    Path array = work.array("levels.npy", levels, 1, 3, 12, 10);
    work.run("fool", "--input", array, "--target", 1, "--preprocess", "unit")
        .assertFailed(3, "levels.npy[0]: holds 256.0 (element 7), a sample of 65280");
    var flat = new OnnxBuilder(13);
    String steps = flat.node("Sign", flat.input("x", -1, 3, 12, 10)).named("steps").out();
    flat.output(flat.node("Flatten", flat.node("GlobalAveragePool", steps).out()).out());
    Workplace none = Workplace.of(folder, flat.write(folder.resolve("flat.onnx")));
    none.run("fool", "--image", one, "--target", 1).assertFailed(2, "Sign (node 'steps')");
    assertFalse(Files.exists(none.out().resolve("fool.npy")));
  }

  @Test
  void squeezeNetTakesACatForAVolcano() throws IOException {
    Path model = Shared.need("models/squeezenet1.1/squeezenet_fp32.onnx");
    Path cat = Shared.need("images/chelsea.png");
    Workplace squeeze = Workplace.of(folder, model);
    squeeze.good("fool", "--image", cat, "--preprocess", "caffe", "--target", 980);
    JsonNode entry = squeeze.json("fool.json").at("/pictures/0");
    assertTrue(entry.get("fooled").asBoolean());
    assertTrue(entry.get("probabilityAfter").asDouble() >= 0.9);
    assertTrue(entry.get("linf").asDouble() <= 8);
  }
}
