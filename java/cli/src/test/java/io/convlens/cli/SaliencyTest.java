package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.graph.OnnxBuilder;
import io.convlens.image.Picture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The command {@code saliency}: its files, and what it says to wrong wishes. */
final class SaliencyTest {
  @TempDir Path folder;
  private Workplace work;
  private Path input;

  @BeforeEach
  void files() throws IOException {
    work = Workplace.of(folder, TinyNetwork.write(folder.resolve("net.onnx")));
    input = work.array("x.npy", 3, 3, 12, 10);
  }

  @Test
  void everyMethodWritesItsFiles() throws IOException {
    for (String method :
        List.of(
            "gradient",
            "input-x-gradient",
            "smoothgrad",
            "vargrad",
            "integrated-gradients",
            "deconvnet",
            "guided-backprop",
            "expected-gradients",
            "deeplift",
            "lrp-epsilon",
            "guided-grad-cam")) {
      Workplace to = work.to(method);
      to.good("saliency", "--input", input, "--method", method, "--samples", 3, "--steps", 4);
      float[] shares = to.numbers("attribution.npy", 3, 3, 12, 10);
      boolean some = false;
      for (float v : shares) {
        some |= v != 0;
      }
      assertTrue(some, method);
      Picture figure = Picture.read(to.out().resolve("x-0-saliency.png"));
      assertTrue(figure.width() > 400, method);
    }
    for (String method : List.of("grad-cam", "grad-cam++", "layer-cam", "score-cam")) {
      Workplace to = work.to(method);
      to.good("saliency", "--input", input, "--method", method, "--layer", "open", "--relu");
      for (float v : to.numbers("attribution.npy", 3, 1, 12, 10)) {
        assertTrue(v >= 0, method);
      }
    }
  }

  @Test
  void jsonSaysWhatWasDone() throws IOException {
    work.good(
        "saliency",
        "--input",
        input,
        "--method",
        "integrated-gradients",
        "--rule",
        "gauss-legendre",
        "--steps",
        "auto",
        "--target",
        2);
    JsonNode json = work.json("saliency.json");
    assertEquals("[2,2,2]", json.get("target").toString());
    assertEquals(3, json.get("base").size());
    assertEquals("[3,12,10]", json.get("shape").toString());
    assertEquals("integrated-gradients", json.at("/options/method").asString());
    assertEquals("auto", json.at("/options/steps").asString());
    assertEquals("logit", json.at("/options/score").asString());
    float[] shares = work.numbers("attribution.npy", 3, 3, 12, 10);
    for (int i = 0; i < 3; i++) {
      double sum = 0;
      for (int k = 0; k < 360; k++) {
        sum += shares[i * 360 + k];
      }
      double difference = json.at("/difference/" + i).asDouble();
      assertEquals(sum - difference, json.at("/completenessGap/" + i).asDouble(), 1e-4);
      assertEquals(difference, sum, 0.011 * Math.abs(difference));
    }
  }

