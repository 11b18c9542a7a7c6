package io.convlens.render;

import io.convlens.render.MapScene.Window;
import java.util.List;
import java.util.Locale;

/**
 * Where everything of a map's figure stands, and the drawing of all but the panel itself: header,
 * colour scale, patch, caption. Lengths are in the figure's pixels.
 */
final class FigureLayout {
  /** What lies under the hatching of pixels without a value. */
  static final int NO_VALUE = 0xf1f1f1;

  private static final int PAPER = 0xffffff;
  private static final int INK = 0x1c1f24;
  private static final int FAINT_INK = 0x59606b;
  private static final int RULE = 0x8a919c;

  private static final int MARGIN = 28;
  private static final int GAP = 30;
  private static final int LINE = 20;
  private static final int BAR_WIDTH = 16;
  private static final int BAR_LEAST = 120;
  private static final int BAR_MOST = 300;
  private static final int SWATCH = 12;
  private static final int LEGEND_LEAST = 158;
  private static final int HATCH_PERIOD = 8;
  private static final int PANEL_LEAST = 220;

  private static final StrokeFont TITLE = new StrokeFont(14, 0.145);
  private static final StrokeFont TEXT = new StrokeFont(10.5, 0.125);
  private static final StrokeFont SMALL = new StrokeFont(9.5, 0.125);
  private static final StrokeFont BOLD = new StrokeFont(9.5, 0.165);
  private static final int LABEL_HEIGHT = 13;
  private static final int BAR_TOP = LINE + 4;

  private final MapScene scene;
  private final ColorMap colors;
  private final int panelWidth;
  private final int panelHeight;
  private final int patchWidth;
  private final int patchHeight;
  private final int legendWidth;
  private final int legendHeight;
  private final int barHeight;
  private final List<String> caption;

  /**
   * A layout.
   *
   * @param scale figure pixels for one of the picture
   */
  FigureLayout(MapScene scene, ColorMap colors, double scale) {
    this.scene = scene;
    this.colors = colors;
    this.panelWidth = scaled(scene.shown().width(), scale);
    this.panelHeight = scaled(scene.shown().height(), scale);
    Window window = scene.window();
    this.patchWidth = scaled(window.width(), scale);
    this.patchHeight = scaled(window.height(), scale);
    this.legendWidth = Math.max(LEGEND_LEAST, patchWidth);
    int below = rows() * LINE + 2 * LINE + patchHeight + 12;
    this.barHeight = Math.clamp(panelHeight - BAR_TOP - below, BAR_LEAST, BAR_MOST);
    this.legendHeight = BAR_TOP + barHeight + below;
    this.caption = SMALL.wrapped(captionText(), width() - 2.0 * MARGIN);
  }

  private static int scaled(int length, double scale) {
    return Math.max(1, (int) Math.rint(length * scale));
  }

  /** Swatches in the legend: what survives, what falls, and what has no value. */
  private int rows() {
    return scene.map().isComplete() ? 2 : 3;
  }

  int panelLeft() {
    return MARGIN;
  }

  int panelTop() {
    return MARGIN + 14 + 12 + 11 + 20;
  }

  int panelWidth() {
    return panelWidth;
  }

  int panelHeight() {
    return panelHeight;
  }

  private int legendLeft() {
    return MARGIN + Math.max(PANEL_LEAST, panelWidth) + GAP;
  }

  private int width() {
    return legendLeft() + legendWidth + MARGIN;
  }

  private int captionTop() {
    return panelTop() + Math.max(panelHeight, legendHeight) + 18;
  }

  Canvas canvas() {
    int height = captionTop() + caption.size() * 17 + MARGIN - 8;
    return new Canvas(width(), height, PAPER);
  }

  /** Everything but the panel's pixels. */
  void draw(Canvas canvas) {
    header(canvas);
    canvas.frame(panelLeft() - 1, panelTop() - 1, panelWidth + 2, panelHeight + 2, 1, RULE);
    int y = scale(canvas);
    y = swatches(canvas, y + 10);
    patch(canvas, y + LINE);
    int line = captionTop() + 10;
    for (String text : caption) {
      SMALL.draw(canvas, MARGIN, line, text, FAINT_INK);
      line += 17;
    }
  }

  private void header(Canvas canvas) {
    double room = width() - 2.0 * MARGIN;
    TITLE.draw(canvas, MARGIN, MARGIN + 14, TITLE.fitted(scene.target(), room), INK);
    String range =
        "base %s %s, map %s to %s"
            .formatted(
                scene.scale().name(),
                number(scene.base()),
                number(scene.map().min()),
                number(scene.map().max()));
    double left = room - TEXT.width(range) - TEXT.width("  \u00b7  ");
    String source = TEXT.fitted(scene.source(), left) + "  \u00b7  " + range;
    TEXT.draw(canvas, MARGIN, MARGIN + 14 + 12 + 11, source, FAINT_INK);
  }

