package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.image.Picture;
import io.convlens.render.Png;
import io.convlens.render.Scatter;
import io.convlens.render.ScatterPage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/**
 * The page of {@code embed} as browsers show it: pictures of one colour each, so that the drawing
 * itself tells which ones are to be seen, how large, and where.
 */
final class EmbeddingInBrowsersTest {
  private static final int COUNT = 40;
  private static final List<String> CLASSES = List.of("boat", "cat", "dog", "hen");

  /** For each picture the number of its pixels and, in the window, their middle. */
  private static final String SEEN =
      """
      (() => {
        const plane = document.querySelector("canvas"), box = plane.getBoundingClientRect();
        const {width, height} = plane, ratio = width / box.width;
        const d = plane.getContext("2d").getImageData(0, 0, width, height).data;
        const seen = Array.from({length: %d}, () => [0, 0, 0]);
        for (let k = 0; k < d.length; k += 4) {
          const column = (d[k] - 8) / 24, row = (d[k + 1] - 20) / 60;
          if (d[k + 3] === 255 && d[k + 2] === 128 && column %% 1 === 0 && row %% 1 === 0) {
            const s = seen[row * 10 + column];
            s[0]++;
            s[1] += k / 4 %% width;
            s[2] += Math.floor(k / 4 / width);
          }
        }
        // A few pixels where two pictures meet may be mixed to the colour of a third.
        return seen.map(([n, x, y]) => n > 40
          ? [n, box.x + x / n / ratio, box.y + y / n / ratio] : [0, 0, 0]);
      })()
      """
          .formatted(COUNT);

  @TempDir static Path folder;
  private static Path page = Path.of("");
  private static Path largePage = page;

  private record Seen(int pixels, double x, double y) {}

  private static int colour(int i) {
    return ((8 + 24 * (i % 10)) << 16) | ((20 + 60 * (i / 10)) << 8) | 128;
  }