  /** The gradient of the command is that of the scores that predict gives. */
  @Test
  void isTheSlopeOfPredict() throws IOException {
    work.good("saliency", "--input", input, "--target", 1);
    float[] g = work.numbers("attribution.npy", 3, 3, 12, 10);
    double h = 1e-2;
    double square = 0;
    for (float v : g) {
      square += v * v;
    }
    float[] x = new float[1080];
    float[] moved = new float[1080];
    float[] start = numbers();
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) (start[i] - h * g[i]);
      moved[i] = (float) (start[i] + h * g[i]);
    }
    double slope = (sum(moved, "up") - sum(x, "down")) / (2 * h);
    assertEquals(square, slope, 0.02 * square);
  }

  private float[] numbers() {
    return new Workplace(folder, work.model(), folder).numbers("x.npy", 3, 3, 12, 10);
  }

  /** The sum of class 1's logits over three inputs. */
  private double sum(float[] x, String name) throws IOException {
    Workplace to = work.to(name);
    to.good(
        "predict",
        "--input",
        work.array(name + ".npy", x, 3, 3, 12, 10),
        "--top",
        TinyNetwork.CLASSES);
    double sum = 0;
    for (JsonNode image : to.json("predictions.json").get("images")) {
      for (JsonNode entry : image.get("top")) {
        sum += entry.get("index").asInt() == 1 ? entry.get("logit").asDouble() : 0;
      }
    }
    return sum;
  }

  @Test
  void sameBytesWhateverTheBatch() throws IOException {
    for (String method : List.of("smoothgrad", "integrated-gradients", "guided-grad-cam")) {
      Workplace one = work.to(method + "1");
      Workplace again = work.to(method + "2");
      Workplace two = work.to(method + "3");
      Object[] args = {"--input", input, "--method", method, "--samples", 5, "--steps", 5};
      one.good("saliency", args);
      again.good("saliency", args);
      Path array = one.out().resolve("attribution.npy");
      assertEquals(-1, Files.mismatch(array, again.out().resolve("attribution.npy")), method);
      two.good(
          "saliency",
          "--input",
          input,
          "--method",
          method,
          "--samples",
          5,
          "--steps",
          5,
          "--batch",
          2);
      assertArrayEquals(
          one.numbers("attribution.npy", 3, 3, 12, 10),
          two.numbers("attribution.npy", 3, 3, 12, 10),
          1e-5f,
          method);
    }
  }

  @Test
  void unitsAndBaselinesInTheJson() throws IOException {
    work.good("saliency", "--input", input, "--layer", "open", "--unit", "2,3,4");
    JsonNode json = work.json("saliency.json");
    assertEquals("[2,3,4]", json.at("/options/unit").toString());
    assertEquals("unit [2, 3, 4] of open", json.at("/label/0").asString());
    work.numbers("attribution.npy", 3, 3, 12, 10);
    work.good("saliency", "--input", input, "--method", "deeplift", "--baseline", "blur:1.5");
    JsonNode blur = work.json("saliency.json");
    assertEquals("blur:1.5", blur.at("/options/baseline").asString());
    assertEquals(3, blur.get("completenessGap").size());
    work.good("saliency", "--input", input, "--method", "conductance", "--layer", "open");
    work.numbers("attribution.npy", 3, 5, 12, 10);
  }

  /** A picture all the same under a network that is flat there: zeros, and figures of them. */
  @Test
  void zerosAreDrawn() throws IOException {
    Path dark = work.array("dark.npy", new float[360], 1, 3, 12, 10);
    work.good("saliency", "--input", dark, "--method", "input-x-gradient");
    for (float v : work.numbers("attribution.npy", 1, 3, 12, 10)) {
      assertEquals(0f, v);
    }
    assertTrue(Files.exists(work.out().resolve("dark-0-saliency.png")));
  }

  @Test
  void wrongWishesAreOneLine() throws IOException {
    work.run("saliency", "--input", input, "--target", 4).assertFailed(2, "0 to 3");
    work.run("saliency", "--input", input, "--method", "magic").assertFailed(2, "grad-cam");
    work.run("saliency", "--input", input, "--rule", "x").assertFailed(2, "gauss-legendre");
    work.run("saliency", "--input", input, "--steps", "0").assertFailed(2, "steps 0");
    work.run("saliency", "--input", input, "--sigma", "-1").assertFailed(2, "sigma");
    work.run("saliency", "--input", input, "--baseline", "nan").assertFailed(2, "baseline");
    work.run("saliency", "--input", input, "--baseline", "fog").assertFailed(2, "blur:SIGMA");
    work.run("saliency", "--input", input, "--baseline", "blur:0").assertFailed(2, "blur");
    work.run("saliency", "--input", input, "--epsilon", "0").assertFailed(2, "epsilon");
    work.run("saliency", "--input", input, "--unit", "1").assertFailed(2, "name one");
    work.run("saliency", "--input", input, "--unit", "5", "--layer", "open")
        .assertFailed(2, "not in layer 'open'");
    work.run("saliency", "--input", input, "--unit", "x", "--layer", "open")
        .assertFailed(2, "whole number");
    work.run("saliency", "--input", input, "--method", "conductance").assertFailed(2, "name one");
    Path other = work.array("other.npy", 2, 3, 12, 10);
    work.run("saliency", "--input", input, "--method", "integrated-gradients", "--baseline", other)
        .assertFailed(2, "one baseline");
    work.run("saliency", "--input", input, "--seed", "x").assertFailed(2, "--seed");
    work.run("saliency", "--input", input, "--layer", "opne").assertFailed(2, "open");
    work.run("saliency", "--input", input, "--method", "smoothgrad", "--layer", "open")
        .assertFailed(2, "takes no layer");
    work.run("saliency", "--input", input, "--method", "grad-cam", "--layer", "gemm#1")
        .assertFailed(2, "a map of channels");
    float[] bad = new float[360];
    bad[17] = Float.NaN;
    work.run("saliency", "--input", work.array("nan.npy", bad, 1, 3, 12, 10))
        .assertFailed(3, "NaN");
  }

  @Test
  void whatHasNoGradientIsNamed() throws IOException {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 3, 12, 10);
    String steps = b.node("Floor", x).named("steps").out();
    b.output(b.node("Flatten", b.node("GlobalAveragePool", steps).out()).out());
    Path model = b.write(folder.resolve("flat.onnx"));
    Workplace flat = Workplace.of(folder, model);
    flat.run("saliency", "--input", input).assertFailed(2, "only through Floor (node 'steps')");
  }
}