  /** The colour scale with its ticks and the base marked; returns where it ends. */
  private int scale(Canvas canvas) {
    int left = legendLeft();
    int top = panelTop() + BAR_TOP;
    String title = scene.scale().ofBase() ? "share of base" : scene.scale().name();
    TEXT.draw(canvas, left, panelTop() + 10, title, INK);
    for (int y = 0; y < barHeight; y++) {
      double place = 1 - (y + 0.5) / barHeight;
      canvas.fill(left, top + y, BAR_WIDTH, 1, colors.rgb(place));
    }
    canvas.frame(left - 1, top - 1, BAR_WIDTH + 2, barHeight + 2, 1, RULE);
    double low = scene.scale().low();
    double high = scene.scale().high();
    if (high > low) {
      ticks(canvas, left + BAR_WIDTH, top);
      base(canvas, left, top);
    } else {
      SMALL.draw(canvas, left + BAR_WIDTH + 8, top + barHeight / 2 + 5, number(low), INK);
    }
    return top + barHeight;
  }

  /** Ticks, without those that the base's label would run into. */
  private void ticks(Canvas canvas, int left, int top) {
    int base = placeOf(scene.base(), top);
    MapScene.Scale scale = scene.scale();
    double unit = scale.ofBase() ? scale.high() / 100 : 1;
    Ticks ticks = Ticks.between(scale.low() / unit, scale.high() / unit);
    for (double value : ticks.values()) {
      int y = placeOf(value * unit, top);
      if (Math.abs(y - base) >= LABEL_HEIGHT || !baseIsOnScale()) {
        canvas.fill(left + 1, y, 4, 1, RULE);
        String label = ticks.label(value) + (scale.ofBase() ? "%" : "");
        SMALL.draw(canvas, left + 9, y + 5, label, INK);
      }
    }
  }

  private boolean baseIsOnScale() {
    double place = scene.scale().place(scene.base());
    return place >= 0 && place <= 1;
  }

  /** A line across the scale where the untouched picture's score stands, and its value. */
  private void base(Canvas canvas, int left, int top) {
    if (baseIsOnScale()) {
      int y = placeOf(scene.base(), top);
      canvas.fill(left - 4, y - 1, BAR_WIDTH + 9, 3, PAPER);
      canvas.fill(left - 4, y, BAR_WIDTH + 9, 1, INK);
      BOLD.draw(canvas, left + BAR_WIDTH + 9, y + 5, "base " + number(scene.base()), INK);
    }
  }

  private int placeOf(double value, int top) {
    double place = Math.clamp(scene.scale().place(value), 0.0, 1.0);
    return top + (int) Math.rint((1 - place) * (barHeight - 1));
  }

  private int swatches(Canvas canvas, int top) {
    int left = legendLeft();
    int y = top;
    for (int row = 0; row < rows(); row++) {
      for (int v = 0; v < SWATCH; v++) {
        for (int u = 0; u < SWATCH; u++) {
          int rgb = row == 2 ? hatched(NO_VALUE, u, v) : colors.rgb(1 - row);
          canvas.set(left + u, y + 4 + v, rgb);
        }
      }
      canvas.frame(left, y + 4, SWATCH, SWATCH, 1, RULE);
      String text =
          switch (row) {
            case 0 -> "answer survives";
            case 1 -> "answer falls";
            default -> "not covered";
          };
      SMALL.draw(canvas, left + SWATCH + 8, y + 15, text, INK);
      y += LINE;
    }
    return y;
  }

  private void patch(Canvas canvas, int top) {
    SMALL.draw(canvas, legendLeft(), top + 6, scene.window().words(), INK);
    canvas.frame(legendLeft(), top + 14, patchWidth, patchHeight, Math.min(2, patchWidth), INK);
  }

  private String captionText() {
    return ("Each pixel: the mean %s while the patch covers it. %s: the answer survives."
            + " %s: it falls, so it rests on what is there.")
        .formatted(scene.scale().name(), colors.high(), colors.low());
  }

  /** Diagonal lines over a colour, at a pixel of the panel. */
  static int hatched(int rgb, int x, int y) {
    double across = Math.abs((x + y) % HATCH_PERIOD - HATCH_PERIOD / 2.0) / Math.sqrt(2);
    return Canvas.mix(rgb, FAINT_INK, Math.clamp(1.1 - across, 0.0, 1.0) * 0.8);
  }

  /** Three decimals below 1, else three significant digits; an exponent where that says nothing. */
  static String number(double value) {
    double size = Math.abs(value);
    if (Double.isNaN(value)) {
      return "none";
    }
    if (size == 0) {
      return "0";
    }
    if (size < 1e-3 || size >= 1e6) {
      return String.format(Locale.ROOT, "%.1e", value);
    }
    int decimals = size < 1 ? 3 : Math.max(0, 2 - (int) Math.floor(Math.log10(size)));
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }
}
