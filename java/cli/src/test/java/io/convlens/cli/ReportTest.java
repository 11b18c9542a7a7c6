package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.graph.OnnxBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command {@code report}: one page with everything. */
final class ReportTest {
  private static final Pattern NUMBERS =
      Pattern.compile(
          "download=\"([a-z]+)\\.json\" href=\"data:application/json;base64,([^\"]+)\"");

  @TempDir Path folder;
  private Workplace work;
  private Path pictures;

  @BeforeEach
  void files() throws IOException {
    work = Workplace.of(folder, TinyNetwork.write(folder.resolve("net.onnx")));
    pictures = work.pictures(9, 20, 24);
  }

  private String page() throws IOException {
    return Files.readString(work.out().resolve("index.html"));
  }

  @Test
  void aSetGetsAllSections() throws IOException {
    work.good("report", "--images", pictures, "--shown", 2);
    String page = page();
    for (String name :
        List.of(
            "prediction",
            "occlusion",
            "saliency",
            "evaluation",
            "layers",
            "filters",
            "top",
            "embedding")) {
      assertTrue(page.contains("<section id=\"" + name + "\">"), name);
      assertTrue(page.contains("<a href=\"#" + name + "\">"), name);
    }
    assertFalse(page.matches("(?s).*(src|href)=\"(?!data:|#).*"), "something lies elsewhere");
    assertTrue(page.contains("convlens occlusion --model"));
    assertTrue(Files.size(work.out().resolve("index.html")) < 10 << 20);
    assertTrue(Files.exists(work.out().resolve("report.json")));
  }

  @Test
  void theNumbersAreThoseOfTheMethods() throws IOException {
    work.good("report", "--images", pictures, "--shown", 2);
    Matcher m = NUMBERS.matcher(page());
    int found = 0;
    while (m.find()) {
      byte[] text = Base64.getDecoder().decode(m.group(2));
      JsonNode json = new JsonMapper().readTree(new String(text, StandardCharsets.UTF_8));
      found++;
      if (m.group(1).equals("occlusion")) {
        assertEquals(2, json.get("base").size());
      }
      if (m.group(1).equals("saliency")) {
        Workplace alone = work.to("gradients");
        alone.good(
            "saliency", "--images", pictures, "--method", "grad-cam", "--relu", "--layer", "first");
        float[] all = alone.numbers("attribution.npy", 9, 1, 12, 10);
        JsonNode second = json.at("/attributions/3");
        assertEquals("grad-cam", second.get("method").asString());
        float[] own = work.numbers(second.get("array").asString(), 1, 1, 12, 10);
        assertArrayEquals(Arrays.copyOfRange(all, 120, 240), own, 1e-5f);
      }
      if (m.group(1).equals("evaluation")) {
        Workplace alone = work.to("evaluation");
        Object[] args = {
          "--image",
          pictures.resolve("p00.png"),
          "--image",
          pictures.resolve("p01.png"),
          "--method",
          "integrated-gradients,grad-cam",
          "--metrics",
          "deletion,insertion",
          "--curve-steps",
          8
        };
        alone.good("evaluate", args);
        assertEquals(
            alone.json("evaluate.json").get("methods").toString(), json.get("methods").toString());
        assertEquals(4, json.get("methods").size());
      }
      if (m.group(1).equals("top")) {
        Workplace alone = work.to("alone");
        alone.good("top", "--images", pictures, "--layer", "open");
        assertEquals(
            alone.json("top.json").get("layers").toString(), json.get("layers").toString());
      }
    }
    assertEquals(8, found);
  }

  @Test
  void onePictureHasNoSet() throws IOException {
    work.good("report", "--image", pictures.resolve("p03.png"));
    String page = page();
    assertTrue(page.contains("<section id=\"filters\">"));
    assertFalse(page.contains("<section id=\"top\">"));
    assertFalse(page.contains("<section id=\"embedding\">"));
    assertTrue(page.contains("alt=\"Occlusion map of p03.png\""));
  }

  /** A network without gradients has a page without them. */
  @Test
  void noGradientsNoSection() throws IOException {
    var b = new OnnxBuilder(13);
    String steps = b.node("Floor", b.input("x", -1, 3, 12, 10)).out();
    b.output(b.node("Flatten", b.node("GlobalAveragePool", steps).out()).out());
    Workplace flat = Workplace.of(folder, b.write(folder.resolve("flat.onnx")));
    flat.good("report", "--image", pictures.resolve("p03.png"));
    String page = Files.readString(flat.out().resolve("index.html"));
    assertTrue(page.contains("<section id=\"occlusion\">"));
    assertFalse(page.contains("<section id=\"saliency\">"));
    assertFalse(page.contains("<section id=\"evaluation\">"));
  }

  @Test
  void howItFails() {
    work.run("report").assertFailed(2, "nothing to look at");
    work.run("report", "--images", pictures, "--shown", "0").assertFailed(2, "--shown");
  }
}
