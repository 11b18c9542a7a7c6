package io.convlens.cli;

import io.convlens.activation.Fields;
import io.convlens.activation.LayerPass;
import io.convlens.activation.StandardLayers;
import io.convlens.activation.TappedLayer;
import io.convlens.graph.PixelBox;
import io.convlens.io.UnusableInputException;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import io.convlens.top.Hit;
import io.convlens.top.Probes;
import io.convlens.top.RankBy;
import io.convlens.top.TopTally;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** One pass over pictures for the units of all layers that were asked for. */
final class TopRun implements AutoCloseable {
  /**
   * What is looked for.
   *
   * @param layers their names, possibly {@code all}, or none for the last convolution's
   * @param units which, or none for all
   * @param direction a file of directions instead of units
   * @param random how many random directions are looked at, too
   * @param seed of those
   * @param k how many pictures are kept
   * @param by what they are ranked by
   */
  record Wish(
      List<String> layers,
      List<Integer> units,
      Optional<Path> direction,
      int random,
      long seed,
      int k,
      RankBy by) {}

  private static final String ALL = "all";

  private final Inputs inputs;
  private final Voice voice;
  private final LayerPass pass;
  private final Optional<Fields> fields;
  private final List<TappedLayer> layers;
  private final List<TopTally> tallies = new ArrayList<>();
  private final List<Optional<TopTally>> random = new ArrayList<>();

  TopRun(Network network, Inputs inputs, Wish wish, Voice voice) {
    this.inputs = inputs;
    this.voice = voice;
    this.pass = new LayerPass(network, inputs);
    this.fields =
        pass.input().rank() == 4
            ? Optional.of(new Fields(pass.graph(), network.pictureInput().channelAxis()))
            : Optional.empty();
    this.layers = layers(wish.layers());
    for (TappedLayer layer : layers) {
      tallies.add(new TopTally(layer, probes(layer, wish), wish.k(), wish.by()));
      random.add(
          wish.random() == 0
              ? Optional.empty()
              : Optional.of(
                  new TopTally(
                      layer,
                      Probes.Directions.random(layer, wish.random(), wish.seed()),
                      wish.k(),
                      wish.by())));
    }
  }

  private List<TappedLayer> layers(List<String> names) {
    var standard = new StandardLayers(pass.graph());
    List<TappedLayer> found = new ArrayList<>();
    if (names.contains(ALL)) {
      found.addAll(standard.all());
    } else if (names.isEmpty()) {
      List<TappedLayer> ends = standard.firstAndLast();
      found.addAll(ends.subList(Math.max(0, ends.size() - 1), ends.size()));
    } else {
      LayerFiles.distinct(names).forEach(n -> found.add(TappedLayer.of(pass.graph(), n)));
    }
    if (found.isEmpty()) {
      throw new UnusableOptionException("the network has no convolution: name a --layer");
    }
    return found;
  }

  private static Probes probes(TappedLayer layer, Wish wish) {
    if (wish.direction().isPresent()) {
      return directions(wish.direction().get(), layer);
    }
    return wish.units().isEmpty() ? Probes.Units.all(layer) : Probes.Units.of(layer, wish.units());
  }

  private static Probes directions(Path file, TappedLayer layer) {
    try (Tensor all = Npy.read(file)) {
      Shape shape = all.shape();
      int channels = layer.channels();
      if (shape.rank() < 1 || shape.rank() > 2 || shape.size() == 0 || shape.dim(-1) != channels) {
        throw new UnusableInputException(
            file,
            "has shape %s: directions of layer '%s' are [%d] or [M,%d]"
                .formatted(shape, layer.asked(), channels, channels));
      }
      long bad = all.firstNotFinite();
      if (bad >= 0) {
        throw new UnusableInputException(
            file, "holds %s (element %d)".formatted(all.get(bad), bad));
      }
      float[][] vectors = new float[(int) (shape.size() / channels)][channels];
      for (int i = 0; i < shape.size(); i++) {
        vectors[i / channels][i % channels] = all.get(i);
      }
      return new Probes.Directions(vectors);
    }
  }

  List<TappedLayer> layers() {
    return layers;
  }

  /** Looks at a part of the pictures. */
  void run(Shard shard) {
    int from = shard.from(inputs.count());
    int end = shard.end(inputs.count());
    if (from == end) {
      return;
    }
    try (var progress = new Progress(voice, "pictures")) {
      pass.run(allTallies(), from, end, done -> progress.at(done, end - from));
    }
  }

  private List<TopTally> allTallies() {
    return Stream.concat(tallies.stream(), random.stream().flatMap(Optional::stream)).toList();
  }

  /** What was found, a layer after the other. */
  List<TopFindings> findings() {
    return tallies.stream().map(this::findings).toList();
  }

  /** The same of the random directions, if there are any. */
  List<TopFindings> randomFindings() {
    return random.stream().flatMap(Optional::stream).map(this::findings).toList();
  }

  private TopFindings findings(TopTally tally) {
    List<TopFindings.Probe> probes = new ArrayList<>();
    for (int i = 0; i < tally.probes().count(); i++) {
      List<TopFindings.Entry> entries =
          tally.best(i).stream().map(h -> entry(tally.layer(), h)).toList();
      probes.add(new TopFindings.Probe(tally.probes().number(i), entries));
    }
    return new TopFindings(tally.layer().asked(), tally.probes().kind(), probes);
  }

  private TopFindings.Entry entry(TappedLayer layer, Hit hit) {
    int width = layer.shape().rank() > 1 ? layer.shape().intDim(-1) : 1;
    PixelBox box =
        fields.map(f -> f.box(layer, hit.place())).orElseGet(() -> new PixelBox(0, 0, 1, 1));
    int row = hit.place() / width;
    return new TopFindings.Entry(
        inputs.name(hit.index()), hit.index(), hit.value(), row, hit.place() - row * width, box);
  }

  @Override
  public void close() {
    allTallies().forEach(TopTally::close);
  }
}
