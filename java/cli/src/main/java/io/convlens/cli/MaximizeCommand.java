package io.convlens.cli;

import io.convlens.network.Network;
import io.convlens.synthesis.MaximizeOptions;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Pictures that excite units, channels or classes. */
@Command(
    name = "maximize",
    description = "Makes pictures that excite units, channels or classes, by gradient ascent.",
    footer = {
      "",
      "Writes maximize.npy (as the network takes it), a picture each, the sheet maximize.png,",
      "maximize.json. Examples:",
      "  convlens maximize --model net.onnx --labels labels.txt --target flamingo --target volcano",
      "  convlens maximize --model net.onnx --layer conv#5 --unit 0-11",
      "  convlens maximize --model net.onnx --layer relu#9 --unit 3 --place middle --steps 512"
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class MaximizeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private NetworkArguments networkArguments;
  @Mixin private SubjectArguments subjects;

  @Option(
      names = "--preprocess",
      paramLabel = "NAME|FILE.json",
      defaultValue = "imagenet",
      description =
          "how pictures become the network's numbers: caffe, imagenet, tf, unit or a file; says"
              + " what black and white are (default: ${DEFAULT-VALUE})")
  private String preprocess;

  @Mixin private SizeArgument size;
  @Mixin private MaximizeArguments maximizeArguments;
  @Mixin private OutputArguments output;

  @Mixin
  @SuppressWarnings("UnusedVariable") // picocli reads its annotations.
  private HelpOptions help;

  @Override
  public Integer call() {
    MaximizeOptions options = maximizeArguments.options();
    subjects.check();
    networkArguments.check();
    var recipe = InputArguments.preprocess(preprocess);
    output.check();
    var summary = new Summary("maximize");
    Voice voice = output.voice(spec);
    try (Network network = networkArguments.load(voice)) {
      networkArguments.describe(summary.options());
      subjects.describe(summary.options());
      summary.options().put("preprocess", preprocess);
      size.describe(summary.options());
      MaximizeArguments.describe(options, summary.options());
      var made = MadePictures.of(network, recipe, size.shape(network));
      var run = new MaximizeRun(network, made, options, output.folder(), voice);
      run.make(subjects.of(network, network.sized(made.shape())));
      run.describe(summary);
      summary.write(output.folder().resolve("maximize.json"), network, voice);
      voice.say("written to " + output.folder());
    }
    return 0;
  }
}
