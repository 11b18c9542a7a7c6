package io.convlens.render;

import io.convlens.image.Picture;
import java.util.ArrayList;
import java.util.List;

/**
 * Lines over two axes, with a word for each line: how a score falls, say.
 *
 * @param title a line above
 * @param across what the horizontal axis is of
 * @param up what the vertical axis is of
 * @param lines the later ones lie above
 */
public record LineChart(String title, Axis across, Axis up, List<Line> lines) {
  /**
   * A straight axis.
   *
   * @param label what it is of
   * @param low its first value
   * @param high its last, which is larger
   */
  public record Axis(String label, double low, double high) {
    private double part(double value) {
      return (value - low) / (high - low);
    }
  }

  /**
   * A line through points.
   *
   * @param name a word for the legend
   * @param x ascending, within the axis
   * @param y as many, finite; what lies beyond the axis is drawn at its end
   * @param tone how it looks
   */
  @SuppressWarnings("ArrayRecordComponent") // Made for one drawing, compared by nobody.
  public record Line(String name, double[] x, double[] y, Tone tone) {}

  /** How a line looks. */
  public enum Tone {
    /** What the chart is about. */
    MAIN(0x1f5fa8, 2.4),
    /** What it is compared with. */
    FIRST_CONTROL(0xe07b1f, 1.4),
    /** What it is compared with besides. */
    SECOND_CONTROL(0x6b7280, 1.4);

    private final int rgb;
    private final double pen;

    Tone(int rgb, double pen) {
      this.rgb = rgb;
      this.pen = pen;
    }
  }

  private static final int PAPER = 0xffffff;
  private static final int INK = 0x1c1f24;
  private static final int FAINT_INK = 0x59606b;
  private static final int GRID = 0xe4e7eb;
  private static final int WIDTH = 380;
  private static final int HEIGHT = 270;
  private static final int LEFT = 48;
  private static final int RIGHT = 12;
  private static final int TOP = 46;
  private static final int BOTTOM = 40;
  private static final StrokeFont TEXT = new StrokeFont(9.5, 0.125);
  private static final StrokeFont SMALL = new StrokeFont(7.5, 0.13);

  /** Copies the list. */
  public LineChart {
    lines = List.copyOf(lines);
  }

  /** The chart as a picture; all charts have one size. */
  public Picture draw() {
    Canvas canvas = new Canvas(WIDTH, HEIGHT, PAPER);
    TEXT.draw(canvas, LEFT, 16, TEXT.fitted(title, WIDTH - LEFT - RIGHT), INK);
    legend(canvas);
    for (double tick : Ticks.between(up.low, up.high).values()) {
      String label = Ticks.between(up.low, up.high).label(tick);
      canvas.fill(LEFT, (int) Math.rint(y(tick)), WIDTH - LEFT - RIGHT, 1, GRID);
      SMALL.draw(canvas, LEFT - 6 - SMALL.width(label), y(tick) + 4, label, FAINT_INK);
    }
    for (double tick : Ticks.between(across.low, across.high).values()) {
      String label = Ticks.between(across.low, across.high).label(tick);
      canvas.fill((int) Math.rint(x(tick)), TOP, 1, HEIGHT - TOP - BOTTOM, GRID);
      double left = Math.min(x(tick) - SMALL.width(label) / 2, WIDTH - SMALL.width(label) - 2.0);
      SMALL.draw(canvas, left, HEIGHT - BOTTOM + 14.0, label, FAINT_INK);
    }
    SMALL.draw(canvas, LEFT, HEIGHT - 10.0, across.label, FAINT_INK);
    for (Line line : lines) {
      draw(canvas, line);
    }
    return canvas.toPicture(title);
  }

  private void legend(Canvas canvas) {
    double at = LEFT;
    for (Line line : lines.reversed()) {
      List<double[]> sample = List.of(new double[] {at, 31.5, at + 14, 31.5});
      canvas.stroke(sample, line.tone.pen, line.tone.rgb);
      SMALL.draw(canvas, at + 20, 35, line.name, FAINT_INK);
      at += 36 + SMALL.width(line.name);
    }
    SMALL.draw(canvas, WIDTH - RIGHT - SMALL.width(up.label), 35, up.label, FAINT_INK);
  }

  private void draw(Canvas canvas, Line line) {
    List<double[]> strokes = new ArrayList<>();
    double[] points = new double[2 * line.x.length];
    for (int i = 0; i < line.x.length; i++) {
      points[2 * i] = x(line.x[i]);
      points[2 * i + 1] = y(Math.clamp(line.y[i], up.low, up.high));
    }
    strokes.add(points);
    canvas.stroke(strokes, line.tone.pen, line.tone.rgb);
  }

  private double x(double value) {
    return LEFT + across.part(value) * (WIDTH - LEFT - RIGHT);
  }

  private double y(double value) {
    return HEIGHT - BOTTOM - up.part(value) * (HEIGHT - TOP - BOTTOM);
  }
}
