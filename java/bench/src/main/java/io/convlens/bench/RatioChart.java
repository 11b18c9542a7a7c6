package io.convlens.bench;

import io.convlens.bench.BenchReport.Ratio;
import java.util.List;
import java.util.Locale;

/** How many times faster ConvLens was, network by network: bars in one SVG file. */
final class RatioChart {
  private static final int WIDTH = 720;
  private static final int ROW = 30;
  private static final int BAR = 20;
  private static final int LEFT = 150;
  private static final int TOP = 44;
  private static final int RIGHT = 130;

  /** Said of others only. */
  private static final int USUAL_SIZE = 224;

  private RatioChart() {}

  /** Rows without a ratio have no bar. */
  static String svg(String title, List<BenchReport.Row> rows) {
    double most =
        rows.stream().flatMap(r -> r.speedup().stream()).mapToDouble(Ratio::max).max().orElse(1);
    double unit = (WIDTH - LEFT - RIGHT) / Math.max(1, most);
    int height = TOP + ROW * rows.size() + ROW;
    var svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="14">
        <rect width="%d" height="%d" fill="#ffffff"/>
        <text x="12" y="26" font-size="16">%s</text>
        """
            .formatted(WIDTH, height, WIDTH, height, escaped(title)));
    for (int i = 0; i < rows.size(); i++) {
      BenchReport.Row row = rows.get(i);
      int y = TOP + ROW * i;
      String name = row.net() + (row.size() == USUAL_SIZE ? "" : " at " + row.size());
      text(svg, LEFT - 10, y, "end", name);
      row.speedup().ifPresent(r -> bar(svg, y, unit, r));
    }
    line(svg, LEFT + unit, TOP - 6, height - ROW);
    text(svg, Math.toIntExact(Math.round(LEFT + unit)), height - ROW, "middle", "1");
    return svg.append("</svg>\n").toString();
  }

  /** The median as a bar, the least and the most as a line over it. */
  private static void bar(StringBuilder svg, int y, double unit, Ratio ratio) {
    int middle = y + BAR / 2;
    svg.append(
        String.format(
            Locale.ROOT,
            "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"#c8553d\"/>%n",
            LEFT,
            y,
            unit * ratio.median(),
            BAR));
    svg.append(
        String.format(
            Locale.ROOT,
            "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#333333\"/>%n",
            LEFT + unit * ratio.min(),
            LEFT + unit * ratio.max(),
            middle,
            middle));
    int end = Math.toIntExact(Math.round(LEFT + unit * ratio.max()));
    text(svg, end + 8, y, "start", String.format(Locale.ROOT, "%.1f times", ratio.median()));
  }

  private static void line(StringBuilder svg, double x, int from, int to) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#999999\""
                + " stroke-dasharray=\"4 3\"/>%n",
            x,
            x,
            from,
            to));
  }

  private static void text(StringBuilder svg, int x, int y, String anchor, String what) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>%n",
            x,
            y + BAR - 5,
            anchor,
            escaped(what)));
  }

  private static String escaped(String s) {
    return s.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
