package io.convlens.cli;

import io.convlens.evaluation.Curve;
import io.convlens.evaluation.Evaluation;
import io.convlens.evaluation.EvaluationOptions;
import io.convlens.evaluation.Metric;
import io.convlens.evaluation.Verdict;
import io.convlens.gradient.SaliencyOptions;
import io.convlens.graph.PixelBox;
import io.convlens.io.UnusableInputException;
import io.convlens.io.WholeFile;
import io.convlens.network.Network;
import io.convlens.render.Png;
import io.convlens.report.EvaluationFigures;
import io.convlens.report.OcclusionFigures;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** The measurements of all maps, and the files that come of them. */
final class EvaluateRun {
  private final Network network;
  private final Inputs inputs;
  private final EvaluationOptions options;
  private final Path folder;
  private final Voice voice;
  private List<Verdict> verdicts = List.of();
  private List<Integer> targets = List.of();

  EvaluateRun(Network network, Inputs inputs, EvaluationOptions options, Path folder, Voice voice) {
    this.network = network;
    this.inputs = inputs;
    this.options = options;
    this.folder = folder;
    this.voice = voice;
  }

  /** Measures our methods, then finished maps, then the controls. */
  void measure(
      List<SaliencyOptions> methods, List<Path> maps, Optional<Path> boxFile, OptionalInt target) {
    List<List<PixelBox>> boxes = boxes(boxFile);
    Shape first;
    try (Tensor picture = inputs.tensor(0)) {
      first = picture.shape();
    }
    List<Npy.Reader> open = new ArrayList<>();
    try (var evaluation = new Evaluation(network, first, options);
        var progress = new Progress(voice, "parts")) {
      methods.forEach(evaluation::add);
      Set<String> names = new HashSet<>();
      for (Path file : maps) {
        Npy.Reader reader = Npy.reader(file);
        open.add(reader);
        check(file, reader);
        evaluation.add(name(file, names), reader);
      }
      verdicts = evaluation.run(inputs, target, boxes, progress::at);
      targets = evaluation.targets();
    } finally {
      open.forEach(Npy.Reader::close);
    }
    voice.say(new EvaluationFigures(verdicts, inputs.count()).table());
  }

  /** A map's name is its file's; a number tells equal ones apart. */
  private static String name(Path file, Set<String> names) {
    String stem = OcclusionFigures.stem(String.valueOf(file.getFileName()));
    String unique = stem;
    for (int n = 2; !names.add(unique); n++) {
      unique = stem + "-" + n;
    }
    return unique;
  }

  /** Finished maps must be as many as pictures, and numbers. */
  private void check(Path file, Npy.Reader maps) {
    Shape s = maps.shape();
    boolean maplike = s.rank() == 3 || s.rank() == 4;
    if (!maplike || s.size() == 0 || s.dim(0) != inputs.count()) {
      throw new UnusableInputException(
          file,
          "has shape %s: [N,H,W] or [N,C,H,W] is needed, with N = %d pictures"
              .formatted(s, inputs.count()));
    }
    try (Tensor one = Tensor.zeros(s.with(0, 1))) {
      for (int i = 0; i < inputs.count(); i++) {
        maps.read(i * one.size(), one);
        long bad = one.firstNotFinite();
        if (bad >= 0) {
          throw new UnusableInputException(
              file, "holds %s (element %d of map %d)".formatted(one.get(bad), bad, i));
        }
      }
    }
  }

  private List<List<PixelBox>> boxes(Optional<Path> file) {
    if (file.isEmpty()) {
      return Collections.nCopies(inputs.count(), List.of());
    }
    Map<String, List<PixelBox>> byName = BoxFile.read(file.get());
    List<List<PixelBox>> boxes = new ArrayList<>();
    for (int i = 0; i < inputs.count(); i++) {
      List<PixelBox> there = new ArrayList<>();
      for (PixelBox box : byName.getOrDefault(inputs.name(i), List.of())) {
        PixelBox inInput = inputs.inInput(i, box);
        if (inInput.x0() < inInput.x1() && inInput.y0() < inInput.y1()) {
          there.add(inInput);
        }
      }
      boxes.add(there);
    }
    if (boxes.stream().allMatch(List::isEmpty)) {
      throw new UnusableInputException(
          file.get(),
          "no box for any of the pictures: it names "
              + byName.keySet().stream().sorted().limit(3).toList());
    }
    return boxes;
  }

  /** Adds the results to the JSON. */
  void describe(Summary summary) {
    summary.result("images", inputs.names());
    summary.result("target", targets);
    summary.result("label", targets.stream().map(network.labels()::name).toList());
    summary.result("setSizes", Evaluation.setSizes());
    summary.result("methods", verdicts.stream().map(EvaluateRun::numbers).toList());
  }

  /** A method's numbers for the JSON. */
  static Map<String, Object> numbers(Verdict v) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("name", v.name());
    all.put("control", v.control());
    for (Metric metric : Metric.values()) {
      v.mean(metric)
          .ifPresent(
              mean -> {
                Map<String, Object> one = new LinkedHashMap<>();
                one.put("mean", mean);
                details(v, metric, one);
                all.put(metric.toString(), one);
              });
    }
    return all;
  }

  private static void details(Verdict v, Metric metric, Map<String, Object> to) {
    switch (metric) {
      case DELETION -> curves(v.deletion(), to);
      case INSERTION -> curves(v.insertion(), to);
      case POINTING -> to.put("hits", v.hits());
      case SENSITIVITY_N -> to.put("correlations", v.correlations());
      case INFIDELITY -> to.put("each", v.infidelity());
      case MAX_SENSITIVITY -> to.put("each", v.maxSensitivity());
      case RANDOMISATION -> to.put("stages", v.stages());
    }
  }

  private static void curves(List<Curve> curves, Map<String, Object> to) {
    to.put("each", curves.stream().map(Curve::area).toList());
    to.put("scores", curves.stream().map(Curve::scores).toList());
  }

  /** Writes the table, the first picture's maps, and a chart a method. */
  void draw() {
    var figures = new EvaluationFigures(verdicts, inputs.count());
    Png.write(folder.resolve("maps.png"), figures.maps(inputs.shown(0)));
    WholeFile.write(folder.resolve("evaluate.md"), figures.table());
    for (Verdict v : verdicts) {
      String file = v.name().replaceAll("[^\\p{L}\\p{N}._#+-]", "_") + "-evaluation.png";
      Png.write(folder.resolve(file), figures.chart(v));
    }
  }
}
