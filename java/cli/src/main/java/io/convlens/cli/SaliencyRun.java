package io.convlens.cli;

import io.convlens.gradient.Attribution;
import io.convlens.gradient.Attribution.Completeness;
import io.convlens.gradient.Saliency;
import io.convlens.gradient.SaliencyMapper;
import io.convlens.gradient.SaliencyOptions;
import io.convlens.io.UnusableInputException;
import io.convlens.network.Network;
import io.convlens.render.Png;
import io.convlens.report.SaliencyFigures;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The attributions of all pictures, and the files that come of them. */
final class SaliencyRun {
  private static final String ATTRIBUTION = "attribution.npy";

  private final Network network;
  private final Inputs inputs;
  private final SaliencyOptions options;
  private final Path folder;
  private final Voice voice;
  private final List<Integer> targets = new ArrayList<>();
  private final List<Float> scores = new ArrayList<>();
  private final List<Completeness> completeness = new ArrayList<>();
  private SaliencyFigures.Reach reach = SaliencyFigures.Reach.NONE;
  private Shape shape = Shape.SCALAR;

  SaliencyRun(Network network, Inputs inputs, SaliencyOptions options, Path folder, Voice voice) {
    this.network = network;
    this.inputs = inputs;
    this.options = options;
    this.folder = folder;
    this.voice = voice;
  }

  /** Maps all pictures and writes the array, one picture after another. */
  void map() {
    Shape first;
    try (Tensor picture = inputs.tensor(0)) {
      first = picture.shape();
    }
    try (SaliencyMapper mapper =
            new Saliency(options).prepare(network.sized(first), inputs.count());
        var progress = new Progress(voice, "pictures")) {
      shape = mapper.shape();
      try (Npy.Writer array = Npy.writer(folder.resolve(ATTRIBUTION), ofAll())) {
        for (int i = 0; i < inputs.count(); i += mapper.batch()) {
          int count = Math.min(mapper.batch(), inputs.count() - i);
          List<Attribution> some = mapped(mapper, i, count, first);
          for (int k = 0; k < count; k++) {
            check(i + k, some.get(k));
            array.append(some.get(k).values());
            note(i + k, some.get(k));
          }
          progress.at(i + (long) count, inputs.count());
        }
        array.commit();
      }
    }
  }

  private List<Attribution> mapped(SaliencyMapper mapper, int from, int count, Shape first) {
    try (Tensor together = Tensor.zeros(first.rank() == 0 ? first : first.with(0, count))) {
      long each = together.size() / count;
      for (int k = 0; k < count; k++) {
        try (Tensor picture = inputs.tensor(from + k)) {
          checkSize(from + k, picture.shape(), first);
          together.copyFrom(picture, 0, k * each, each);
        }
      }
      return mapper.map(together);
    }
  }

  private Shape ofAll() {
    long[] dims = new long[shape.rank() + 1];
    dims[0] = inputs.count();
    System.arraycopy(shape.dims(), 0, dims, 1, shape.rank());
    return Shape.of(dims);
  }

  private void checkSize(int index, Shape own, Shape first) {
    if (!own.equals(first)) {
      throw new UnusableInputException(
          inputs.source(index),
          "becomes an input of %s, the first picture %s: one size a run".formatted(own, first));
    }
  }

  private void check(int index, Attribution a) {
    if (!Float.isFinite(a.score())) {
      throw new UnusableInputException(
          inputs.source(index), "the network's score for it is " + a.score());
    }
    for (float v : a.values()) {
      if (!Float.isFinite(v)) {
        throw new UnusableInputException(
            inputs.source(index), "the score's gradient for it holds " + v);
      }
    }
  }

  private void note(int index, Attribution a) {
    targets.add(a.target());
    scores.add(a.score());
    a.completeness().ifPresent(completeness::add);
    if (isMap()) {
      reach = reach.with(SaliencyFigures.Reach.of(shape, a.values()));
    }
    String gap =
        a.completeness()
            .map(c -> ", %d steps, gap %.4f of %.4f".formatted(c.steps(), c.gap(), c.difference()))
            .orElse("");
    voice.say(
        "%-24s %s, %s %.4f%s"
            .formatted(
                inputs.name(index),
                what(a.target()),
                options.unit().isEmpty() ? options.score() : "value",
                a.score(),
                gap));
  }

  /** What the score is of: a class, or a unit. */
  private String what(int target) {
    return options.unit().isEmpty()
        ? network.labels().name(target)
        : "unit %s of %s".formatted(options.unit(), options.layer().orElseThrow());
  }

  private boolean isMap() {
    return shape.rank() == 3 && shape.size() > 0;
  }

  /** Adds the results to the JSON. */
  void describe(Summary summary) {
    summary.result("images", inputs.names());
    summary.result("target", targets);
    summary.result("label", targets.stream().map(this::what).toList());
    summary.result("base", scores);
    summary.result("shape", shape.dims());
    if (!completeness.isEmpty()) {
      summary.result("difference", completeness.stream().map(Completeness::difference).toList());
      summary.result("completenessGap", completeness.stream().map(Completeness::gap).toList());
      summary.result("steps", completeness.stream().map(Completeness::steps).toList());
    }
  }

  /** Draws all pictures, on shared scales, where there are pictures to draw. */
  void draw() {
    boolean pictures = network.model().input().dims().size() == 4;
    if (!isMap() || !pictures) {
      voice.note("no figures: the shares are no map of a picture");
      return;
    }
    var figures = new SaliencyFigures(options, network.labels(), reach);
    List<String> stems = inputs.stems();
    try (Npy.Reader maps = Npy.reader(folder.resolve(ATTRIBUTION));
        Tensor one = Tensor.zeros(maps.shape().with(0, 1))) {
      for (int i = 0; i < inputs.count(); i++) {
        maps.read(i * one.size(), one);
        var a =
            new Attribution(shape, one.toArray(), targets.get(i), scores.get(i), Optional.empty());
        Png.write(
            folder.resolve(stems.get(i) + "-saliency.png"), figures.figure(a, inputs.shown(i)));
      }
    }
  }
}
