package io.convlens.report;

import io.convlens.evaluation.Curve;
import io.convlens.evaluation.Evaluation;
import io.convlens.evaluation.Metric;
import io.convlens.evaluation.PixelMap;
import io.convlens.evaluation.Verdict;
import io.convlens.evaluation.Verdict.Stage;
import io.convlens.image.Picture;
import io.convlens.render.LineChart;
import io.convlens.render.LineChart.Axis;
import io.convlens.render.LineChart.Line;
import io.convlens.render.LineChart.Tone;
import io.convlens.render.Sheet;
import io.convlens.render.ValueScale;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Measurements of maps as a table, and as a chart a method with the controls in it.
 *
 * @param verdicts methods first, controls after them
 * @param pictures how many were looked at
 */
public record EvaluationFigures(List<Verdict> verdicts, int pictures) {
  private static final int COLUMNS = 2;

  /** The side of a map among others. */
  private static final int SIDE = 104;

  private static final int MAPS_A_ROW = 6;

  /** The share of a map's values, at each end, that have the last colour. */
  private static final double OUTLIERS = 0.0025;

  /** Copies the list. */
  public EvaluationFigures {
    verdicts = List.copyOf(verdicts);
  }

  /** A table in Markdown: a row a method, a column a metric that was measured of any. */
  public String table() {
    List<Metric> measured =
        List.of(Metric.values()).stream()
            .filter(m -> verdicts.stream().anyMatch(v -> v.mean(m).isPresent()))
            .toList();
    var text = new StringBuilder("| method |");
    measured.forEach(m -> text.append(" %s (%s is better) |".formatted(m, m.better())));
    text.append("\n| --- |").append(" ---: |".repeat(measured.size())).append('\n');
    for (Verdict v : verdicts) {
      text.append("| ").append(v.control() ? v.name() + " (control)" : v.name()).append(" |");
      measured.forEach(m -> text.append(' ').append(number(v.mean(m))).append(" |"));
      text.append('\n');
    }
    return text.toString();
  }

  private static String number(OptionalDouble value) {
    return value.isPresent()
        ? String.format(Locale.ROOT, "%.3f", value.getAsDouble() + 0.0)
        : "\u2013";
  }

  /**
   * The maps of the first picture beside each other, each on a scale of its own: blue to red where
   * it tells what speaks against the class from what speaks for it, blue to yellow where it does
   * not.
   *
   * @param shown that picture
   */
  public Picture maps(Picture shown) {
    List<Sheet.Tile> tiles = new ArrayList<>();
    tiles.add(new Sheet.Tile(Sheet.sized(shown, SIDE), "the picture", false));
    for (Verdict v : verdicts) {
      PixelMap map = v.first();
      double[] reach = reach(map.values());
      Picture drawn =
          ValueScale.of(reach[0], reach[1]).picture("", map.values(), 0, map.width(), map.height());
      tiles.add(new Sheet.Tile(Sheet.sized(drawn, SIDE), v.name(), false));
    }
    return new Sheet(
            shown.name(),
            List.of("each map on a scale of its own"),
            Optional.empty(),
            List.of(new Sheet.Block("", MAPS_A_ROW, tiles)))
        .draw();
  }

  /** From the smallest to the largest value, a few outliers left out. */
  private static double[] reach(float[] values) {
    float[] sorted = values.clone();
    Arrays.sort(sorted);
    int out = (int) (OUTLIERS * sorted.length);
    return new double[] {sorted[out], sorted[sorted.length - 1 - out]};
  }

  /** A method's chart: what was measured along something, with the controls beside it. */
  public Picture chart(Verdict method) {
    List<Sheet.Tile> tiles = new ArrayList<>();
    curves(method, "deletion: pixels taken away", Verdict::deletion).ifPresent(tiles::add);
    curves(method, "insertion: pixels put back", Verdict::insertion).ifPresent(tiles::add);
    setSizes(method).ifPresent(tiles::add);
    stages(method).ifPresent(tiles::add);
    List<String> notes = new ArrayList<>();
    for (Metric m : Metric.values()) {
      if (method.mean(m).isPresent()) {
        notes.add("%s %s".formatted(m, number(method.mean(m))));
      }
    }
    String means = "means over %d pictures: %s".formatted(pictures, String.join(", ", notes));
    return new Sheet(
            method.name(),
            List.of(means),
            Optional.empty(),
            List.of(new Sheet.Block("", COLUMNS, tiles)))
        .draw();
  }