  private static Picture flat(String name, int side, int colour) {
    byte[] rgb = new byte[3 * side * side];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (colour >> (16 - 8 * (i % 3)));
    }
    return Picture.ofRgb(name, side, side, rgb);
  }

  @BeforeAll
  static void embed() throws IOException {
    Workplace work = Workplace.of(folder, TinyNetwork.write(folder.resolve("net.onnx")));
    Path pictures = Files.createDirectory(folder.resolve("pictures"));
    float[] codes = new float[COUNT * 3];
    var random = new Random(4);
    for (int i = 0; i < COUNT; i++) {
      String name = "p%02d.png".formatted(i);
      Png.write(pictures.resolve(name), flat(name, 32, colour(i)));
      for (int k = 0; k < 3; k++) {
        codes[3 * i + k] = (float) random.nextGaussian() + (k == i % 4 ? 9 : 0);
      }
    }
    Path classes = folder.resolve("classes.txt");
    Files.write(classes, IntStream.range(0, COUNT).mapToObj(i -> CLASSES.get(i % 4)).toList());
    Path array = work.array("codes.npy", codes, COUNT, 3);
    work.good("embed", "--codes", array, "--images", pictures, "--classes", classes);
    page = work.out().resolve("embedding.html");
    largePage = folder.resolve("large.html");
    writeLargePage(largePage);
  }

  private static void writeLargePage(Path file) {
    int count = 10_000;
    List<Picture> pictures = all().stream().map(i -> flat("t", 30, colour(i))).toList();
    float[] x = new float[count];
    float[] y = new float[count];
    var random = new Random(5);
    List<Picture> thumbnails = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      x[i] = (float) random.nextGaussian();
      y[i] = (float) random.nextGaussian();
      thumbnails.add(pictures.get(i % COUNT));
    }
    List<String> names = IntStream.range(0, count).mapToObj(i -> "picture " + i).toList();
    int[] cells = IntStream.range(0, count).toArray();
    List<String> classes = IntStream.range(0, count).mapToObj(i -> CLASSES.get(i % 4)).toList();
    var scatter = new Scatter(x, y, 100, 100, cells, names, Optional.of(classes), thumbnails);
    new ScatterPage("Many", "", scatter).write(file);
  }

  private static BrowserPage open(Browser.Kind kind) throws IOException {
    BrowserPage open = Browser.need(kind).open(page, 1200, 900);
    loaded(open);
    return open;
  }

  /** Waits for the picture of all thumbnails. */
  private static void loaded(BrowserPage open) {
    waitFor(open, "atlas");
    open.settle();
  }

  /** In the grid no picture hides another. */
  private static void showGrid(BrowserPage open) {
    open.click("#grid");
    waitFor(open, "!from");
  }

  private static void waitFor(BrowserPage open, String condition) {
    open.value(
        "new Promise(d => { const wait = () => %s ? d(0) : setTimeout(wait, 20); wait(); })"
            .formatted(condition));
  }

  private static List<Seen> seen(BrowserPage open) {
    open.settle();
    List<Seen> seen = new ArrayList<>();
    for (JsonNode one : open.value(SEEN)) {
      seen.add(new Seen(one.get(0).asInt(), one.get(1).asDouble(), one.get(2).asDouble()));
    }
    return seen;
  }

  /** The numbers of the pictures that are to be seen, unless faded. */
  private static List<Integer> shown(BrowserPage open) {
    List<Seen> seen = seen(open);
    return IntStream.range(0, COUNT).filter(i -> seen.get(i).pixels() > 0).boxed().toList();
  }

  private static List<Integer> all() {
    return IntStream.range(0, COUNT).boxed().toList();
  }

  /** The picture that least is in front of. */
  private static int free(List<Seen> seen) {
    return all().stream()
        .max((a, b) -> Integer.compare(seen.get(a).pixels(), seen.get(b).pixels()))
        .orElseThrow();
  }

  @ParameterizedTest
  @EnumSource
  void allPicturesAreShownAndNamed(Browser.Kind kind) throws IOException {
    try (BrowserPage open = open(kind)) {
      showGrid(open);
      assertEquals(all(), shown(open));
      assertEquals("40 of 40", open.text("document.querySelector('[role=status]').textContent"));
      assertEquals("[]", ReportInBrowsersTest.lacks(open).toString());
      assertEquals(List.of("input"), open.named("searchbox", "Search"));
      assertEquals(List.of("button"), open.named("button", "Grid"));
      open.resize(340, 700);
      assertEquals("[]", ReportInBrowsersTest.lacks(open).toString(), "on a telephone");
      open.assertQuiet();
    }
  }

  @ParameterizedTest
  @EnumSource
  void theWheelZoomsAroundThePointer(Browser.Kind kind) throws IOException {
    try (BrowserPage open = open(kind)) {
      List<Seen> before = seen(open);
      int one = free(before);
      Seen here = before.get(one);
      open.wheel(here.x(), here.y(), -400);
      List<Seen> after = seen(open);
      assertTrue(after.get(one).pixels() > 1.5 * here.pixels(), after.get(one) + " of " + here);
      assertEquals(here.x(), after.get(one).x(), 4);
      assertEquals(here.y(), after.get(one).y(), 4);
      assertTrue(shown(open).size() < COUNT, "some should be outside now");
      open.click("#home");
      assertEquals(before, seen(open));
      open.drag(600, 850, 70, -40);
      Seen moved = seen(open).get(one);
      assertEquals(here.x() + 70, moved.x(), 2);
      assertEquals(here.y() - 40, moved.y(), 2);
      open.assertQuiet();
    }
  }

  @ParameterizedTest
  @EnumSource
  void keysDoWhatThePointerDoes(Browser.Kind kind) throws IOException {
    try (BrowserPage open = open(kind)) {
      List<Seen> before = seen(open);
      int one = free(before);
      List<String> order = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        open.press(BrowserPage.TAB);
        order.add(open.text("document.activeElement.id"));
      }
      assertEquals(List.of("search", "class", "places", "grid", "home", "plane"), order);
      open.press(BrowserPage.ARROW_RIGHT);
      assertEquals(before.get(one).x() - 60, seen(open).get(one).x(), 2);
      open.press("0++");
      assertTrue(seen(open).get(one).pixels() != before.get(one).pixels());
      assertTrue(shown(open).size() <= COUNT);
      open.press("0");
      assertEquals(before, seen(open));
      open.assertQuiet();
    }
  }

  @ParameterizedTest
  @EnumSource
  void searchFadesTheOthers(Browser.Kind kind) throws IOException {
    try (BrowserPage open = open(kind)) {
      open.click("#search");
      open.press("P1");
      assertEquals(IntStream.range(10, 20).boxed().toList(), shown(open));
      open.press("7");
      assertEquals(List.of(17), shown(open));
      assertEquals("1 of 40", open.text("document.querySelector('[role=status]').textContent"));
      open.press(BrowserPage.ENTER);
      Seen found = seen(open).get(17);
      JsonNode plane = open.value("plane.getBoundingClientRect()");
      assertEquals(plane.get("width").asDouble() / 2, found.x(), 3);
      assertEquals(plane.get("y").asDouble() + plane.get("height").asDouble() / 2, found.y(), 3);
      assertEquals(
          "p17.png, cat, number 17",
          open.text("document.querySelector('[role=status]').textContent"));
      assertTrue(open.text("document.getElementById('tip').innerText").startsWith("p17.png"));
      open.assertQuiet();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aClassCanBePicked(Browser.Kind kind) throws IOException {
    try (BrowserPage open = open(kind)) {
      showGrid(open);
      open.value("document.getElementById('search').focus()");
      open.press(BrowserPage.TAB + BrowserPage.ARROW_DOWN);
      open.press(BrowserPage.ARROW_DOWN);
      assertEquals("cat", open.text("document.activeElement.selectedOptions[0].textContent"));
      assertEquals(all().stream().filter(i -> i % 4 == 1).toList(), shown(open));
      open.assertQuiet();
    }
  }

  @ParameterizedTest
  @EnumSource
  void pointingShowsThePicture(Browser.Kind kind) throws IOException {
    try (BrowserPage open = open(kind)) {
      List<Seen> seen = seen(open);
      int one = free(seen);
      open.point(seen.get(one).x(), seen.get(one).y());
      open.settle();
      String tip = open.text("document.getElementById('tip').innerText");
      assertTrue(tip.contains("p%02d.png".formatted(one)), tip);
      assertTrue(tip.contains(CLASSES.get(one % 4)), tip);
      JsonNode pixel =
          open.value(
              "[...document.querySelector('#tip canvas').getContext('2d')"
                  + ".getImageData(20, 20, 1, 1).data]");
      int rgb = (pixel.get(0).asInt() << 16) | (pixel.get(1).asInt() << 8) | pixel.get(2).asInt();
      assertEquals(colour(one), rgb);
      assertTrue(
          open.number("document.querySelector('#tip canvas').getBoundingClientRect().width") > 100);
      open.point(5, 895);
      open.settle();
      assertEquals("none", open.text("getComputedStyle(document.getElementById('tip')).display"));
      open.assertQuiet();
    }
  }

  @ParameterizedTest
  @EnumSource
  void theGridHasNoOverlap(Browser.Kind kind) throws IOException {
    try (BrowserPage open = open(kind)) {
      showGrid(open);
      List<Seen> seen = seen(open);
      int most = seen.stream().mapToInt(Seen::pixels).max().orElseThrow();
      seen.forEach(s -> assertTrue(s.pixels() > 0.9 * most, s + " of " + most));
      assertEquals(
          "true", open.text("document.getElementById('grid').getAttribute('aria-pressed')"));
      assertFalse(
          open.value("document.getElementById('places').getAttribute('aria-pressed') === 'true'")
              .asBoolean());
      open.assertQuiet();
    }
  }

  /** Ten thousand thumbnails: how long a frame takes is told, not judged. */
  @ParameterizedTest
  @EnumSource
  void tenThousandPicturesMove(Browser.Kind kind, TestReporter reporter) throws IOException {
    try (BrowserPage open = Browser.need(kind).open(largePage, 1200, 900)) {
      loaded(open);
      List<Seen> before = seen(open);
      JsonNode frames =
          open.value(
              """
              (async () => {
                const frame = () => new Promise(requestAnimationFrame);
                const plane = document.querySelector("canvas"), times = [];
                await frame();
                for (let i = 0, last = performance.now(); i < 40; i++) {
                  plane.dispatchEvent(new WheelEvent("wheel",
                    { deltaY: i < 20 ? -60 : 60, clientX: 600, clientY: 500, cancelable: true }));
                  await frame();
                  const now = performance.now();
                  times.push(now - last);
                  last = now;
                }
                return times.sort((a, b) => a - b);
              })()
              """);
      reporter.publishEntry(
          kind + ": milliseconds a frame of 10,000 pictures, half and nineteen twentieths",
          "%.0f, %.0f".formatted(frames.get(20).asDouble(), frames.get(38).asDouble()));
      List<Seen> after = seen(open);
      assertEquals(before.size(), after.size());
      for (int i = 0; i < COUNT; i++) {
        assertTrue(before.get(i).pixels() > 0);
        assertEquals(before.get(i).x(), after.get(i).x(), 1, "back where it was");
      }
      open.assertQuiet();
    }
  }
}
