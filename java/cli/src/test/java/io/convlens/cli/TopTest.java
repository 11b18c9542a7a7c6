package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.image.Picture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The command {@code top}: against loops over what {@code activations} writes. */
final class TopTest {
  private static final int PICTURES = 23;
  private static final int HEIGHT = 6;
  private static final int WIDTH = 7;
  private static final int PLACES = HEIGHT * WIDTH;

  @TempDir Path folder;
  private Workplace work;
  private Path input;

  @BeforeEach
  void files() throws IOException {
    Path model = Workplace.networkWithDeadChannels(folder.resolve("net.onnx"), -1);
    work = Workplace.of(folder, model);
    float[] values = new float[PICTURES * 144];
    var random = new Random(4);
    for (int i = 0; i < values.length; i++) {
      // The last pictures are the first ones again: ties.
      values[i] = i >= 15 * 144 ? values[i - 15 * 144] : random.nextFloat();
    }
    input = work.array("x.npy", values, PICTURES, 2, 8, 9);
  }

  private float[] maps(String layer, int channels) {
    Workplace all = work.to("all");
    all.good("activations", "--input", input, "--layer", layer);
    return all.numbers(layer + ".npy", PICTURES, channels, HEIGHT, WIDTH);
  }

  /** A picture's largest value in a map, or its mean, and the place of the largest. */
  private record Expected(int index, double value, int place) {}

  private static List<Expected> ranked(IntFunction<double[]> map, String by) {
    List<Expected> all = new ArrayList<>();
    for (int n = 0; n < PICTURES; n++) {
      double[] values = map.apply(n);
      int place = 0;
      double sum = 0;
      for (int p = 0; p < values.length; p++) {
        place = values[p] > values[place] ? p : place;
        sum += values[p];
      }
      all.add(new Expected(n, ranking(values, by, sum), place));
    }
    all.sort(Comparator.comparingDouble((Expected e) -> -e.value).thenComparingInt(e -> e.index));
    return all;
  }

  /** By counting: the least value that so many places do not exceed. */
  private static double ranking(double[] values, String by, double sum) {
    if (by.equals("mean")) {
      return (float) (sum / values.length);
    }
    double percent = by.equals("max") ? 100 : Double.parseDouble(by.substring(1));
    double least = Double.POSITIVE_INFINITY;
    for (double v : values) {
      double below = Arrays.stream(values).filter(w -> w <= v).count();
      least = 100 * below >= percent * values.length ? Math.min(least, v) : least;
    }
    return least;
  }

  private static double[] map(float[] maps, int channels, int picture, int channel) {
    double[] map = new double[PLACES];
    for (int p = 0; p < PLACES; p++) {
      map[p] = maps[(picture * channels + channel) * PLACES + p];
    }
    return map;
  }

  private static void check(List<Expected> expected, JsonNode top, int k, double tolerance) {
    assertEquals(Math.min(k, PICTURES), top.size());
    for (int i = 0; i < top.size(); i++) {
      JsonNode entry = top.get(i);
      Expected e = expected.get(i);
      assertEquals(e.index, entry.get("index").asInt(), "rank " + i);
      assertEquals("x.npy[" + e.index + "]", entry.get("image").asString());
      assertEquals(e.value, entry.get("value").asDouble(), tolerance);
      assertEquals(e.place / WIDTH, entry.get("y").asInt());
      assertEquals(e.place % WIDTH, entry.get("x").asInt());
    }
  }

  @Test
  void theBestOfEachUnitByLoops() throws IOException {
    float[] maps = maps("relu_a", 4);
    for (String by : List.of("max", "mean", "p75", "p98.5")) {
      work.good("top", "--input", input, "--layer", "relu_a", "--k", 5, "--by", by, "--batch", 4);
      JsonNode json = work.json("top.json");
      assertEquals(PICTURES, json.get("images").asInt());
      assertEquals(5, json.get("k").asInt());
      assertEquals(by, json.get("by").asString());
      for (int c = 0; c < 4; c++) {
        int channel = c;
        JsonNode unit = json.at("/layers/0/units/" + c);
        assertEquals(c, unit.get("unit").asInt());
        check(ranked(n -> map(maps, 4, n, channel), by), unit.get("top"), 5, 1e-6);
      }
    }
    assertTrue(Picture.read(work.out().resolve("relu_a-top.png")).width() > 300);
  }

