package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.image.Picture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The command {@code activations}: its files and figures. */
final class ActivationsTest {
  @TempDir Path folder;
  private Workplace work;
  private Path input;

  @BeforeEach
  void files() throws IOException {
    Path model = Workplace.networkWithDeadChannels(folder.resolve("net.onnx"), -100);
    work = Workplace.of(folder, model);
    input = work.array("x.npy", 5, 2, 8, 9);
  }

  @Test
  void filesAndFigures() throws IOException {
    work.good("activations", "--input", input, "--layer", "relu_a", "--layer", "dense");
    float[] maps = work.numbers("relu_a.npy", 5, 4, 6, 7);
    work.numbers("dense.npy", 5, 2);
    JsonNode json = work.json("activations.json");
    assertEquals(5, json.get("images").asInt());
    JsonNode layer = json.at("/layers/0");
    assertEquals("relu_a", layer.get("layer").asString());
    assertEquals("Relu", layer.get("op").asString());
    assertEquals("[4,6,7]", layer.get("shape").toString());
    assertEquals("[2]", json.at("/layers/1/shape").toString());
    int zeros = 0;
    int active = 0;
    for (int i = 0; i < maps.length; i++) {
      zeros += maps[i] == 0 ? 1 : 0;
      active += i % (4 * 42) < 42 && maps[i] > 0 ? 1 : 0;
    }
    assertEquals((double) zeros / maps.length, layer.get("zeros").asDouble(), 1e-12);
    assertEquals(active / 210.0, layer.at("/channels/0/active").asDouble(), 1e-12);
    assertEquals("[1,2,3]", layer.get("dead").toString());
    assertEquals(4, layer.get("channels").size());
    Picture sheet = Picture.read(work.out().resolve("relu_a.png"));
    assertTrue(sheet.width() > 300 && sheet.height() > 200);
    assertTrue(Files.exists(work.out().resolve("dense.png")));
  }

  @Test
  void causesOfDeath() throws IOException {
    work.good("activations", "--input", input, "--layer", "relu_a", "--layer", "relu_b");
    JsonNode causes = work.json("activations.json").at("/layers/0/causes");
    assertEquals("weights", causes.at("/0/cause").asString());
    assertTrue(causes.at("/0/words").asString().contains("all are 0"));
    assertEquals("bias", causes.at("/1/cause").asString());
    assertEquals("weights", causes.at("/2/cause").asString());
    JsonNode second = work.json("activations.json").at("/layers/1");
    assertEquals("[0]", second.get("dead").toString());
    assertEquals("dead-input", second.at("/causes/0/cause").asString());
    // With five pictures: 1 - 0.05^(1/5).
    assertEquals(0.4507, second.get("firingRateBound").asDouble(), 1e-4);
  }

  @Test
  void defaultsAndNames() throws IOException {
    work.good("activations", "--input", input);
    JsonNode layers = work.json("activations.json").get("layers");
    assertEquals(4, layers.size());
    for (String name : new String[] {"conv_a", "relu_a", "conv_b", "relu_b"}) {
      assertTrue(Files.exists(work.out().resolve(name + ".npy")), name);
    }
    Workplace other = work.to("again");
    other.good("activations", "--input", input, "--layer", "conv#2", "--layer", "conv#2");
    assertTrue(Files.exists(other.out().resolve("conv#2.npy")));
    assertEquals(1, other.json("activations.json").get("layers").size());
    assertEquals(
        -1, Files.mismatch(other.out().resolve("conv#2.npy"), work.out().resolve("conv_b.npy")));
  }

  @Test
  void checkpointsGiveACourse() throws IOException {
    Path early = Workplace.networkWithDeadChannels(folder.resolve("early.onnx"), 1);
    var run =
        CommandRun.of(
            "activations",
            "--model",
            early.toString(),
            "--model",
            work.model().toString(),
            "--input",
            input.toString(),
            "--layer",
            "relu_a",
            "--out",
            work.out().toString());
    assertEquals(0, run.exitCode(), run.err());
    JsonNode course = work.json("activations.json").get("course");
    assertEquals(2, course.size());
    assertEquals(2, course.at("/0/layers/0/dead").asInt());
    assertEquals(3, course.at("/1/layers/0/dead").asInt());
    assertTrue(
        course.at("/0/layers/0/zeros").asDouble() < course.at("/1/layers/0/zeros").asDouble());
    assertEquals("[1,2,3]", work.json("activations.json").at("/layers/0/dead").toString());
  }

  @Test
  void picturesAndOrders() throws IOException {
    Path model = TinyNetwork.write(folder.resolve("tiny.onnx"));
    Workplace tiny = new Workplace(folder, model, folder.resolve("tiny"));
    Path pictures = tiny.pictures(7, 20, 24);
    tiny.good("activations", "--images", pictures, "--layer", "open", "--order", "index");
    float[] all = tiny.numbers("open.npy", 7, 5, 12, 10);
    Workplace one = tiny.to("one");
    one.good(
        "activations", "--image", pictures.resolve("p03.png"), "--layer", "open", "--batch", 1);
    float[] alone = one.numbers("open.npy", 1, 5, 12, 10);
    for (int i = 0; i < alone.length; i++) {
      assertEquals(alone[i], all[3 * alone.length + i], 1e-5f);
    }
  }

  @Test
  void sameInputsSameBytes() throws IOException {
    work.good("activations", "--input", input);
    Workplace again = work.to("again");
    again.good("activations", "--input", input);
    for (String name : new String[] {"relu_a.npy", "relu_a.png", "conv_b.npy"}) {
      assertEquals(-1, Files.mismatch(work.out().resolve(name), again.out().resolve(name)), name);
    }
  }

  @Test
  void howItFails() throws IOException {
    work.run("activations", "--input", input, "--layer", "rely_a").assertFailed(2, "relu_a");
    work.run("activations", "--input", input, "--order", "size").assertFailed(2, "strength");
    work.run("activations", "--input", input, "--channels", "0").assertFailed(2, "--channels");
    work.run("activations").assertFailed(2, "nothing to look at");
    work.run("predict", "--input", input, "--model", work.model()).assertFailed(2, "--model");
    Path huge = work.array("huge.npy", huge(), 1, 2, 8, 9);
    work.run("activations", "--input", huge).assertFailed(3, "huge.npy[0]");
    assertFalse(Files.exists(work.out().resolve("conv_a.npy")));
  }

  private static float[] huge() {
    float[] values = new float[144];
    Arrays.fill(values, Float.MAX_VALUE);
    return values;
  }
}
