package io.convlens.render;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.image.Picture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One file that needs nothing else, and text that stays text. */
final class FigurePageTest {
  private static final String HOSTILE = "<script>\"'&</script>";

  @Test
  void everythingIsEscapedAndInside(@TempDir Path folder) throws IOException {
    Picture picture = Picture.ofRgb("p", 1, 1, new byte[3]);
    var figure =
        new FigurePage.Figure(
            picture, HOSTILE, HOSTILE, List.of(new FigurePage.Entry(HOSTILE, HOSTILE)));
    var page = new FigurePage(HOSTILE, HOSTILE, List.of(figure, figure), HOSTILE);
    Path file = folder.resolve("index.html");
    page.write(file);
    String html = Files.readString(file);
    assertEquals(page.html(), html);
    assertFalse(html.contains("<script"));
    assertEquals(2, count(html, "src=\"data:image/png;base64,"));
    assertEquals(2, count(html, " src="));
    assertEquals(2, count(html, "alt=\"&lt;script&gt;&quot;&#39;&amp;&lt;/script&gt;\""));
    assertFalse(html.contains("http"));
    assertTrue(html.contains("<html lang=\"en\">"));
  }

  @Test
  void tablesAndFooterOnlyWhereThereIsSomething() {
    var figure = new FigurePage.Figure(Picture.ofRgb("p", 1, 1, new byte[3]), "a", "c", List.of());
    String html = new FigurePage("t", "l", List.of(figure), "").html();
    assertFalse(html.contains("<table>"));
    assertFalse(html.contains("<footer>"));
  }

  private static int count(String text, String part) {
    return text.split(java.util.regex.Pattern.quote(part), -1).length - 1;
  }
}