  /** The sheet has a row of views under each row of patches; nothing else changes. */
  @Test
  void viewsUnderThePatches() throws IOException {
    Object[] wish = {"--input", input, "--layer", "relu_a", "--units", "0,1", "--k", 3};
    work.good("top", wish);
    Picture plain = Picture.read(work.out().resolve("relu_a-top.png"));
    String found = work.json("top.json").get("layers").toString();
    for (String rule : List.of("deconvnet", "guided", "gradient")) {
      work.good("top", with(wish, "--view", rule));
      Picture both = Picture.read(work.out().resolve("relu_a-top.png"));
      assertEquals(plain.width(), both.width());
      assertTrue(both.height() > plain.height() + 100, rule);
      assertEquals(found, work.json("top.json").get("layers").toString());
    }
    work.run("top", with(wish, "--view", "x-ray")).assertFailed(2, "deconvnet");
  }

  @Test
  void boxesAreWhatThePlaceSees() throws IOException {
    work.good("top", "--input", input, "--layer", "conv_a", "--layer", "dense", "--units", "0,1");
    JsonNode json = work.json("top.json");
    for (JsonNode entry : json.at("/layers/0/units/0/top")) {
      int y = entry.get("y").asInt();
      int x = entry.get("x").asInt();
      assertEquals("[%d,%d,%d,%d]".formatted(x, y, x + 3, y + 3), entry.get("box").toString());
    }
    JsonNode flat = json.at("/layers/1/units/1/top/0");
    assertEquals("[0,0,9,8]", flat.get("box").toString());
    assertEquals(0, flat.get("y").asInt() + flat.get("x").asInt());
    assertEquals(2, json.at("/layers/1/units").size());
  }

  @Test
  void fewerPicturesThanAskedForAndZeros() throws IOException {
    work.good("top", "--input", input, "--layer", "relu_a", "--k", 40, "--units", "1,3");
    JsonNode dead = work.json("top.json").at("/layers/0/units/0/top");
    assertEquals(PICTURES, dead.size());
    for (int i = 0; i < PICTURES; i++) {
      assertEquals(i, dead.get(i).get("index").asInt());
      assertEquals("0.0", dead.get(i).get("value").toString());
    }
  }

  @Test
  void directionsAreDotProducts() throws IOException {
    float[] maps = maps("conv_b", 3);
    float[] directions = {1, -2, 0.5f, 0, 0, 1};
    Path file = work.array("d.npy", directions, 2, 3);
    work.good("top", "--input", input, "--layer", "conv_b", "--direction", file);
    JsonNode units = work.json("top.json").at("/layers/0/units");
    assertEquals(2, units.size());
    for (int d = 0; d < 2; d++) {
      int at = 3 * d;
      List<Expected> expected =
          ranked(
              n -> {
                double[] sum = new double[PLACES];
                for (int c = 0; c < 3; c++) {
                  double[] map = map(maps, 3, n, c);
                  for (int p = 0; p < PLACES; p++) {
                    sum[p] += directions[at + c] * map[p];
                  }
                }
                return sum;
              },
              "max");
      assertEquals(d, units.get(d).get("direction").asInt());
      assertFalse(units.get(d).has("unit"));
      check(expected, units.get(d).get("top"), 9, 1e-4);
    }
    Path one = work.array("one.npy", new float[] {1, 0, 0}, 3);
    work.good("top", "--input", input, "--layer", "conv_b", "--direction", one);
    assertEquals(1, work.json("top.json").at("/layers/0/units").size());
  }

  @Test
  void allLayersInOnePass() throws IOException {
    work.good("top", "--input", input, "--layer", "all", "--k", 3, "--drawn", 2);
    JsonNode layers = work.json("top.json").get("layers");
    assertEquals(
        List.of("conv_a", "relu_a", "conv_b", "relu_b", "dense"),
        IntStream.range(0, layers.size())
            .mapToObj(i -> layers.get(i).get("layer").asString())
            .toList());
    for (String name : List.of("conv_a", "relu_b", "dense")) {
      Workplace one = work.to(name);
      one.good("top", "--input", input, "--layer", name, "--k", 3);
      JsonNode alone = one.json("top.json").at("/layers/0/units");
      assertEquals(
          alone,
          layers.get(List.of("conv_a", "", "", "relu_b", "dense").indexOf(name)).get("units"));
      assertTrue(Files.exists(work.out().resolve(name + "-top.png")));
    }
  }

