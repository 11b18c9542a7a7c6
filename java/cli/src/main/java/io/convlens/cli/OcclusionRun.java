package io.convlens.cli;

import io.convlens.io.UnusableInputException;
import io.convlens.io.WholeFile;
import io.convlens.network.Network;
import io.convlens.occlusion.Occlusion;
import io.convlens.occlusion.OcclusionMap;
import io.convlens.occlusion.OcclusionOptions;
import io.convlens.occlusion.Sweep;
import io.convlens.render.ColorMap;
import io.convlens.render.SurvivalMap;
import io.convlens.report.OcclusionFigures;
import io.convlens.report.OcclusionFigures.Subject;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The sweeps of all pictures, and the files that come of them. */
final class OcclusionRun implements AutoCloseable {
  private static final String ATTRIBUTION = "attribution.npy";

  private final Network network;
  private final Inputs inputs;
  private final OcclusionOptions options;
  private final Path folder;
  private final Voice voice;
  private final List<OcclusionMap.Work> works = new ArrayList<>();
  private final List<Integer> targets = new ArrayList<>();
  private final List<Float> bases = new ArrayList<>();
  private @Nullable Arrays arrays;

  OcclusionRun(Network network, Inputs inputs, OcclusionOptions options, Path folder, Voice voice) {
    this.network = network;
    this.inputs = inputs;
    this.options = options;
    this.folder = folder;
    this.voice = voice;
  }

  /** Sweeps over all pictures and writes the arrays. */
  void sweep() {
    Shape shape;
    Sweep sweep = null;
    try (var progress = new Progress(voice, "positions")) {
      try (Tensor first = inputs.tensor(0)) {
        shape = first.shape();
        sweep = new Occlusion(options).prepare(network, shape);
      }
      // A folder that can't be written is found out before the work, not after it.
      WholeFile.begin(folder.resolve("scores.npy")).close();
      for (int i = 0; i < inputs.count(); i++) {
        try (Tensor picture = inputs.tensor(i)) {
          checkSize(i, picture.shape(), shape);
          add(i, map(sweep, picture, i, progress));
        }
      }
    } finally {
      if (sweep != null) {
        sweep.close();
      }
    }
    arrays().commit();
  }

  private OcclusionMap map(Sweep sweep, Tensor picture, int index, Progress progress) {
    return sweep.map(
        picture,
        0,
        (done, total) -> {
          progress.at((long) index * total + done, (long) inputs.count() * total);
          return true;
        });
  }

  private void checkSize(int index, Shape shape, Shape first) {
    if (!shape.equals(first)) {
      throw new UnusableInputException(
          inputs.source(index),
          "becomes an input of %s, the first picture %s: one size a run".formatted(shape, first));
    }
  }

  private void add(int index, OcclusionMap map) {
    if (!Float.isFinite(map.base())) {
      throw new UnusableInputException(
          inputs.source(index), "the network's score for it is " + map.base());
    }
    if (arrays == null) {
      arrays = new Arrays(map);
    }
    arrays.add(map);
    works.add(map.work());
    targets.add(map.target());
    bases.add(map.base());
    voice.say(
        "%-24s %s, %s %.4f: down to %.4f under the patch"
            .formatted(
                inputs.name(index),
                network.labels().name(map.target()),
                options.score(),
                map.base(),
                least(map.scores())));
  }

  private static float least(float[] scores) {
    float least = Float.POSITIVE_INFINITY;
    for (float s : scores) {
      least = Math.min(least, s);
    }
    return least;
  }

  private Arrays arrays() {
    if (arrays == null) {
      throw new IllegalStateException("no picture was swept over");
    }
    return arrays;
  }

