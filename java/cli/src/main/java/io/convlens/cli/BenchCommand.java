package io.convlens.cli;

import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import io.convlens.occlusion.Mode;
import io.convlens.occlusion.Occlusion;
import io.convlens.occlusion.OcclusionListener;
import io.convlens.occlusion.OcclusionMap;
import io.convlens.occlusion.OcclusionOptions;
import io.convlens.occlusion.Sweep;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Sweeps against the clock, the modes in turns. Peers are timed by another program, which {@code
 * --against} with a peer's name starts instead of this.
 */
@Command(
    name = "bench",
    description =
        "Times occlusion sweeps of a network, the modes in turns; with --against onnxruntime,"
            + " plain forward passes against that.",
    footer = {
      "",
      "Writes bench.json. Examples:",
      "  convlens bench",
      "  convlens bench --model net.onnx --patch 32 --stride 8 --threads 1",
      "  convlens bench --against onnxruntime --help"
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class BenchCommand implements Callable<Integer> {
  private static final List<Mode> MODES = List.of(Mode.FULL, Mode.EXACT);
  private static final int MOST_ROUNDS = 1000;

  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "FILE.onnx",
      description = "the network (default: the one that is built in)")
  private @Nullable Path model;

  @Mixin private SizeArgument size;
  @Mixin private DeviceArguments deviceArguments;

  @Option(
      names = "--against",
      paramLabel = "full|onnxruntime",
      defaultValue = "full",
      description = "what the default mode is timed against (default: ${DEFAULT-VALUE})")
  private String against;

  @Option(
      names = "--patch",
      paramLabel = "H[xW]",
      converter = Sides.Converter.class,
      defaultValue = "32",
      description = "the window (default: ${DEFAULT-VALUE})")
  private Sides patch;

  @Option(
      names = "--stride",
      paramLabel = "H[xW]",
      converter = Sides.Converter.class,
      defaultValue = "16",
      description = "from one position to the next (default: ${DEFAULT-VALUE})")
  private Sides stride;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "sweeps of each mode after one that warms up (default: ${DEFAULT-VALUE})")
  private int rounds;

  @Mixin private OutputArguments output;

  @Mixin
  @SuppressWarnings("UnusedVariable") // picocli reads its annotations.
  private HelpOptions help;

  @Override
  public Integer call() {
    if (!against.equals("full")) {
      throw new UnusableOptionException("--against " + against + ": one of full, onnxruntime");
    }
    if (rounds < 1 || rounds > MOST_ROUNDS) {
      throw new UnusableOptionException("--rounds " + rounds + ": 1 to " + MOST_ROUNDS);
    }
    NetworkOptions how = deviceArguments.options();
    output.check();
    var summary = new Summary("bench");
    Voice voice = output.voice(spec);
    deviceArguments.describe(summary.options());
    size.describe(summary.options());
    summary.options().put("patch", patch.toArray());
    summary.options().put("stride", stride.toArray());
    summary.options().put("rounds", rounds);
    try (Network network = Network.load(Optional.ofNullable(model).orElseGet(this::builtIn), how);
        Tensor picture = noise(size.shape(network))) {
      if (network.device().info().isEmulated()) {
        throw new UnusableOptionException(
            "%s is emulated (%s): its speed says nothing of a GPU's, so none is measured"
                .formatted(network.device().info().id(), network.device().info().name()));
      }
      deviceArguments.announce(network, voice);
      summary.result("modes", times(network, picture, voice));
      summary.write(output.folder().resolve("bench.json"), network, voice);
      voice.say("written to " + output.folder());
    }
    return 0;
  }

  private Path builtIn() {
    DemoMaterial.read().unpack(output.folder());
    return output.folder().resolve(DemoMaterial.MODEL);
  }

  private static Tensor noise(Shape shape) {
    Tensor noise = Tensor.zeros(shape);
    var random = new Random(1);
    for (long i = 0; i < noise.size(); i++) {
      noise.set(i, (float) random.nextGaussian());
    }
    return noise;
  }

  private OcclusionOptions options(Mode mode) {
    return OcclusionOptions.DEFAULT
        .patch(patch.height(), patch.width())
        .stride(stride.height(), stride.width())
        .mode(mode);
  }

  private List<Map<String, Object>> times(Network network, Tensor picture, Voice voice) {
    Map<Mode, List<OcclusionMap>> maps = new LinkedHashMap<>();
    for (int round = 0; round <= rounds; round++) {
      for (Mode mode : MODES) {
        try (Sweep sweep = new Occlusion(options(mode)).prepare(network, picture.shape())) {
          OcclusionMap map = sweep.map(picture, 0, OcclusionListener.NONE);
          if (round > 0) {
            maps.computeIfAbsent(mode, _ -> new ArrayList<>()).add(map);
          }
        }
      }
    }
    voice.say("%-8s %-8s %14s %14s".formatted("mode", "engine", "positions/s", "share of work"));
    List<Map<String, Object>> modes = new ArrayList<>();
    maps.forEach((mode, runs) -> modes.add(mode(mode, runs, voice)));
    return modes;
  }

  /** The rounds' median: neither a lucky round nor a disturbed one is what people will see. */
  private static Map<String, Object> mode(Mode mode, List<OcclusionMap> runs, Voice voice) {
    OcclusionMap first = runs.getFirst();
    double[] sorted = runs.stream().mapToDouble(m -> m.work().seconds()).sorted().toArray();
    double seconds = (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    double perSecond = first.rows() * first.cols() / seconds;
    double share = (double) first.work().macsRun() / first.work().macsFull();
    voice.say("%-8s %-8s %14.1f %14.3f".formatted(mode, first.work().engine(), perSecond, share));
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("mode", mode.toString());
    result.put("engine", first.work().engine().toString());
    first.work().why().ifPresent(why -> result.put("engineNote", why));
    result.put("positions", first.rows() * first.cols());
    result.put("positionsPerSecond", perSecond);
    result.put("secondsEachRound", runs.stream().map(m -> m.work().seconds()).toList());
    result.put("macsRun", first.work().macsRun());
    result.put("macsFull", first.work().macsFull());
    return result;
  }
}
