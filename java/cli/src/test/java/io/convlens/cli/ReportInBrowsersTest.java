package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** The page of {@code report} as browsers show it. */
final class ReportInBrowsersTest {
  private static final List<String> SECTIONS =
      List.of(
          "prediction",
          "occlusion",
          "saliency",
          "evaluation",
          "layers",
          "filters",
          "top",
          "embedding");

  @TempDir static Path folder;
  private static Path page = Path.of("");

  @BeforeAll
  static void report() throws IOException {
    Workplace work = Workplace.of(folder, TinyNetwork.write(folder.resolve("net.onnx")));
    work.good("report", "--images", work.pictures(9, 20, 24), "--shown", 2);
    page = work.out().resolve("index.html");
  }

  /** What {@code accessibility.js} finds. */
  static JsonNode lacks(BrowserPage page) throws IOException {
    String name = "accessibility.js";
    try (InputStream in =
        Objects.requireNonNull(ReportInBrowsersTest.class.getResourceAsStream(name), name)) {
      String script = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return page.value("(" + script.substring(script.indexOf("() =>")).strip() + ")()");
    }
  }

  private static BrowserPage open(Browser.Kind kind) throws IOException {
    return Browser.need(kind).open(page, 1200, 900);
  }

  @ParameterizedTest
  @EnumSource
  void textAndFiguresAreThere(Browser.Kind kind) throws IOException {
    try (BrowserPage open = open(kind)) {
      assertEquals("What net.onnx has learned", open.text("document.title"));
      assertEquals(
          SECTIONS.toString().replace(" ", ""),
          open.value("[...document.querySelectorAll('main section')].map(s => s.id)")
              .toString()
              .replace("\"", ""));
      JsonNode pictures =
          open.value(
              "[...document.images].map(i => [i.complete, i.naturalWidth, i.width, i.height,"
                  + " +i.getAttribute('width'), i.alt])");
      assertTrue(pictures.size() >= 12, pictures.toString());
      for (JsonNode picture : pictures) {
        assertTrue(picture.get(0).asBoolean(), picture.toString());
        assertEquals(picture.get(4).asInt(), picture.get(1).asInt(), picture.toString());
        assertTrue(picture.get(2).asInt() > 8 && picture.get(3).asInt() > 8, picture.toString());
      }
      assertTrue(open.text("document.body.innerText").contains("Made by convlens occlusion"));
      open.assertQuiet();
    }
  }

  /** Each section's numbers come out of the page as the JSON that was put in. */
  @ParameterizedTest
  @EnumSource
  void numbersCanBeDownloaded(Browser.Kind kind) throws IOException {
    try (BrowserPage open = open(kind)) {
      JsonNode files =
          open.value(
              "Promise.all([...document.querySelectorAll('a[download]')].map(async a =>"
                  + " [a.download, Object.keys(await (await fetch(a.href)).json()).length]))");
      assertEquals(SECTIONS.size(), files.size());
      for (int i = 0; i < files.size(); i++) {
        assertEquals(SECTIONS.get(i) + ".json", files.get(i).get(0).asString());
        assertTrue(files.get(i).get(1).asInt() > 0, files.toString());
      }
      open.assertQuiet();
    }
  }

  @ParameterizedTest
  @EnumSource
  void theKeyboardGoesEverywhereInReadingOrder(Browser.Kind kind) throws IOException {
    try (BrowserPage open = open(kind)) {
      List<String> order = new ArrayList<>();
      for (int i = 0; i < 1 + 2 * SECTIONS.size(); i++) {
        open.press(BrowserPage.TAB);
        order.add(
            open.text("document.activeElement.download || document.activeElement.hash || '?'"));
        double top = open.number("document.activeElement.getBoundingClientRect().top");
        assertTrue(top >= 0 && top < 900, "not to be seen: " + order);
        assertTrue(
            open.number("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 2);
      }
      List<String> expected = new ArrayList<>(List.of("#content"));
      SECTIONS.forEach(s -> expected.add("#" + s));
      SECTIONS.forEach(s -> expected.add(s + ".json"));
      assertEquals(expected, order);
    }
  }

  /** A link of the table of contents brings its section up, and the keyboard goes on from there. */
  @ParameterizedTest
  @EnumSource
  void contentsLeadToSections(Browser.Kind kind) throws IOException {
    try (BrowserPage open = open(kind)) {
      for (String section : SECTIONS) {
        open.value("scrollTo(0, 0)");
        open.value("document.querySelector('nav a[href=\"#" + section + "\"]').focus()");
        open.press(BrowserPage.ENTER);
        open.settle();
        assertEquals("#" + section, open.text("location.hash"));
        double top =
            open.number("document.querySelector(':target h2').getBoundingClientRect().top");
        assertTrue(top > -1 && top < 900, section + " at " + top);
        open.press(BrowserPage.TAB);
        assertEquals(section + ".json", open.text("document.activeElement.download || ''"));
      }
      assertTrue(open.number("scrollY") > 900, "the last section is far down");
      open.assertQuiet();
    }
  }

  @ParameterizedTest
  @EnumSource
  void screenReadersFindTheirWay(Browser.Kind kind) throws IOException {
    try (BrowserPage open = open(kind)) {
      assertEquals("[]", lacks(open).toString());
      assertEquals(List.of("nav"), open.named("navigation", "Contents"));
      assertEquals(List.of("a"), open.named("link", "What the answer rests on"));
      assertEquals(List.of("h2"), open.named("heading", "What the answer rests on"));
      assertEquals(List.of("img"), open.named("image", "Occlusion map of p01.png"));
      open.resize(340, 700);
      assertEquals("[]", lacks(open).toString(), "on a telephone");
      open.assertQuiet();
    }
  }
}
