package io.convlens.bench;

import io.convlens.activation.ActivityTally;
import io.convlens.activation.LayerPass;
import io.convlens.activation.LayerTally;
import io.convlens.activation.StandardLayers;
import io.convlens.activation.TappedLayer;
import io.convlens.graph.Nets;
import io.convlens.image.Picture;
import io.convlens.image.Preprocess;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import io.convlens.network.PictureSet;
import io.convlens.tensor.Tensor;
import io.convlens.top.Probes;
import io.convlens.top.RankBy;
import io.convlens.top.TopTally;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What looking at every layer of a network costs over passing pictures through it: {@code top
 * --layer all} and the figures of {@code activations} over the bare pass, decoding included, in
 * turns in one process. Preparing is not timed. Prints the ratios of wall and processor time, the
 * median over turns.
 *
 * <pre>{@code
 * java -cp "$(convlens bench class path)" io.convlens.bench.TopBench DIR squeezenet1.1 resnet50
 * }</pre>
 *
 * <p>Arguments: a folder of pictures, then networks, each with {@code +bn} behind it if its batch
 * normalisations are to stay layers of their own. {@code -Dturns} and {@code -Dpictures} say how
 * many, {@code -DtopOnly} leaves {@code activations} out.
 */
final class TopBench {
  private static final int TURNS = Integer.getInteger("turns", 5);
  private static final int PICTURES = Integer.getInteger("pictures", 192);
  private static final int K = 9;

  private TopBench() {}

  /** The files again and again, decoded each time. */
  private record Repeated(Network network, List<Path> files) implements PictureSet {
    @Override
    public int count() {
      return PICTURES;
    }

    @Override
    public String source(int index) {
      return files.get(index % files.size()).toString();
    }

    @Override
    public Tensor tensor(int index) {
      Picture picture = Picture.read(files.get(index % files.size()));
      return network.prepare(Preprocess.named("imagenet"), picture).input();
    }
  }

  /** Seconds of the wall clock and of all processors, for one picture. */
  private record Cost(double wall, double processor) {}

  public static void main(String[] args) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(Path.of(args[0]))) {
      files = all.filter(f -> f.toString().matches(".*\\.(png|jpg)")).sorted().toList();
    }
    for (int i = 1; i < args.length; i++) {
      boolean folded = !args[i].endsWith("+bn");
      String id = args[i].replace("+bn", "");
      Nets net = Stream.of(Nets.values()).filter(n -> n.id().equals(id)).findFirst().orElseThrow();
      Path file = Files.createTempFile("top", ".onnx");
      try {
        net.write(file, net.options().foldedBatchNorm(folded));
        run(args[i], file, files);
      } finally {
        Files.delete(file);
      }
    }
  }

  private static void run(String name, Path model, List<Path> files) {
    try (Network network = Network.load(model, NetworkOptions.DEFAULT.withDevice("cpu"))) {
      var pass = new LayerPass(network, new Repeated(network, files));
      List<TappedLayer> layers = new StandardLayers(pass.graph()).all();
      Map<String, List<Cost>> costs = new LinkedHashMap<>();
      for (int turn = -1; turn < TURNS; turn++) {
        time(pass, "bare", List.of(), costs, turn);
        time(pass, "top", layers.stream().map(TopBench::top).toList(), costs, turn);
        if (!Boolean.getBoolean("topOnly")) {
          time(pass, "activations", layers.stream().map(ActivityTally::new).toList(), costs, turn);
        }
      }
      List<Cost> bare = costs.get("bare");
      costs.forEach((what, some) -> System.out.println(line(name, what, some, bare)));
    }
  }

  private static String line(String name, String what, List<Cost> some, List<Cost> bare) {
    List<Double> wall = some.stream().map(Cost::wall).toList();
    List<Double> processor = some.stream().map(Cost::processor).toList();
    List<Double> walls = Statistics.ratios(wall, bare.stream().map(Cost::wall).toList());
    List<Double> processors =
        Statistics.ratios(processor, bare.stream().map(Cost::processor).toList());
    return String.format(
        Locale.ROOT,
        "%-16s %-12s %6.2f ms, %6.2f ms of processors a picture; over bare %.2f (%.2f-%.2f), %.2f",
        name,
        what,
        1e3 * Statistics.median(wall),
        1e3 * Statistics.median(processor),
        Statistics.median(walls),
        walls.stream().mapToDouble(r -> r).min().orElse(0),
        walls.stream().mapToDouble(r -> r).max().orElse(0),
        Statistics.median(processors));
  }

  private static TopTally top(TappedLayer layer) {
    return new TopTally(layer, Probes.Units.all(layer), K, RankBy.MAX);
  }

  /** From the first batch's end, when all is prepared, to the last one's. */
  private static void time(
      LayerPass pass,
      String what,
      List<? extends LayerTally> tallies,
      Map<String, List<Cost>> costs,
      int turn) {
    long[] start = new long[3];
    pass.run(
        tallies,
        0,
        PICTURES,
        done -> {
          if (start[0] == 0) {
            start[0] = System.nanoTime();
            start[1] = processorTime();
            start[2] = done;
          }
        });
    double pictures = PICTURES - start[2];
    var cost =
        new Cost(
            (System.nanoTime() - start[0]) / 1e9 / pictures,
            (processorTime() - start[1]) / 1e9 / pictures);
    if (turn >= 0) {
      costs.computeIfAbsent(what, _ -> new ArrayList<>()).add(cost);
    }
  }

  private static long processorTime() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
