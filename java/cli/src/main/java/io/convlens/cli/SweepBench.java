package io.convlens.cli;

import io.convlens.network.Network;
import io.convlens.occlusion.Mode;
import io.convlens.occlusion.Occlusion;
import io.convlens.occlusion.OcclusionListener;
import io.convlens.occlusion.OcclusionMap;
import io.convlens.occlusion.OcclusionOptions;
import io.convlens.occlusion.Sweep;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Sweeps over one picture in several ways, which take turns: what slows the machine down for a
 * while then falls on all of them.
 */
final class SweepBench {
  /** The device that others are compared with. */
  static final String CPU = "cpu";

  /**
   * A way to sweep: where, and how much of the network runs.
   *
   * @param device the id of the network's device
   */
  record Way(String device, Network network, Mode mode) {
    static Way of(Network network, Mode mode) {
      return new Way(network.device().info().id(), network, mode);
    }
  }

  private static final String ROW = "%-8s %-8s %-8s %14s %14s %12s %12s";

  private final OcclusionOptions options;
  private final Map<Way, List<OcclusionMap>> maps = new LinkedHashMap<>();

  /** Sweeps with these options, but for the mode. */
  SweepBench(OcclusionOptions options) {
    this.options = options;
  }

  /** Runs so many rounds after one that warms up. */
  void run(List<Way> ways, Tensor picture, int rounds) {
    for (int round = 0; round <= rounds; round++) {
      for (Way way : ways) {
        var occlusion = new Occlusion(options.mode(way.mode()));
        try (Sweep sweep = occlusion.prepare(way.network(), picture.shape())) {
          OcclusionMap map = sweep.map(picture, 0, OcclusionListener.NONE);
          if (round > 0) {
            maps.computeIfAbsent(way, _ -> new ArrayList<>()).add(map);
          }
        }
      }
    }
  }

  /** Says a line a way, and gives the same for the JSON. */
  List<Map<String, Object>> describe(Voice voice) {
    voice.say(
        ROW.formatted(
            "mode", "device", "engine", "positions/s", "share of work", "times full", "times CPU"));
    List<Map<String, Object>> all = new ArrayList<>();
    maps.forEach((way, runs) -> all.add(describe(way, runs, voice)));
    return all;
  }

  private Map<String, Object> describe(Way way, List<OcclusionMap> runs, Voice voice) {
    OcclusionMap.Work work = runs.getFirst().work();
    int positions = runs.getFirst().rows() * runs.getFirst().cols();
    double perSecond = positions / median(seconds(runs));
    Optional<Double> full =
        times(runs, w -> w.mode() == Mode.FULL && w.device().equals(way.device()));
    Optional<Double> cpu =
        way.device().equals(CPU)
            ? Optional.empty()
            : times(runs, w -> w.mode() == way.mode() && w.device().equals(CPU));
    voice.say(
        ROW.formatted(
            way.mode(),
            way.device(),
            work.engine(),
            "%.1f".formatted(perSecond),
            "%.3f".formatted((double) work.macsRun() / work.macsFull()),
            full.map("%.2f"::formatted).orElse(""),
            cpu.map("%.2f"::formatted).orElse("")));
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("mode", way.mode().toString());
    result.put("device", way.device());
    result.put("engine", work.engine().toString());
    work.why().ifPresent(why -> result.put("engineNote", why));
    result.put("positions", positions);
    result.put("positionsPerSecond", perSecond);
    full.ifPresent(t -> result.put("timesFull", t));
    cpu.ifPresent(t -> result.put("timesCpu", t));
    result.put("secondsEachRound", seconds(runs).boxed().toList());
    result.put("macsRun", work.macsRun());
    result.put("macsFull", work.macsFull());
    return result;
  }

  /** How many times as fast as another way, if that ran: the median of the rounds' ratios. */
  private Optional<Double> times(List<OcclusionMap> runs, Predicate<Way> other) {
    return maps.keySet().stream()
        .filter(other)
        .findFirst()
        .map(maps::get)
        .map(
            theirs ->
                median(
                    IntStream.range(0, runs.size())
                        .mapToDouble(
                            i -> theirs.get(i).work().seconds() / runs.get(i).work().seconds())));
  }

  private static DoubleStream seconds(List<OcclusionMap> runs) {
    return runs.stream().mapToDouble(m -> m.work().seconds());
  }

  /** Neither a lucky round nor a disturbed one is what people will see. */
  private static double median(DoubleStream values) {
    double[] sorted = values.sorted().toArray();
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }
}
