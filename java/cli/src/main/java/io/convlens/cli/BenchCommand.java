package io.convlens.cli;

import io.convlens.cli.SweepBench.Way;
import io.convlens.device.Device;
import io.convlens.device.DeviceInfo;
import io.convlens.device.Devices;
import io.convlens.device.Precision;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import io.convlens.occlusion.Mode;
import io.convlens.occlusion.OcclusionOptions;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
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
        "Times occlusion sweeps of a network, modes and devices in turns; with --against"
            + " onnxruntime, plain forward passes against that.",
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
  private static final String FULL = "full";
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
      paramLabel = "full|cpu|onnxruntime",
      defaultValue = FULL,
      description =
          "what the default mode is timed against: whole networks at every position (and on a GPU"
              + " the CPU too), the CPU alone, or ONNX Runtime (default: ${DEFAULT-VALUE})")
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
    switch (against) {
      case FULL, SweepBench.CPU -> {}
      case "onnxruntime" ->
          throw new UnusableOptionException(
              "--against onnxruntime: ONNX Runtime is not in this installation; bench runs against"
                  + " it from the sources' folder");
      default ->
          throw new UnusableOptionException(
              "--against " + against + ": one of full, cpu, onnxruntime");
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
    summary.options().put("against", against);
    checkDevice(how);
    try (Network network = Network.load(Optional.ofNullable(model).orElseGet(this::builtIn), how);
        Tensor picture = noise(size.shape(network))) {
      deviceArguments.announce(network, voice);
      summary.result("modes", times(network, how, picture, voice));
      summary.write(output.folder().resolve("bench.json"), network, voice);
      voice.say("written to " + output.folder());
    }
    return 0;
  }

  /** Before anything is written: the built-in network goes into the folder for results. */
  private void checkDevice(NetworkOptions how) {
    try (Device device = Devices.open(how.device(), how.opened())) {
      DeviceInfo info = device.info();
      if (info.isEmulated()) {
        throw new UnusableOptionException(
            "%s is emulated (%s): its speed says nothing of a GPU's, so none is measured"
                .formatted(info.id(), info.name()));
      }
      if (against.equals(SweepBench.CPU) && !info.isGpu()) {
        throw new UnusableOptionException("--against cpu: the device is the CPU itself");
      }
    }
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

  /** On the device whole networks and what a patch changes, and on the CPU what compares. */
  private List<Map<String, Object>> times(
      Network network, NetworkOptions how, Tensor picture, Voice voice) {
    OcclusionOptions options =
        OcclusionOptions.DEFAULT
            .patch(patch.height(), patch.width())
            .stride(stride.height(), stride.width());
    var bench = new SweepBench(options);
    List<Way> ways = new ArrayList<>();
    if (against.equals(FULL)) {
      ways.add(Way.of(network, Mode.FULL));
    }
    ways.add(Way.of(network, Mode.EXACT));
    if (!network.device().info().isGpu()) {
      bench.run(ways, picture, rounds);
    } else {
      NetworkOptions there =
          how.withDevice(SweepBench.CPU).opened(o -> o.withPrecision(Precision.FP32));
      try (Network onCpu = Network.load(network.file(), there)) {
        ways.add(Way.of(onCpu, Mode.EXACT));
        bench.run(ways, picture, rounds);
        return bench.describe(voice);
      }
    }
    return bench.describe(voice);
  }
}
