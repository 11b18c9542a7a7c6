package io.convlens.report;

import io.convlens.evaluation.Curve;
import io.convlens.evaluation.Evaluation;
import io.convlens.evaluation.Metric;
import io.convlens.evaluation.Verdict;
import io.convlens.evaluation.Verdict.Stage;
import io.convlens.image.Picture;
import io.convlens.render.LineChart;
import io.convlens.render.LineChart.Axis;
import io.convlens.render.LineChart.Line;
import io.convlens.render.LineChart.Tone;
import io.convlens.render.Sheet;
import java.util.ArrayList;
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
