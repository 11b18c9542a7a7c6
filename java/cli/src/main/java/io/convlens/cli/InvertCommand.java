package io.convlens.cli;

import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.synthesis.InvertOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Pictures found again from what layers make of them. */
@Command(
    name = "invert",
    description = "Finds pictures again from a layer's values: shows what the layer keeps of them.",
    footer = {
      "",
      "--preprocess says what black and white are, for --input too. Writes <layer>-inverted.npy",
      "(as the network takes it), a sheet a picture, invert.json. Examples:",
      "  convlens invert --model net.onnx --image cat.jpg --layer conv#2 --layer conv#5",
      "  convlens invert --model net.onnx --image cat.jpg --layer relu#9 --tv 0.1 --steps 1000"
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class InvertCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private NetworkArguments networkArguments;
  @Mixin private InputArguments inputArguments;

  @Option(
      names = "--layer",
      paramLabel = "LAYER",
      description = "whose values are inverted; repeatable")
  private List<String> layers = new ArrayList<>();

  @Mixin private InvertArguments invertArguments;
  @Mixin private OutputArguments output;

  @Mixin
  @SuppressWarnings("UnusedVariable") // picocli reads its annotations.
  private HelpOptions help;

  @Override
  public Integer call() {
    InvertOptions options = invertArguments.options();
    if (layers.isEmpty()) {
      throw new UnusableOptionException("nothing to invert: give --layer");
    }
    networkArguments.check();
    inputArguments.check();
    output.check();
    var summary = new Summary("invert");
    Voice voice = output.voice(spec);
    try (Network network = networkArguments.load(voice);
        Inputs inputs = inputArguments.open(network, voice)) {
      networkArguments.describe(summary.options());
      inputArguments.describe(summary.options());
      summary.options().put("layer", layers);
      InvertArguments.describe(options, summary.options());
      var run =
          new InvertRun(
              network, inputs, inputArguments.preprocess(), options, output.folder(), voice);
      run.invert(LayerFiles.distinct(layers));
      run.describe(summary);
      summary.write(output.folder().resolve("invert.json"), network, voice);
      voice.say("written to " + output.folder());
    }
    return 0;
  }
}
