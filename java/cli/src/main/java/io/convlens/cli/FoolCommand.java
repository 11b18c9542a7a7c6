package io.convlens.cli;

import io.convlens.network.Network;
import io.convlens.synthesis.FoolOptions;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Small changes after which a network sees another class. */
@Command(
    name = "fool",
    description = "Changes pictures a little, so that the network sees a class of your choice.",
    footer = {
      "",
      "The network is only shown pictures of whole levels, so what is found survives being saved",
      "with 8 bits. Writes fool.npy (as the network takes it), <image>-fooled.png (the changed",
      "picture at the network's size), <image>-fool.png (a sheet), fool.json. --preprocess says",
      "what black and white are, for --input too. Examples:",
      "  convlens fool --model net.onnx --labels labels.txt --image cat.jpg --target goldfish",
      "  convlens fool --model net.onnx --image cat.jpg --target 1 --norm l2 --epsilon 300"
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class FoolCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private NetworkArguments networkArguments;
  @Mixin private InputArguments inputArguments;
  @Mixin private FoolArguments foolArguments;
  @Mixin private OutputArguments output;

  @Mixin
  @SuppressWarnings("UnusedVariable") // picocli reads its annotations.
  private HelpOptions help;

  @Override
  public Integer call() {
    FoolOptions options = foolArguments.options();
    networkArguments.check();
    inputArguments.check();
    output.check();
    var summary = new Summary("fool");
    Voice voice = output.voice(spec);
    try (Network network = networkArguments.load(voice);
        Inputs inputs = inputArguments.open(network, voice)) {
      networkArguments.describe(summary.options());
      inputArguments.describe(summary.options());
      foolArguments.describe(options, summary.options());
      var run =
          new FoolRun(
              network, inputs, inputArguments.preprocess(), options, output.folder(), voice);
      run.fool(foolArguments.target());
      run.describe(summary);
      summary.write(output.folder().resolve("fool.json"), network, voice);
      voice.say("written to " + output.folder());
    }
    return 0;
  }
}
