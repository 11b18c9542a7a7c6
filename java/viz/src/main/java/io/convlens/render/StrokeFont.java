package io.convlens.render;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Text drawn with a pen, so that it needs no font on the machine and gives the same pixels
 * everywhere. The letters are of our own design: a geometric sans serif of straight lines and
 * elliptic arcs on a grid where capitals are 10 high, small letters 7, and descenders reach -3.
 *
 * <p>A glyph is a string of commands: {@code M x y} lifts the pen and moves, {@code L x y} draws a
 * line, {@code A cx cy rx ry from to} draws an arc of an ellipse between two angles in degrees,
 * counterclockwise where {@code to} is larger, joined to where the pen was. Accented letters lose
 * their accents; what has no glyph is drawn as {@code ?}.
 */
final class StrokeFont {
  private static final double CAP_HEIGHT = 10;
  private static final double SPACING = 2.3;
  private static final double SPACE_WIDTH = 3.2;
  private static final double DIGIT_WIDTH = 6.4;
  private static final double DEGREES_A_STEP = 12;

  /** Lines on the font's grid, y upwards, and the width that they take. */
  private record Glyph(List<double[]> lines, double width) {}

  private static final Map<Integer, Glyph> GLYPHS = new HashMap<>();

  static {
    capitals();
    smallLetters();
    digits();
    punctuation();
    GLYPHS.put((int) ' ', new Glyph(List.of(), SPACE_WIDTH));
  }

  private final double scale;
  private final double pen;

  /**
   * A size and weight.
   *
   * @param capHeight of capitals, in pixels
   * @param weight the pen's width as a part of that: about 0.12 regular, 0.17 bold
   */
  StrokeFont(double capHeight, double weight) {
    this.scale = capHeight / CAP_HEIGHT;
    this.pen = capHeight * weight;
  }

  /** The width of a text in pixels. */
  double width(String text) {
    double sum = 0;
    for (int point : points(text)) {
      sum += glyph(point).width + SPACING;
    }
    return text.isEmpty() ? 0 : (sum - SPACING) * scale;
  }

  /** Draws a text from {@code x} on, standing on {@code baseline}, both in pixels. */
  void draw(Canvas canvas, double x, double baseline, String text, int rgb) {
    double at = x;
    for (int point : points(text)) {
      Glyph glyph = glyph(point);
      if (!glyph.lines.isEmpty()) {
        canvas.stroke(placed(glyph, at, baseline), pen, rgb);
      }
      at += (glyph.width + SPACING) * scale;
    }
  }

  /** The text, or as much of it as fits in so many pixels with "..." after it. */
  String fitted(String text, double pixels) {
    if (width(text) <= pixels) {
      return text;
    }
    int[] points = text.codePoints().toArray();
    int n = points.length;
    String cut = "...";
    while (n > 0) {
      n--;
      cut = new String(points, 0, n).stripTrailing() + "...";
      if (width(cut) <= pixels) {
        break;
      }
    }
    return cut;
  }

  /** The text broken at spaces into lines of at most so many pixels, longer words cut off. */
  List<String> wrapped(String text, double pixels) {
    var lines = new ArrayList<String>();
    var line = "";
    for (String word : text.split(" ", -1)) {
      String longer = line.isEmpty() ? word : line + " " + word;
      if (width(longer) <= pixels || line.isEmpty()) {
        line = longer;
      } else {
        lines.add(fitted(line, pixels));
        line = word;
      }
    }
    lines.add(fitted(line, pixels));
    return lines;
  }

  private List<double[]> placed(Glyph glyph, double x, double baseline) {
    var lines = new ArrayList<double[]>();
    for (double[] line : glyph.lines) {
      double[] moved = new double[line.length];
      for (int i = 0; i < line.length; i += 2) {
        moved[i] = x + line[i] * scale;
        moved[i + 1] = baseline - line[i + 1] * scale;
      }
      lines.add(moved);
    }
    return lines;
  }

