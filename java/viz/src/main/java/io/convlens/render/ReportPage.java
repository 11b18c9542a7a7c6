package io.convlens.render;

import io.convlens.io.WholeFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;

/**
 * A long page of figures in one HTML file that needs no network: a table of contents, then a
 * section a method, each with the command that makes it and its numbers to download. It can be
 * walked through by keyboard and heading by heading, and prints.
 *
 * @param title the page's heading
 * @param lead a paragraph under it
 * @param sections in reading order
 * @param footer a last line
 */
public record ReportPage(String title, String lead, List<Section> sections, String footer) {
  /**
   * What one method shows.
   *
   * @param name short, for links and files: letters and dashes
   * @param title its heading
   * @param lead what it shows and how to read it
   * @param command what makes it
   * @param figures in reading order
   * @param numbers the figures behind it, as JSON
   */
  public record Section(
      String name,
      String title,
      String lead,
      String command,
      List<FigurePage.Figure> figures,
      String numbers) {
    /** Copies the list. */
    public Section {
      figures = List.copyOf(figures);
    }
  }

  private static final String STYLE =
      """
      .skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: .5rem; }
      nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; list-style: none; padding: 0;
        margin: 0 0 2rem; }
      section { margin: 0 0 3rem; }
      h2 { font-size: 1.3rem; margin: 0 0 .4rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
      .grid { display: grid; gap: 1.5rem;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, 27rem), 1fr)); }
      .wide { grid-template-columns: 1fr; }
      main { display: block; }
      code { font: .85rem/1.5 ui-monospace, monospace; background: var(--card); padding: .1rem .4rem;
        border: 1px solid var(--rule); border-radius: .3rem; overflow-wrap: anywhere; }
      .how { color: var(--faint); font-size: .9rem; margin: .6rem 0 0; }
      a { color: inherit; }
      :focus-visible { outline: 2px solid #2b7de9; outline-offset: 2px; }
      @media print { nav, .how a { display: none; } h2 { break-after: avoid; } }
      """;

  /** Wider figures get a row of their own. */
  private static final int WIDE = 700;

  /** Copies the list. */
  public ReportPage {
    sections = List.copyOf(sections);
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
        .append("<link rel=\"icon\" href=\"data:,\">\n")
        .append("<title>%s</title>\n".formatted(FigurePage.escaped(title)))
        .append("<style>\n%s%s</style>\n".formatted(FigurePage.STYLE, STYLE))
        .append("</head>\n<body>\n<a class=\"skip\" href=\"#content\">To the figures</a>\n")
        .append("<header>\n<h1>%s</h1>\n".formatted(FigurePage.escaped(title)))
        .append("<p class=\"lead\">%s</p>\n</header>\n".formatted(FigurePage.escaped(lead)));
    contents(html);
    html.append("<main id=\"content\">\n");
    sections.forEach(section -> append(html, section));
    return html.append("</main>\n<footer>%s</footer>\n".formatted(FigurePage.escaped(footer)))
        .append("</body>\n</html>\n")
        .toString();
  }

  private void contents(StringBuilder html) {
    html.append("<nav aria-label=\"Contents\">\n<ul>\n");
    for (Section section : sections) {
      html.append(
          "<li><a href=\"#%s\">%s</a></li>\n"
              .formatted(section.name(), FigurePage.escaped(section.title())));
    }
    html.append("</ul>\n</nav>\n");
  }

  private static void append(StringBuilder html, Section section) {
    boolean wide = section.figures().stream().anyMatch(f -> f.picture().width() > WIDE);
    String numbers =
        Base64.getEncoder().encodeToString(section.numbers().getBytes(StandardCharsets.UTF_8));
    html.append(
            "<section id=\"%s\">\n<h2>%s</h2>\n"
                .formatted(section.name(), FigurePage.escaped(section.title())))
        .append("<p class=\"lead\">%s</p>\n".formatted(FigurePage.escaped(section.lead())))
        .append("<div class=\"grid%s\">\n".formatted(wide ? " wide" : ""));
    section.figures().forEach(figure -> FigurePage.append(html, figure));
    html.append(
            "</div>\n<p class=\"how\">Made by <code>%s</code> · "
                .formatted(FigurePage.escaped(section.command())))
        .append(
            "<a download=\"%s.json\" href=\"data:application/json;base64,%s\">its numbers</a></p>\n"
                .formatted(section.name(), numbers))
        .append("</section>\n");
  }
}
