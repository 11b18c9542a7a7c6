package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.image.Picture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The command {@code embed}: its files and figures. */
final class EmbedTest {
  @TempDir Path folder;
  private Workplace work;

  @BeforeEach
  void files() throws IOException {
    work = Workplace.of(folder, TinyNetwork.write(folder.resolve("net.onnx")));
  }

  private static float[] codes(int count, int size) {
    float[] values = new float[count * size];
    var random = new Random(2);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() + 5 * (i / size % 3) * (i % size % 2));
    }
    return values;
  }

  private CommandRun alone(Object... args) {
    String[] all = new String[args.length + 3];
    all[0] = "embed";
    all[1] = "--out";
    all[2] = work.out().toString();
    for (int i = 0; i < args.length; i++) {
      all[i + 3] = args[i].toString();
    }
    return CommandRun.of(all);
  }

  @Test
  void codesNeedNoNetworkAndNoPictures() throws IOException {
    float[] values = codes(90, 7);
    Path codes = work.array("c.npy", values, 90, 7);
    var run = alone("--codes", codes, "--perplexity", 8, "--iterations", 300);
    assertEquals(0, run.exitCode(), run.err());
    assertArrayEquals(values, work.numbers("codes.npy", 90, 7));
    work.numbers("embedding.npy", 90, 2);
    JsonNode json = work.json("embedding.json");
    assertEquals(90, json.get("images").asInt());
    assertEquals(7, json.get("dimensions").asInt());
    assertEquals(8, json.get("perplexity").asInt());
    assertEquals(300, json.get("iterations").asInt());
    assertEquals(12, json.get("k").asInt());
    for (String figure : List.of("kl", "trustworthiness", "neighboursKept")) {
      assertTrue(json.get(figure).asDouble() > 0, figure);
    }
    assertTrue(json.has("sha256"));
    assertEquals(1600, Picture.read(work.out().resolve("embedding.png")).width());
    String page = Files.readString(work.out().resolve("embedding.html"));
    assertTrue(page.contains("c.npy[89]"));
    assertFalse(page.contains("http://") || page.contains("https://"), "the page needs a network");
    assertFalse(Files.exists(work.out().resolve("embedding-grid.png")));
  }

  @Test
  void aLayersCodesWithThumbnails() throws IOException {
    Path pictures = work.pictures(13, 20, 24);
    work.good("embed", "--images", pictures, "--layer", "open", "--iterations", 260);
    float[] codes = work.numbers("codes.npy", 13, 600);
    Workplace other = work.to("maps");
    other.good("activations", "--images", pictures, "--layer", "open");
    assertArrayEquals(other.numbers("open.npy", 13, 5, 12, 10), codes);
    JsonNode json = work.json("embedding.json");
    assertEquals(4, json.get("perplexity").asDouble(), 1e-9);
    assertTrue(json.get("note").asString().contains("13 points"));
    assertEquals(13, json.get("classes").size());
    assertTrue(json.get("classPurity").asDouble() >= 0);
    assertTrue(Files.exists(work.out().resolve("embedding-grid.png")));
    String page = Files.readString(work.out().resolve("embedding.html"));
    assertTrue(page.contains("p12.png") && page.contains("data:image/png;base64,"));
  }

  @Test
  void codesForTheProjector() throws IOException {
    Path pictures = work.pictures(5, 20, 24);
    Path classes = Files.writeString(folder.resolve("classes.txt"), "a\nb\tc\na\n\u00e9 e\na\n");
    float[] codes = codes(5, 7);
    Path array = work.array("c.npy", codes, 5, 7);
    Object[] args = {"--codes", array, "--images", pictures, "--classes", classes, "--projector"};
    assertEquals(0, alone(args).exitCode());
    ProjectorFiles files = ProjectorFiles.read(work.out().resolve("projector"));
    assertEquals(List.of("name", "class"), files.columns());
    assertEquals(List.of("p01.png", "b c"), files.metadata().get(1));
    assertEquals(List.of("p03.png", "\u00e9 e"), files.metadata().get(3));
    for (int i = 0; i < 5; i++) {
      assertArrayEquals(Arrays.copyOfRange(codes, 7 * i, 7 * i + 7), files.vectors().get(i));
      // Twice its size in the middle of its place: 40x48 of 64x64.
      Picture picture = Picture.read(pictures.resolve("p0" + i + ".png"));
      for (int y = 0; y < 24; y++) {
        for (int x = 0; x < 20; x++) {
          assertEquals(picture.rgb(x, y), files.rgb(i, 12 + 2 * x, 8 + 2 * y));
        }
      }
      assertEquals(0xffffff, files.rgb(i, 11, 30));
    }
  }

  /** A single column of metadata has no heading. */
  @Test
  void codesAloneForTheProjector() throws IOException {
    Path array = work.array("c.npy", codes(6, 3), 6, 3);
    assertEquals(0, alone("--codes", array, "--projector").exitCode());
    ProjectorFiles files = ProjectorFiles.read(work.out().resolve("projector"));
    assertEquals(List.of(), files.columns());
    assertEquals(List.of("c.npy[0]"), files.metadata().getFirst());
    assertTrue(files.sprite().isEmpty());
  }

  @Test
  void sameSeedSameBytesAndClassesFromAFile() throws IOException {
    Path codes = work.array("c.npy", codes(30, 4), 30, 4);
    Path classes = Files.writeString(folder.resolve("classes.txt"), "a\n</script>\nc\n".repeat(10));
    Object[] args = {"--codes", codes, "--iterations", 400, "--classes", classes, "--quiet"};
    assertEquals(0, alone(args).exitCode());
    byte[] first = Files.readAllBytes(work.out().resolve("embedding.npy"));
    assertEquals(0, alone(args).exitCode());
    assertArrayEquals(first, Files.readAllBytes(work.out().resolve("embedding.npy")));
    // Nine others of twelve neighbours at best.
    assertTrue(work.json("embedding.json").get("classPurity").asDouble() > 0.6);
    String page = Files.readString(work.out().resolve("embedding.html"));
    assertEquals(page.indexOf("</script>"), page.lastIndexOf("</script>"));
  }

  @Test
  void howItFails() throws IOException {
    Path codes = work.array("c.npy", codes(30, 4), 30, 4);
    alone().assertFailed(2, "--layer");
    alone("--layer", "open").assertFailed(2, "--model");
    alone("--codes", codes, "--layer", "open").assertFailed(2, "exclude");
    alone("--codes", codes, "--perplexity", "0").assertFailed(2, "perplexity");
    alone("--codes", codes, "--pca", "0").assertFailed(2, "pca");
    alone("--codes", folder.resolve("no.npy")).assertFailed(3, "no such file");
    alone("--codes", work.array("cube.npy", codes(4, 6), 2, 3, 4)).assertFailed(3, "[N,D]");
    float[] bad = codes(30, 4);
    bad[17] = Float.NaN;
    alone("--codes", work.array("bad.npy", bad, 30, 4)).assertFailed(3, "NaN");
    Path pictures = work.pictures(3, 20, 24);
    alone("--codes", codes, "--images", pictures).assertFailed(3, "3 pictures");
    Path few = Files.writeString(folder.resolve("few.txt"), "a\nb\n");
    alone("--codes", codes, "--classes", few).assertFailed(3, "2 classes for 30");
    work.run("embed", "--images", pictures, "--layer", "opne").assertFailed(2, "open");
  }
}