  /** Code points without accents and control characters. */
  private static int[] points(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFD)
        .codePoints()
        .filter(p -> Character.getType(p) != Character.NON_SPACING_MARK)
        .map(p -> Character.isWhitespace(p) || Character.isISOControl(p) ? ' ' : p)
        .toArray();
  }

  private static Glyph glyph(int point) {
    Glyph glyph = GLYPHS.get(point);
    return glyph == null ? GLYPHS.get((int) '?') : glyph;
  }

  private static void put(int character, String commands) {
    GLYPHS.put(character, new Glyph(lines(commands), extent(lines(commands))));
  }

  private static double extent(List<double[]> lines) {
    double right = 0;
    for (double[] line : lines) {
      for (int i = 0; i < line.length; i += 2) {
        right = Math.max(right, line[i]);
      }
    }
    return right;
  }

  private static List<double[]> lines(String commands) {
    String[] words = commands.strip().split("\\s+", -1);
    var lines = new ArrayList<double[]>();
    var line = new ArrayList<Double>();
    int at = 0;
    while (at < words.length) {
      String command = words[at++];
      int count = command.equals("A") ? 6 : 2;
      double[] n = new double[count];
      for (int i = 0; i < count; i++) {
        n[i] = Double.parseDouble(words[at++]);
      }
      if (command.equals("M") && !line.isEmpty()) {
        lines.add(array(line));
        line.clear();
      }
      if (count == 2) {
        line.add(n[0]);
        line.add(n[1]);
      } else {
        arc(n, line);
      }
    }
    lines.add(array(line));
    return List.copyOf(lines);
  }

  private static void arc(double[] n, List<Double> line) {
    int steps = Math.max(1, (int) Math.ceil(Math.abs(n[5] - n[4]) / DEGREES_A_STEP));
    for (int i = 0; i <= steps; i++) {
      double angle = Math.toRadians(n[4] + (n[5] - n[4]) * i / steps);
      line.add(n[0] + n[2] * StrictMath.cos(angle));
      line.add(n[1] + n[3] * StrictMath.sin(angle));
    }
  }

  private static double[] array(List<Double> line) {
    return line.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static void capitals() {
    put('A', "M 0 0 L 4 10 L 8 0 M 1.4 3.4 L 6.6 3.4");
    put(
        'B',
        "M 0 0 L 0 10 L 3.4 10 A 3.4 7.65 2.4 2.35 90 -90 L 0 5.3 M 3.4 5.3"
            + " A 3.8 2.65 2.8 2.65 90 -90 L 0 0");
    put('C', "M 8.3 8.2 A 4.8 5 4.8 5 40 320");
    put('D', "M 0 0 L 0 10 L 3 10 A 3 5 4.8 5 90 -90 L 0 0");
    put('E', "M 5.8 10 L 0 10 L 0 0 L 5.8 0 M 0 5.3 L 5.2 5.3");
    put('F', "M 5.6 10 L 0 10 L 0 0 M 0 5.2 L 5 5.2");
    put('G', "M 8.4 8.3 A 4.8 5 4.8 5 42 345 L 9.4 4.6 L 5.6 4.6");
    put('H', "M 0 0 L 0 10 M 7.2 0 L 7.2 10 M 0 5.2 L 7.2 5.2");
    put('I', "M 0 0 L 0 10");
    put('J', "M 4.4 10 L 4.4 2.6 A 2.2 2.6 2.2 2.6 0 -170");
    put('K', "M 0 0 L 0 10 M 6.4 10 L 0 3.6 M 2.3 5.9 L 6.9 0");
    put('L', "M 0 10 L 0 0 L 5.4 0");
    put('M', "M 0 0 L 0 10 L 4.3 3.2 L 8.6 10 L 8.6 0");
    put('N', "M 0 0 L 0 10 L 7.2 0 L 7.2 10");
    put('O', "A 4.9 5 4.9 5 0 360");
    put('P', "M 0 0 L 0 10 L 3.5 10 A 3.5 7.2 2.8 2.8 90 -90 L 0 4.4");
    put('Q', "A 4.9 5 4.9 5 0 360 M 5.8 2.6 L 9.4 -1");
    put('R', "M 0 0 L 0 10 L 3.5 10 A 3.5 7.2 2.8 2.8 90 -90 L 0 4.4 M 3.4 4.4 L 6.7 0");
    put('S', "A 3.2 7.55 2.8 2.45 35 270 A 3.2 2.55 3 2.55 90 -145");
    put('T', "M 0 10 L 7.4 10 M 3.7 10 L 3.7 0");
    put('U', "M 0 10 L 0 3.6 A 3.5 3.6 3.5 3.6 180 360 L 7 10");
    put('V', "M 0 10 L 4 0 L 8 10");
    put('W', "M 0 10 L 2.9 0 L 5.9 9.4 L 8.9 0 L 11.8 10");
    put('X', "M 0 0 L 7 10 M 0 10 L 7 0");
    put('Y', "M 0 10 L 3.8 4.8 L 7.6 10 M 3.8 4.8 L 3.8 0");
    put('Z', "M 0.2 10 L 6.8 10 L 0 0 L 7 0");
  }

  private static void smallLetters() {
    put(
        'a',
        "A 2.7 4.75 2.5 2.25 152 0 L 5.2 0 M 5.2 4 L 2.3 4 A 2.3 2 2.3 2 90 270"
            + " A 2.9 2.2 2.3 2.2 -90 0");
    put('b', "M 0 10 L 0 0 M 0 3.5 A 3.1 3.5 3.1 3.5 180 540");
    put('c', "A 3.2 3.5 3.2 3.5 48 312");
    put('d', "M 6.2 10 L 6.2 0 M 6.2 3.5 A 3.1 3.5 3.1 3.5 0 360");
    put('e', "M 0 3.7 L 6.2 3.7 A 3.1 3.5 3.1 3.5 3 316");
    put('f', "M 4 9.9 A 3.7 7.9 2.3 2.1 82 180 L 1.4 0 M 0 7 L 3.7 7");
    put('g', "M 6.2 3.5 A 3.1 3.5 3.1 3.5 0 360 M 6.2 7 L 6.2 -0.2 A 3.2 -0.2 3 2.9 0 -145");
    put('h', "M 0 10 L 0 0 M 0 4.2 A 2.75 4.2 2.75 2.8 180 0 L 5.5 0");
    put('i', "M 0.3 7 L 0.3 0 M 0.6 9.6 A 0.3 9.6 .3 .3 0 360");
    put('j', "M 1.7 7 L 1.7 -1 A 0 -1 1.7 1.9 0 -95 M 2 9.6 A 1.7 9.6 .3 .3 0 360");
    put('k', "M 0 10 L 0 0 M 5 7 L 0 2.5 M 1.9 4.2 L 5.4 0");
    put('l', "M 0 10 L 0 1.7 A 1.7 1.7 1.7 1.7 180 285");
    put(
        'm',
        "M 0 7 L 0 0 M 0 4.6 A 2.3 4.6 2.3 2.4 180 0 L 4.6 0"
            + " M 4.6 4.6 A 6.9 4.6 2.3 2.4 180 0 L 9.2 0");
    put('n', "M 0 7 L 0 0 M 0 4.2 A 2.75 4.2 2.75 2.8 180 0 L 5.5 0");
    put('o', "A 3.2 3.5 3.2 3.5 0 360");
    put('p', "M 0 7 L 0 -3 M 0 3.5 A 3.1 3.5 3.1 3.5 180 540");
    put('q', "M 6.2 7 L 6.2 -3 M 6.2 3.5 A 3.1 3.5 3.1 3.5 0 360");
    put('r', "M 0 7 L 0 0 M 0 4.2 A 2.6 4.2 2.6 2.8 180 72");
    put('s', "A 2.5 5.3 2.1 1.7 32 270 A 2.5 1.8 2.4 1.8 90 -150");
    put('t', "M 1.5 9.2 L 1.5 2 A 3.5 2 2 2 180 285 M 0 7 L 4 7");
    put('u', "M 0 7 L 0 2.8 A 2.75 2.8 2.75 2.8 180 360 M 5.5 7 L 5.5 0");
    put('v', "M 0 7 L 2.9 0 L 5.8 7");
    put('w', "M 0 7 L 2.3 0 L 4.6 6.4 L 6.9 0 L 9.2 7");
    put('x', "M 0 0 L 5.3 7 M 0 7 L 5.3 0");
    put('y', "M 0 7 L 2.95 0 M 5.9 7 L 2.4 -1.4 A 0.9 -1 1.7 2 -15 -100");
    put('z', "M 0.2 7 L 5 7 L 0 0 L 5.2 0");
  }

  /** All of one width, so that columns of numbers align. */
  private static void digits() {
    String[] digits = {
      "A 3.2 5 3.1 5 0 360",
      "M 1.1 8.1 L 3.7 10 L 3.7 0",
      "A 3.1 7.1 2.9 2.9 165 -38 L 0.3 0 L 6.2 0",
      "A 3 7.6 2.6 2.4 150 -90 M 2.2 5.2 L 3 5.2 A 3 2.6 3.1 2.6 90 -150",
      "M 4.8 0 L 4.8 10 L 0.1 2.9 L 6.4 2.9",
      "M 5.6 10 L 1.2 10 L 0.7 5.4 A 3 3.2 3.2 3.2 135 -150",
      "M 0.1 3.1 A 3.2 3.1 3.1 3.1 180 540 M 0.1 3.1 A 5.6 3.1 5.5 6.9 180 100",
      "M 0.2 10 L 6.3 10 L 2.3 0",
      "A 3.2 7.65 2.5 2.35 0 360 M 6.2 2.65 A 3.2 2.65 3 2.65 0 360",
      "M 6.3 6.9 A 3.2 6.9 3.1 3.1 0 360 M 6.3 6.9 A 0.8 6.9 5.5 6.9 0 -80",
    };
    for (int d = 0; d < digits.length; d++) {
      GLYPHS.put('0' + d, new Glyph(lines(digits[d]), DIGIT_WIDTH));
    }
  }

  private static void punctuation() {
    String low = "A 0.3 0.3 .3 .3 0 360";
    put('.', low);
    put(',', "M 0.7 0.4 L 0 -2");
    put(':', low + " M 0.6 5.8 A 0.3 5.8 .3 .3 0 360");
    put(';', "M 0.7 0.4 L 0 -2 M 1 5.8 A 0.7 5.8 .3 .3 0 360");
    put('!', "M 0.3 10 L 0.3 3.2 M 0.6 0.3 " + low);
    put('?', "A 2.6 7.4 2.6 2.6 165 -45 L 2.6 4 L 2.6 3.2 M 2.9 0.3 A 2.6 0.3 .3 .3 0 360");
    put('"', "M 0 10 L 0 7.2 M 2.3 10 L 2.3 7.2");
    put('\'', "M 0 10 L 0 7.2");
    put('\u2019', "M 0.7 10 L 0 7.4");
    put('`', "M 0 10 L 1.5 8.2");
    put('#', "M 1.4 0 L 3 10 M 4.8 0 L 6.4 10 M 0 3.2 L 7.4 3.2 M 0.5 6.8 L 7.9 6.8");
    put('$', "A 3 7.3 2.6 2.1 35 270 A 3 2.6 2.9 2.6 90 -145 M 3 11.2 L 3 -1.6");
    put('%', "M 1.6 0 L 7.6 10 M 4 8 A 2 8 2 2 0 360 M 9.2 2 A 7.2 2 2 2 0 360");
    put(
        '&',
        "M 7.6 0 L 1.8 6.6 A 3.3 8 2 2 222 -50 L 1.5 4.8" + " A 2.9 2.6 2.9 2.6 120 320 L 7.4 4.6");
    put('(', "A 4.6 3.6 4.6 8 127 233");
    put(')', "A -2.8 3.6 4.6 8 53 -53");
    put('*', "M 2.4 10 L 2.4 5.2 M 0.3 8.8 L 4.5 6.4 M 0.3 6.4 L 4.5 8.8");
    put('+', "M 0 4 L 6 4 M 3 7 L 3 1");
    put('-', "M 0 3.8 L 3.4 3.8");
    put('\u2013', "M 0 3.8 L 5.6 3.8");
    put('\u2212', "M 0 4 L 6 4");
    put('\u00b7', "A 0.3 3.8 .3 .3 0 360");
    put('\u00d7', "M 0 1.4 L 5.2 6.6 M 0 6.6 L 5.2 1.4");
    put('/', "M 0 -1 L 4.4 10.6");
    put('\\', "M 0 10.6 L 4.4 -1");
    put('<', "M 5.6 7 L 0 4 L 5.6 1");
    put('>', "M 0 7 L 5.6 4 L 0 1");
    put('=', "M 0 5.4 L 6 5.4 M 0 2.6 L 6 2.6");
    put(
        '@',
        "M 7 6.4 L 7 3.4 A 8.5 3.4 1.5 1.6 180 360 L 10 4.2 A 5 4.2 5 5.4 0 312"
            + " M 7 4.2 A 4.9 4.2 2.1 2.4 0 360");
    put('[', "M 2.2 10.8 L 0 10.8 L 0 -2.4 L 2.2 -2.4");
    put(']', "M 0 10.8 L 2.2 10.8 L 2.2 -2.4 L 0 -2.4");
    put('^', "M 0 6.8 L 2.6 10 L 5.2 6.8");
    put('_', "M 0 -1.8 L 6 -1.8");
    put(
        '{',
        "M 2.8 10.8 A 2.8 9.4 1.4 1.4 90 180 L 1.4 5.6 L 0 4.2 L 1.4 2.8 L 1.4 -1"
            + " A 2.8 -1 1.4 1.4 180 270");
    put('|', "M 0 11 L 0 -2.6");
    put(
        '}',
        "M 0 10.8 A 0 9.4 1.4 1.4 90 0 L 1.4 5.6 L 2.8 4.2 L 1.4 2.8 L 1.4 -1"
            + " A 0 -1 1.4 1.4 0 -90");
    put('~', "M 0 3.4 A 1.5 3.6 1.5 1.2 180 0 A 4.5 3.6 1.5 1.2 180 360");
  }
}