  /** Adds the results to the JSON. */
  void describe(Summary summary) {
    double seconds = works.stream().mapToDouble(OcclusionMap.Work::seconds).sum();
    long positions = (long) arrays().rows * arrays().cols * works.size();
    summary.result("images", inputs.names());
    summary.result("target", targets);
    summary.result("label", targets.stream().map(network.labels()::name).toList());
    summary.result("base", bases);
    summary.result("rows", arrays().rows);
    summary.result("cols", arrays().cols);
    summary.result("height", arrays().height);
    summary.result("width", arrays().width);
    summary.result("engine", works.getFirst().engine().toString());
    works.getFirst().why().ifPresent(why -> summary.result("engineNote", why));
    summary.result("positionsPerSecond", seconds > 0 ? positions / seconds : 0);
    summary.result("macsRun", works.stream().mapToLong(OcclusionMap.Work::macsRun).sum());
    summary.result("macsFull", works.stream().mapToLong(OcclusionMap.Work::macsFull).sum());
  }

  /** What is done with each picture's map. */
  @FunctionalInterface
  interface Each {
    void take(OcclusionFigures figures, Subject subject, String stem);
  }

  /** Draws all pictures, on one scale. */
  void draw(ColorMap colors) {
    forEach(colors, (figures, subject, stem) -> figures.save(subject, folder, stem));
  }

  /** Goes through all pictures' maps, on one scale. */
  void forEach(ColorMap colors, Each each) {
    var figures = new OcclusionFigures(options, network.labels()).withColors(colors);
    if (!bases.stream().allMatch(b -> OcclusionFigures.isShareOfBase(options.score(), b))) {
      figures = figures.withScale(arrays().low, arrays().high);
    }
    List<String> stems = inputs.stems();
    try (Npy.Reader maps = Npy.reader(folder.resolve(ATTRIBUTION));
        Tensor one = Tensor.zeros(maps.shape().with(0, 1))) {
      for (int i = 0; i < inputs.count(); i++) {
        maps.read(i * one.size(), one);
        var left = SurvivalMap.ofAttribution(one, 0, bases.get(i), arrays().covered);
        var subject = new Subject(inputs.shown(i), left, bases.get(i), targets.get(i));
        each.take(figures, subject, stems.get(i));
      }
    }
  }

  @Override
  public void close() {
    if (arrays != null) {
      arrays.close();
    }
  }

  /**
   * The arrays of all pictures, which go to their files at once: a run over thousands holds one
   * picture's.
   */
  private final class Arrays implements AutoCloseable {
    private final int rows;
    private final int cols;
    private final int height;
    private final int width;
    private final boolean[] covered;
    private final Npy.Writer attribution;
    private final Npy.Writer scores;
    private final Optional<Npy.Writer> classScores;
    private final Optional<Npy.Writer> layerSums;
    private double low = Double.POSITIVE_INFINITY;
    private double high = Double.NEGATIVE_INFINITY;

    Arrays(OcclusionMap first) {
      long n = inputs.count();
      this.rows = first.rows();
      this.cols = first.cols();
      this.height = first.height();
      this.width = first.width();
      this.covered = first.covered();
      this.attribution = writer(ATTRIBUTION, n, height, width);
      this.scores = writer("scores.npy", n, rows, cols);
      this.classScores =
          first
              .classScores()
              .map(s -> writer("class-scores.npy", n, rows, cols, s.length / (rows * cols)));
      this.layerSums = first.layerSums().map(_ -> writer("layer-sums.npy", n, rows, cols));
    }

    private Npy.Writer writer(String name, long... dims) {
      return Npy.writer(folder.resolve(name), Shape.of(dims));
    }

    void add(OcclusionMap map) {
      attribution.append(map.attribution());
      scores.append(map.scores());
      classScores.ifPresent(w -> w.append(map.classScores().orElseThrow()));
      layerSums.ifPresent(w -> w.append(map.layerSums().orElseThrow()));
      widen(map.base());
      for (float left : map.survival()) {
        // Where no window covers a pixel it is the base.
        widen(left);
      }
    }

    private void widen(double value) {
      if (Double.isFinite(value)) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }

    void commit() {
      all().forEach(Npy.Writer::commit);
    }

    private Stream<Npy.Writer> all() {
      return Stream.of(Optional.of(scores), Optional.of(attribution), classScores, layerSums)
          .flatMap(Optional::stream);
    }

    @Override
    public void close() {
      all().forEach(Npy.Writer::close);
    }
  }
}