  @Test
  void partsGiveTheSameAsTheWhole() throws IOException {
    Object[] wish = {"--input", input, "--layer", "relu_a", "--layer", "dense", "--random", 2};
    work.good("top", wish);
    Workplace parts = work.to("parts");
    for (int i = 1; i <= 4; i++) {
      parts.good("top", with(wish, "--shard", i + "/4"));
    }
    parts.run("top", with(wish, "--merge", "--k", "3")).assertFailed(3, "other options");
    parts.good("top", with(wish, "--merge"));
    assertEquals(work.json("top.json").get("layers"), parts.json("top.json").get("layers"));
    assertEquals(
        -1,
        Files.mismatch(
            work.out().resolve("relu_a-top.png"), parts.out().resolve("relu_a-top.png")));
    // What is done is not done again; what is missing is.
    Path third = parts.out().resolve("top-3-of-4.json");
    byte[] before = Files.readAllBytes(parts.out().resolve("top-2-of-4.json"));
    Files.delete(third);
    parts.run("top", with(wish, "--merge")).assertFailed(3, "top-3-of-4.json: is missing");
    for (int i = 1; i <= 4; i++) {
      parts.good("top", with(wish, "--shard", i + "/4"));
    }
    assertEquals(
        new String(before, StandardCharsets.UTF_8),
        Files.readString(parts.out().resolve("top-2-of-4.json")));
    parts.good("top", with(wish, "--merge"));
    assertEquals(work.json("top.json").get("layers"), parts.json("top.json").get("layers"));
  }

  private static Object[] with(Object[] wish, Object... more) {
    List<Object> all = new ArrayList<>(List.of(wish));
    all.addAll(List.of(more));
    return all.toArray();
  }

  @Test
  void purityOfUnitsAndRandomDirections() throws IOException {
    Path classes = Files.writeString(folder.resolve("c.txt"), "same\n".repeat(PICTURES));
    work.good("top", "--input", input, "--layer", "relu_a", "--random", 3, "--classes", classes);
    JsonNode layer = work.json("top.json").at("/layers/0");
    assertEquals(1, layer.get("purity").asDouble());
    assertEquals(1, layer.get("randomPurity").asDouble());
    assertEquals(3, layer.get("random").size());
  }

  @Test
  void patchesComeFromTheOriginals() throws IOException {
    Path model = TinyNetwork.write(folder.resolve("tiny.onnx"));
    Workplace tiny = new Workplace(folder, model, folder.resolve("tiny"));
    Path pictures = tiny.pictures(5, 40, 48);
    tiny.good("top", "--images", pictures, "--layer", "first", "--preprocess", "unit");
    JsonNode entry = tiny.json("top.json").at("/layers/0/units/0/top/0");
    assertTrue(entry.get("image").asString().matches("p0[0-4]\\.png"));
    assertTrue(Files.exists(tiny.out().resolve("first-top.png")));
  }

  @Test
  void howItFails() throws IOException {
    Object[] wish = {"--input", input, "--layer", "relu_a"};
    work.run("top", with(wish, "--units", "0,4")).assertFailed(2, "unit 4");
    work.run("top", with(wish, "--units", "x")).assertFailed(2, "--units");
    work.run("top", with(wish, "--k", "0")).assertFailed(2, "--k");
    work.run("top", with(wish, "--by", "sum")).assertFailed(2, "max, mean");
    work.run("top", with(wish, "--by", "p0")).assertFailed(2, "percentile 0");
    work.run("top", with(wish, "--by", "p101")).assertFailed(2, "percentile 101");
    work.run("top", with(wish, "--shard", "3/2")).assertFailed(2, "1 to 2");
    work.run("top", with(wish, "--shard", "1/2", "--merge")).assertFailed(2, "exclude");
    work.run("top", with(wish, "--merge")).assertFailed(3, "out");
    work.run("top", "--input", input, "--layer", "rely_a").assertFailed(2, "relu_a");
    Path wrong = work.array("wrong.npy", new float[6], 2, 3);
    work.run("top", with(wish, "--direction", wrong)).assertFailed(3, "[M,4]");
    Path bad = work.array("bad.npy", new float[] {1, Float.NaN, 0, 0}, 4);
    work.run("top", with(wish, "--direction", bad)).assertFailed(3, "NaN");
  }
}
