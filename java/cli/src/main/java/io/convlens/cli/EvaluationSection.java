package io.convlens.cli;

import io.convlens.evaluation.Evaluation;
import io.convlens.evaluation.EvaluationListener;
import io.convlens.evaluation.EvaluationOptions;
import io.convlens.evaluation.Metric;
import io.convlens.evaluation.Verdict;
import io.convlens.gradient.SaliencyOptions;
import io.convlens.graph.NoGradientException;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.render.FigurePage.Entry;
import io.convlens.render.FigurePage.Figure;
import io.convlens.render.ReportPage.Section;
import io.convlens.report.EvaluationFigures;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The report's section on how good the maps of its gradients are: what happens to the score as
 * pixels go, or come, in their order, beside two controls. So few steps that it takes no longer
 * than the rest of the page.
 *
 * @param network what is asked
 * @param shown what is looked at
 * @param voice for a note where there is nothing to show
 */
record EvaluationSection(Network network, Inputs shown, Voice voice) {
  private static final int STEPS = 8;

  /** How to do the same by hand. */
  static final String COMMAND =
      "evaluate --method integrated-gradients,grad-cam --metrics deletion,insertion"
          + " --curve-steps "
          + STEPS;

  /**
   * The section; nothing where the network has no gradient.
   *
   * @param command that does the same
   */
  Optional<Section> section(String command) {
    var options =
        EvaluationOptions.DEFAULT.metrics(Set.of(Metric.DELETION, Metric.INSERTION)).steps(STEPS);
    List<Verdict> verdicts;
    List<Integer> targets;
    try (var evaluation = new Evaluation(network, inputShape(), options)) {
      int methods = 0;
      for (SaliencyOptions way : SaliencySection.WAYS) {
        try {
          evaluation.add(SaliencyOptions.DEFAULT.method(way.method()));
          methods++;
        } catch (NoGradientException | UnusableOptionException e) {
          voice.note(way.method() + " is not evaluated: " + e.getMessage());
        }
      }
      if (methods == 0) {
        return Optional.empty();
      }
      verdicts =
          evaluation.run(
              shown,
              OptionalInt.empty(),
              Collections.nCopies(shown.count(), List.of()),
              EvaluationListener.NONE);
      targets = evaluation.targets();
    } catch (NoGradientException | UnusableOptionException e) {
      voice.note("the maps are not evaluated: " + e.getMessage());
      return Optional.empty();
    }
    return Optional.of(
        new Section(
            "evaluation",
            "How far these maps can be trusted",
            "Deletion takes the pixels that a map calls most important first: the earlier the"
                + " score falls, the better. Insertion brings them into a blurred picture: the"
                + " earlier it rises, the better. A map says something where it beats both"
                + " controls, a random map and the picture's edges.",
            command,
            figures(verdicts),
            Json.text(numbers(verdicts, targets))));
  }

  private Shape inputShape() {
    try (Tensor picture = shown.tensor(0)) {
      return picture.shape();
    }
  }

  private List<Figure> figures(List<Verdict> verdicts) {
    var drawing = new EvaluationFigures(verdicts, shown.count());
    List<Figure> figures = new ArrayList<>();
    for (Verdict v : verdicts) {
      if (!v.control()) {
        figures.add(
            new Figure(
                drawing.chart(v),
                "Deletion and insertion by the maps of " + v.name(),
                "The score as pixels go and come in the order of " + v.name() + ".",
                entries(v, verdicts)));
      }
    }
    return figures;
  }

  private static List<Entry> entries(Verdict own, List<Verdict> verdicts) {
    List<Entry> entries = new ArrayList<>();
    for (Metric metric : List.of(Metric.DELETION, Metric.INSERTION)) {
      for (Verdict v : verdicts) {
        if (v.control() || v.name().equals(own.name())) {
          v.mean(metric)
              .ifPresent(
                  mean ->
                      entries.add(
                          new Entry(
                              metric + ", " + v.name(), String.format(Locale.ROOT, "%.3f", mean))));
        }
      }
    }
    return entries;
  }

  private Map<String, Object> numbers(List<Verdict> verdicts, List<Integer> targets) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("images", shown.names());
    all.put("target", targets);
    all.put("methods", verdicts.stream().map(EvaluateRun::numbers).toList());
    return all;
  }
}
