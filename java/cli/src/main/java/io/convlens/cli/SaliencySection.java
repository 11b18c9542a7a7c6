package io.convlens.cli;

import io.convlens.gradient.Attribution;
import io.convlens.gradient.Method;
import io.convlens.gradient.Saliency;
import io.convlens.gradient.SaliencyMapper;
import io.convlens.gradient.SaliencyOptions;
import io.convlens.graph.NoGradientException;
import io.convlens.image.Picture;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.render.FigurePage.Entry;
import io.convlens.render.FigurePage.Figure;
import io.convlens.render.ReportPage.Section;
import io.convlens.report.SaliencyFigures;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The report's section of gradients: two methods for each picture, on a scale each.
 *
 * @param network what is asked
 * @param shown what is looked at
 * @param folder where the arrays go
 * @param voice for a note where there is nothing to show
 */
record SaliencySection(Network network, Inputs shown, Path folder, Voice voice) {
  /** How to do the first half by hand. */
  static final String COMMAND = "saliency --method integrated-gradients";

  /** The two methods. */
  static final List<SaliencyOptions> WAYS =
      List.of(
          SaliencyOptions.DEFAULT.method(Method.INTEGRATED_GRADIENTS),
          SaliencyOptions.DEFAULT.method(Method.GRAD_CAM).relu(true));

  /**
   * The section; nothing where the network has no gradient.
   *
   * @param command that does the same
   */
  Optional<Section> section(String command) {
    List<Figure> figures = new ArrayList<>();
    List<Map<String, Object>> numbers = new ArrayList<>();
    for (SaliencyOptions way : WAYS) {
      try {
        add(way, figures, numbers);
      } catch (NoGradientException | UnusableOptionException e) {
        voice.note(way.method() + " is left out: " + e.getMessage());
      }
    }
    return figures.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Section(
                "saliency",
                "What the score's gradient says",
                "How the answer's score is shared out: among pixels by integrated gradients, and"
                    + " among the places of the last convolution by Grad-CAM.",
                command,
                figures,
                Json.text(Map.of("attributions", numbers))));
  }

  private void add(SaliencyOptions way, List<Figure> figures, List<Map<String, Object>> numbers) {
    List<Attribution> all = new ArrayList<>();
    for (int i = 0; i < shown.count(); i++) {
      try (Tensor picture = shown.tensor(i);
          SaliencyMapper mapper = new Saliency(way).prepare(network, picture.shape())) {
        all.add(mapper.map(picture, 0));
      }
    }
    SaliencyFigures.Reach reach = SaliencyFigures.Reach.NONE;
    for (Attribution a : all) {
      reach = reach.with(SaliencyFigures.Reach.of(a.shape(), a.values()));
    }
    var drawn = new SaliencyFigures(way, network.labels(), reach);
    for (int i = 0; i < all.size(); i++) {
      Attribution a = all.get(i);
      Picture seen = shown.shown(i);
      String label = network.labels().name(a.target());
      figures.add(
          new Figure(
              drawn.figure(a, seen),
              "%s of %s".formatted(way.method(), shown.name(i)),
              "%s of %s for %s.".formatted(way.method(), shown.name(i), label),
              List.of(new Entry("score", String.format(Locale.ROOT, "%.3f", (double) a.score())))));
      String file = shown.stems().get(i) + "-" + way.method() + ".npy";
      write(folder.resolve(file), a);
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("image", shown.name(i));
      entry.put("method", way.method().toString());
      entry.put("target", a.target());
      entry.put("score", a.score());
      entry.put("array", file);
      a.completeness().ifPresent(c -> entry.put("completenessGap", c.gap()));
      numbers.add(entry);
    }
  }

  private static void write(Path file, Attribution a) {
    long[] dims = a.shape().dims();
    long[] one = new long[dims.length + 1];
    one[0] = 1;
    System.arraycopy(dims, 0, one, 1, dims.length);
    try (Tensor t = Tensor.of(Shape.of(one), a.values())) {
      Npy.write(file, t);
    }
  }
}
