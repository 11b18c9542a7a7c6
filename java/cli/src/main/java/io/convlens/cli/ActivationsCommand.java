package io.convlens.cli;

import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.report.ActivationFigures;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What layers hold. */
@Command(
    name = "activations",
    description = "Writes and draws what layers hold, and says how active and sparse they are.",
    footer = {
      "",
      "Writes <layer>.npy, <layer>.png, activations.json. With --model repeated (checkpoints of one",
      "network, in order) the arrays are the last one's, and the JSON has the course of sparsity.",
      "Examples:",
      "  convlens activations --model net.onnx --image cat.jpg --layer relu#1 --layer relu#5",
      "  convlens activations --model net.onnx --images photos --order index",
      "  convlens activations --model epoch1.onnx --model epoch9.onnx --images photos"
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class ActivationsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private NetworkArguments networkArguments;
  @Mixin private InputArguments inputArguments;

  @Option(
      names = "--layer",
      paramLabel = "LAYER",
      description =
          "a layer to look at; repeatable (default: the first and the last convolution and their"
              + " ReLUs)")
  private List<String> layers = new ArrayList<>();

  @Option(
      names = "--order",
      paramLabel = "strength|index",
      defaultValue = "strength",
      description = "how channels are ordered in pictures (default: ${DEFAULT-VALUE})")
  private String order;

  @Option(
      names = "--channels",
      paramLabel = "N",
      defaultValue = "105",
      description = "how many channels are drawn at most (default: ${DEFAULT-VALUE})")
  private int channels;

  @Option(
      names = "--drawn",
      paramLabel = "N",
      defaultValue = "4",
      description =
          "how many pictures are drawn of each layer, at most (default: ${DEFAULT-VALUE})")
  private int drawn;

  @Mixin private OutputArguments output;

  @Mixin
  @SuppressWarnings("UnusedVariable") // picocli reads its annotations.
  private HelpOptions help;

  @Override
  public Integer call() {
    var by = OcclusionArguments.oneOf(ActivationFigures.Order.class, "--order", order);
    if (channels < 1 || drawn < 1) {
      throw new UnusableOptionException("--channels and --drawn must be 1 or more");
    }
    networkArguments.check();
    inputArguments.check();
    output.check();
    var summary = new Summary("activations");
    Voice voice = output.voice(spec);
    networkArguments.describe(summary.options());
    inputArguments.describe(summary.options());
    summary.options().put("layer", layers);
    summary.options().put("order", order);
    summary.options().put("channels", channels);
    summary.options().put("drawn", drawn);
    var course = new ActivationsCourse();
    int last = networkArguments.count() - 1;
    for (int i = 0; i < last; i++) {
      try (Network network = networkArguments.load(i, voice);
          Inputs inputs = inputArguments.open(network, voice)) {
        course.add(network, new ActivationsRun(network, inputs, layers, voice).tallyOnly());
      }
    }
    try (Network network = networkArguments.load(last, voice);
        Inputs inputs = inputArguments.open(network, voice)) {
      var run = new ActivationsRun(network, inputs, layers, voice);
      run.write(output.folder(), new ActivationFigures(by, channels), drawn);
      run.describe(summary);
      if (last > 0) {
        course.add(network, run.activities());
        course.describe(summary, voice);
      }
      summary.write(output.folder().resolve("activations.json"), network, voice);
      voice.say("written to " + output.folder());
    }
    return 0;
  }
}
