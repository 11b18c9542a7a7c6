package io.convlens.render;

import io.convlens.image.Picture;
import io.convlens.io.WholeFile;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;

/**
 * A page of figures in one HTML file that needs no network: pictures and style are inside. All text
 * is escaped. It follows the reader's light or dark setting and prints.
 *
 * <pre>{@code
 * var figure = new FigurePage.Figure(
 *     picture, "Heat map of a cat", "It looks at the face.",
 *     List.of(new FigurePage.Entry("base", "0.39")));
 * new FigurePage("What it looks at", "Three photos.", List.of(figure), "").write(file);
 * }</pre>
 *
 * @param title the page's heading
 * @param lead a paragraph under it
 * @param figures in reading order
 * @param footer a last line, or empty
 */
public record FigurePage(String title, String lead, List<Figure> figures, String footer) {
  /**
   * A picture with its words and numbers.
   *
   * @param picture what to show, at its own size at most
   * @param alt what it shows, for who can't see it
   * @param caption a sentence or two
   * @param numbers a small table, possibly empty
   */
  public record Figure(Picture picture, String alt, String caption, List<Entry> numbers) {
    /** Copies the list. */
    public Figure {
      numbers = List.copyOf(numbers);
    }
  }

  /**
   * A row of a figure's table.
   *
   * @param name what it is
   * @param value its value as text
   */
  public record Entry(String name, String value) {}

  static final String STYLE =
      """
      :root { color-scheme: light dark; --ink: #1c1f24; --faint: #59606b; --paper: #fbfbfa;
        --card: #ffffff; --rule: #dcdfe4; }
      @media (prefers-color-scheme: dark) { :root { --ink: #e9eaec; --faint: #a9b0ba;
        --paper: #16181c; --card: #1f2228; --rule: #373c45; } }
      * { box-sizing: border-box; }
      body { margin: 0 auto; max-width: 78rem; padding: 2.5rem 1.5rem 3rem; background: var(--paper);
        color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
      h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .6rem; letter-spacing: -.01em; }
      .lead { max-width: 46rem; margin: 0 0 2rem; color: var(--faint); font-size: 1.06rem; }
      main { display: grid; gap: 1.5rem;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, 27rem), 1fr)); }
      figure { margin: 0; border: 1px solid var(--rule); border-radius: .5rem; overflow: hidden;
        background: var(--card); break-inside: avoid; display: flex; flex-direction: column; }
      .plate { background: #fff; display: flex; justify-content: center; align-items: center;
        border-bottom: 1px solid var(--rule); flex: 1; }
      img { display: block; max-width: 100%; height: auto; }
      figcaption { padding: .9rem 1.1rem 1rem; }
      figcaption p { margin: 0; }
      table { border-collapse: collapse; margin-top: .7rem; width: 100%; font-size: .92rem; }
      th { text-align: left; font-weight: 400; color: var(--faint); padding: .18rem 1rem .18rem 0; }
      td { text-align: right; font-variant-numeric: tabular-nums; padding: .18rem 0; }
      tr + tr > * { border-top: 1px solid var(--rule); }
      footer { margin-top: 2rem; color: var(--faint); font-size: .9rem; }
      @media print { body { padding: 0; max-width: none; --paper: #fff; }
        main { grid-template-columns: 1fr 1fr; } }
      """;

  /** Copies the list. */
  public FigurePage {
    figures = List.copyOf(figures);
  }

  /**
   * Writes the page, whole or not at all.
   *
   * @throws io.convlens.io.UnwritableOutputException if that fails
   */
  public void write(Path file) {
    WholeFile.write(file, html());
  }

  /** The page's text. */
  public String html() {
    var html = new StringBuilder();
    html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .append("<title>%s</title>\n<style>\n%s</style>\n".formatted(escaped(title), STYLE))
        .append("</head>\n<body>\n<header>\n<h1>%s</h1>\n".formatted(escaped(title)))
        .append("<p class=\"lead\">%s</p>\n</header>\n<main>\n".formatted(escaped(lead)));
    figures.forEach(figure -> append(html, figure));
    html.append("</main>\n");
    if (!footer.isEmpty()) {
      html.append("<footer>%s</footer>\n".formatted(escaped(footer)));
    }
    return html.append("</body>\n</html>\n").toString();
  }

  /** A figure's part of a page. */
  static void append(StringBuilder html, Figure figure) {
    Picture picture = figure.picture();
    html.append(
            "<figure>\n<div class=\"plate\"><img width=\"%d\" height=\"%d\" alt=\"%s\" src=\""
                .formatted(picture.width(), picture.height(), escaped(figure.alt())))
        .append("data:image/png;base64,")
        .append(Base64.getEncoder().encodeToString(Png.bytes(picture)))
        .append("\"></div>\n<figcaption><p>%s</p>\n".formatted(escaped(figure.caption())));
    if (!figure.numbers().isEmpty()) {
      html.append("<table>\n");
      for (Entry entry : figure.numbers()) {
        html.append(
            "<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n"
                .formatted(escaped(entry.name()), escaped(entry.value())));
      }
      html.append("</table>\n");
    }
    html.append("</figcaption>\n</figure>\n");
  }

  /** Text that means itself between tags and between quotes. */
  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
