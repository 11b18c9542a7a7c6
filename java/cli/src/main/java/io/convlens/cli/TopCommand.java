package io.convlens.cli;

import io.convlens.activation.TappedLayer;
import io.convlens.graph.GradientRule;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.top.RankBy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What excites units most. */
@Command(
    name = "top",
    description = "Finds the pictures and patches that excite each unit most, in one pass.",
    footer = {
      "",
      "Writes top.json and <layer>-top.png. Examples:",
      "  convlens top --model net.onnx --images photos --layer conv#5 --units 0,3,7",
      "  convlens top --model net.onnx --images photos --layer all --k 16",
      "  convlens top --model net.onnx --images photos --layer relu#7 --random 50 --classes c.txt",
      "A large set in parts, on one machine or several; a part that is done is not done again:",
      "  convlens top --model net.onnx --images photos --layer all --shard 1/8",
      "  convlens top --model net.onnx --images photos --layer all --merge"
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class TopCommand implements Callable<Integer> {
  private static final int MOST = 10_000;

  @Spec private CommandSpec spec;
  @Mixin private NetworkArguments networkArguments;
  @Mixin private InputArguments inputArguments;

  @Option(
      names = "--layer",
      paramLabel = "LAYER|all",
      description = "a layer; repeatable (default: the last convolution, after its ReLU)")
  private List<String> layers = new ArrayList<>();

  @Option(
      names = "--k",
      paramLabel = "K",
      defaultValue = "9",
      description = "how many pictures a unit (default: ${DEFAULT-VALUE})")
  private int k;

  @Option(
      names = "--units",
      paramLabel = "I,I,...",
      description = "which units, from 0 (default: all)")
  private @Nullable String units;

  @Option(
      names = "--by",
      paramLabel = "max|mean|pN",
      defaultValue = "max",
      description =
          "what of a map counts: max, mean, or a percentile of its places, as in p99 (default:"
              + " ${DEFAULT-VALUE})")
  private String by;

  @Option(
      names = "--direction",
      paramLabel = "FILE.npy",
      description = "directions [C] or [M,C] of the layer's space instead of units")
  private @Nullable Path direction;

  @Option(
      names = "--random",
      paramLabel = "N",
      defaultValue = "0",
      description = "random directions beside the units (default: none)")
  private int random;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "of the random directions (default: ${DEFAULT-VALUE})")
  private long seed;

  @Option(
      names = "--classes",
      paramLabel = "FILE",
      description = "a class a line for each picture: how pure are the best of each unit?")
  private @Nullable Path classes;

  @Option(
      names = "--shard",
      paramLabel = "I/N",
      description = "looks at the I-th of N parts of the pictures only")
  private @Nullable String shard;

  @Option(names = "--merge", description = "puts the parts in --out together")
  private boolean merge;

  @Option(
      names = "--drawn",
      paramLabel = "N",
      defaultValue = "24",
      description = "how many units are drawn of a layer, at most (default: ${DEFAULT-VALUE})")
  private int drawn;

  @Option(
      names = "--view",
      paramLabel = "deconvnet|guided|gradient",
      description =
          "draws under each patch what of it the unit answers to: the unit carried back to the"
              + " pixels by this rule (default: none)")
  private @Nullable String view;

  @Mixin private OutputArguments output;

  @Mixin
  @SuppressWarnings("UnusedVariable") // picocli reads its annotations.
  private HelpOptions help;

  @Override
  public Integer call() {
    var wish =
        new TopRun.Wish(
            layers,
            unitNumbers(),
            Optional.ofNullable(direction),
            random,
            seed,
            k,
            RankBy.parse(by));
    Optional<GradientRule> rule =
        Optional.ofNullable(view)
            .map(v -> OcclusionArguments.oneOf(GradientRule.class, "--view", v));
    Optional<Shard> part = Optional.ofNullable(shard).map(Shard::parse);
    check(part);
    var summary = new Summary("top");
    Voice voice = output.voice(spec);
    describe(summary.options());
    try (Network network = networkArguments.load(voice);
        Inputs inputs = inputArguments.open(network, voice);
        var run = new TopRun(network, inputs, wish, voice)) {
      Optional<List<String>> kinds =
          Optional.ofNullable(classes).map(f -> Lines.read(f, inputs.count()));
      var files = new TopFiles(output.folder(), setup(network, inputs, run), k);
      if (part.isPresent() && files.isDone(part.get())) {
        voice.say(part.get().file() + " is there already");
        return 0;
      }
      if (!merge) {
        run.run(part.orElse(Shard.WHOLE));
      }
      var found = merge ? files.merged() : new TopFiles.Both(run.findings(), run.randomFindings());
      summary.result("images", inputs.count());
      summary.result("k", k);
      summary.result("by", by);
      summary.result("layers", TopFiles.json(found, kinds));
      if (part.isPresent()) {
        summary.result("setup", files.setup());
        summary.write(output.folder().resolve(part.get().file()), network, voice);
      } else {
        files.draw(
            found.units(),
            inputs,
            drawn,
            rule.map(r -> new TopViews(network, inputs, r, inputs.blueFirst())));
        summary.write(output.folder().resolve("top.json"), network, voice);
      }
      say(found, kinds, voice);
    }
    voice.say("written to " + output.folder());
    return 0;
  }

  private void check(Optional<Shard> part) {
    if (k < 1 || k > MOST || drawn < 1 || random < 0 || random > MOST) {
      throw new UnusableOptionException(
          "--k and --drawn are 1 or more, --random 0 or more, none above " + MOST);
    }
    if (merge && part.isPresent()) {
      throw new UnusableOptionException("--shard and --merge exclude each other");
    }
    if (direction != null && units != null) {
      throw new UnusableOptionException("--units and --direction exclude each other");
    }
    if (direction != null && view != null) {
      throw new UnusableOptionException("--view is of units, not of a --direction");
    }
    networkArguments.check();
    inputArguments.check();
    output.check();
  }

  private List<Integer> unitNumbers() {
    List<Integer> numbers = new ArrayList<>();
    if (units != null) {
      for (String word : units.split(",", -1)) {
        if (!word.strip().matches("\\d{1,9}")) {
          throw new UnusableOptionException("--units " + units + ": numbers, as in 0,3,7");
        }
        numbers.add(Integer.parseInt(word.strip()));
      }
    }
    return numbers.stream().distinct().toList();
  }

  private void describe(Map<String, Object> options) {
    networkArguments.describe(options);
    inputArguments.describe(options);
    options.put("layer", layers);
    options.put("k", k);
    options.put("units", units);
    options.put("by", by);
    options.put("direction", Optional.ofNullable(direction).map(Path::toString).orElse(null));
    options.put("view", view);
    options.put("random", random);
    options.put("seed", seed);
    options.put("classes", Optional.ofNullable(classes).map(Path::toString).orElse(null));
  }

  /** All that findings depend on, in one line. */
  private String setup(Network network, Inputs inputs, TopRun run) {
    return String.join(
        " ",
        network.sha256(),
        inputs.count() + ":" + Integer.toHexString(inputs.names().hashCode()),
        String.join(",", run.layers().stream().map(TappedLayer::asked).toList()),
        k + by,
        String.valueOf(units),
        String.valueOf(direction),
        random + ":" + seed,
        inputArguments.recipe());
  }

  private static void say(TopFiles.Both found, Optional<List<String>> kinds, Voice voice) {
    List<Map<String, Object>> layers = TopFiles.json(found, kinds);
    for (int i = 0; i < layers.size(); i++) {
      TopFindings units = found.units().get(i);
      String purity =
          kinds.isEmpty()
              ? ""
              : ", purity %.3f".formatted((double) layers.get(i).get("purity"))
                  + (found.random().isEmpty()
                      ? ""
                      : ", of random directions %.3f"
                          .formatted((double) layers.get(i).get("randomPurity")));
      voice.say(
          "%-32s %d %ss%s".formatted(units.layer(), units.probes().size(), units.kind(), purity));
    }
  }
}