  private Optional<Sheet.Tile> curves(
      Verdict method, String title, Function<Verdict, List<Curve>> of) {
    if (of.apply(method).isEmpty()) {
      return Optional.empty();
    }
    List<Line> lines = lines(method, v -> xs(means(of.apply(v)).length), v -> means(of.apply(v)));
    var up = new Axis("probability", 0, top(lines));
    return Optional.of(tile(new LineChart(title, new Axis("share of pixels", 0, 1), up, lines)));
  }

  private static double[] xs(int count) {
    double[] x = new double[count];
    for (int i = 0; i < count; i++) {
      x[i] = (double) i / (count - 1);
    }
    return x;
  }

  private static double[] means(List<Curve> curves) {
    double[] sums = new double[curves.getFirst().scores().length];
    for (Curve c : curves) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] += c.scores()[i] / (double) curves.size();
      }
    }
    return sums;
  }

  private static double top(List<Line> lines) {
    double top = 0;
    for (Line line : lines) {
      for (double y : line.y()) {
        top = Math.max(top, y);
      }
    }
    return top > 0 ? top : 1;
  }

  private Optional<Sheet.Tile> setSizes(Verdict method) {
    if (method.correlations().isEmpty()) {
      return Optional.empty();
    }
    double[] sizes = Evaluation.setSizes().stream().mapToDouble(Double::doubleValue).toArray();
    List<Line> lines = lines(method, _ -> sizes, EvaluationFigures::bySize);
    var across = new Axis("share of pixels taken away at once", 0, sizes[sizes.length - 1]);
    return Optional.of(
        tile(
            new LineChart(
                "sensitivity-n: do shares foretell drops?",
                across,
                new Axis("correlation", -1, 1),
                lines)));
  }

  private static double[] bySize(Verdict verdict) {
    double[] sums = new double[verdict.correlations().getFirst().size()];
    for (List<Double> row : verdict.correlations()) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] += row.get(i) / verdict.correlations().size();
      }
    }
    return sums;
  }

  private Optional<Sheet.Tile> stages(Verdict method) {
    if (method.stages().isEmpty()) {
      return Optional.empty();
    }
    List<Line> lines =
        lines(
            method,
            v -> withStart(v.stages(), 0, Stage::layers),
            v -> withStart(v.stages(), 1, Stage::absolute));
    int layers = method.stages().getLast().layers();
    return Optional.of(
        tile(
            new LineChart(
                "randomisation: does it need what was learned?",
                new Axis("layers randomised, from the last one backwards", 0, layers),
                new Axis("rank correlation", -1, 1),
                lines)));
  }

  /** Before anything is randomised, a map is like itself. */
  private static double[] withStart(
      List<Stage> stages, double start, ToDoubleFunction<Stage> number) {
    double[] all = new double[stages.size() + 1];
    all[0] = start;
    for (int i = 0; i < stages.size(); i++) {
      all[i + 1] = number.applyAsDouble(stages.get(i));
    }
    return all;
  }

  /** The controls' lines beneath the method's. */
  private List<Line> lines(
      Verdict method, Function<Verdict, double[]> x, Function<Verdict, double[]> y) {
    List<Line> lines = new ArrayList<>();
    for (Verdict v : verdicts) {
      if (v.control() && !v.name().equals(method.name())) {
        Tone tone = lines.isEmpty() ? Tone.FIRST_CONTROL : Tone.SECOND_CONTROL;
        lines.add(new Line(v.name(), x.apply(v), y.apply(v), tone));
      }
    }
    lines.add(new Line(method.name(), x.apply(method), y.apply(method), Tone.MAIN));
    return lines;
  }

  private static Sheet.Tile tile(LineChart chart) {
    return new Sheet.Tile(chart.draw(), "", false);
  }
}
