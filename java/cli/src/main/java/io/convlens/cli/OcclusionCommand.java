package io.convlens.cli;

import io.convlens.network.Network;
import io.convlens.occlusion.OcclusionOptions;
import io.convlens.render.ColorMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Occlusion maps. */
@Command(
    name = "occlusion",
    description = "Slides a patch over each picture and maps what the network's answer rests on.",
    footer = {
      "",
      "Writes scores.npy, attribution.npy, a heat map and an overlay a picture, occlusion.json.",
      "For several patch sizes scores-8.npy, attribution-8.npy and so on; attribution.npy is their",
      "mean. Figures likewise: cat-heatmap.png of the mean, cat-heatmap-8.png and so on.",
      "Examples:",
      "  convlens occlusion --model net.onnx --labels labels.txt --image cat.jpg --patch 32 --stride 8",
      "  convlens occlusion --model net.onnx --images photos --target 'tabby cat' --fill-rgb 128,128,128",
      "  convlens occlusion --model net.onnx --image cat.jpg --patch 8,16,32",
      "  convlens occlusion --model net.onnx --input batch.npy --all-classes --track conv#5"
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class OcclusionCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private NetworkArguments networkArguments;
  @Mixin private InputArguments inputArguments;
  @Mixin private OcclusionArguments occlusionArguments;

  @Option(
      names = "--colors",
      paramLabel = "blue-red|blue-yellow",
      defaultValue = "blue-red",
      description =
          "the figures' colours (default: ${DEFAULT-VALUE}; blue-yellow for colour-blind"
              + " eyes)")
  private String colors;

  @Mixin private OutputArguments output;

  @Mixin
  @SuppressWarnings("UnusedVariable") // picocli reads its annotations.
  private HelpOptions help;

  @Override
  public Integer call() {
    OcclusionOptions options = occlusionArguments.beforeLoading();
    ColorMap colorMap = OcclusionArguments.oneOf(ColorMap.class, "--colors", colors);
    inputArguments.check();
    output.check();
    var summary = new Summary("occlusion");
    Voice voice = output.voice(spec);
    try (Network network = networkArguments.load(voice);
        Inputs inputs = inputArguments.open(network, voice)) {
      options = occlusionArguments.forNetwork(options, network, inputArguments.preprocess());
      networkArguments.describe(summary.options());
      inputArguments.describe(summary.options());
      occlusionArguments.describe(options, summary.options());
      summary.options().put("colors", colors);
      try (var run = new OcclusionRun(network, inputs, options, output.folder(), voice)) {
        run.sweep();
        run.describe(summary);
        run.draw(colorMap);
      }
      summary.write(output.folder().resolve("occlusion.json"), network, voice);
      voice.say("written to " + output.folder());
    }
    return 0;
  }
}
