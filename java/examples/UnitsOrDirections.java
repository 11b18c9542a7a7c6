///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED

// Are a network's single units better than random directions of the same layer?
//
//   java --enable-native-access=ALL-UNNAMED -cp "$(./convlens --class-path)" \
//       java/examples/UnitsOrDirections.java net.onnx imagenet photos
//   jbang --cp "$(./convlens --class-path)" java/examples/UnitsOrDirections.java net.onnx imagenet photos
//
// For each layer the best pictures of its units, and of as many random directions, are found in one
// pass. Printed is how pure they are: the mean share of the class that is most frequent among a
// probe's pictures, a picture's class being what the network says it is. The last column is what as
// many pictures would have that were drawn blindly. Szegedy et al. (2013), section 3, found no
// difference between units and directions.

import io.convlens.activation.LayerPass;
import io.convlens.activation.LayerTally;
import io.convlens.activation.Reading;
import io.convlens.activation.StandardLayers;
import io.convlens.activation.TappedLayer;
import io.convlens.image.Picture;
import io.convlens.image.Preprocess;
import io.convlens.network.Network;
import io.convlens.network.PictureSet;
import io.convlens.tensor.Tensor;
import io.convlens.top.Hit;
import io.convlens.top.Probes;
import io.convlens.top.Purity;
import io.convlens.top.RankBy;
import io.convlens.top.TopTally;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

static final int BEST = 5;
static final long SEED = 1;
static final int BLIND = 1000;

record Photos(Network net, Preprocess preprocess, List<Path> files) implements PictureSet {
  public int count() {
    return files.size();
  }

  public String source(int index) {
    return files.get(index).toString();
  }

  public Tensor tensor(int index) {
    return net.prepare(preprocess, Picture.read(files.get(index))).input();
  }
}

/** What the network says of each picture. */
record Guesses(List<String> classes) implements LayerTally {
  public List<Reading> readings() {
    return List.of();
  }

  public void take(int reading, float[] values, int first, int count) {}

  public void predictions(float[] probabilities, int first, int count) {
    int kinds = probabilities.length / count;
    for (int i = 0; i < count; i++) {
      int from = i * kinds;
      int best =
          IntStream.range(0, kinds)
              .reduce(0, (a, b) -> probabilities[from + b] > probabilities[from + a] ? b : a);
      classes.add(String.valueOf(best));
    }
  }
}

double purity(TopTally tally, List<String> classes) {
  return IntStream.range(0, tally.probes().count())
      .mapToObj(tally::best)
      .mapToDouble(hits -> Purity.of(hits.stream().map(Hit::index).toList(), classes))
      .average()
      .orElse(0);
}

double blind(List<String> classes) {
  var random = new Random(SEED);
  List<Integer> all = new ArrayList<>(IntStream.range(0, classes.size()).boxed().toList());
  double sum = 0;
  for (int i = 0; i < BLIND; i++) {
    Collections.shuffle(all, random);
    sum += Purity.of(all.subList(0, Math.min(BEST, all.size())), classes);
  }
  return sum / BLIND;
}

void main(String[] args) throws Exception {
  if (args.length != 3) {
    IO.println("usage: UnitsOrDirections.java NET.onnx PREPROCESS FOLDER");
    System.exit(2);
  }
  List<Path> files;
  try (Stream<Path> all = Files.list(Path.of(args[2]))) {
    files = all.filter(f -> f.toString().matches(".*\\.(png|jpe?g)")).sorted().toList();
  }
  try (var net = Network.load(Path.of(args[0]))) {
    var pass = new LayerPass(net, new Photos(net, Preprocess.named(args[1]), files));
    List<TopTally> units = new ArrayList<>();
    List<TopTally> directions = new ArrayList<>();
    for (TappedLayer layer : new StandardLayers(pass.graph()).all()) {
      units.add(new TopTally(layer, Probes.Units.all(layer), BEST, RankBy.MAX));
      var random = Probes.Directions.random(layer, layer.channels(), SEED);
      directions.add(new TopTally(layer, random, BEST, RankBy.MAX));
    }
    var guesses = new Guesses(new ArrayList<>());
    List<LayerTally> tallies = new ArrayList<>(units);
    tallies.addAll(directions);
    tallies.add(guesses);
    pass.run(tallies, 0, files.size(), done -> {});
    double chance = blind(guesses.classes());
    IO.println("layer,units,directions,blind");
    for (int i = 0; i < units.size(); i++) {
      IO.println(
          String.format(
              Locale.ROOT,
              "%s,%.3f,%.3f,%.3f",
              units.get(i).layer().asked(),
              purity(units.get(i), guesses.classes()),
              purity(directions.get(i), guesses.classes()),
              chance));
    }
    directions.forEach(TopTally::close);
  }
}
