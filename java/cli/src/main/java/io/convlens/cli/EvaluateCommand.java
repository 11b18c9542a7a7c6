package io.convlens.cli;

import io.convlens.evaluation.EvaluationOptions;
import io.convlens.gradient.Method;
import io.convlens.gradient.SaliencyOptions;
import io.convlens.network.Network;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** How good maps are. */
@Command(
    name = "evaluate",
    description = {
      "Measures maps of what a score rests on: whether the score follows them, whether they stay",
      "where pictures hardly change, whether they depend on what was learned. Beside a random map",
      "and the pictures' edges."
    },
    footer = {
      "",
      "Writes evaluate.json, evaluate.md (a table), maps.png (those of the first picture),",
      "a chart a method.",
      "Examples:",
      "  convlens evaluate --model net.onnx --images photos --method smoothgrad,grad-cam",
      "  convlens evaluate --model net.onnx --images photos --maps theirs.npy --boxes boxes.csv"
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class EvaluateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private NetworkArguments networkArguments;
  @Mixin private InputArguments inputArguments;
  @Mixin private EvaluateArguments evaluateArguments;
  @Mixin private SaliencyArguments saliencyArguments;
  @Mixin private OutputArguments output;

  @Mixin
  @SuppressWarnings("UnusedVariable") // picocli reads its annotations.
  private HelpOptions help;

  @Override
  public Integer call() {
    EvaluationOptions options = evaluateArguments.options(saliencyArguments.seed());
    List<SaliencyOptions> wishes =
        evaluateArguments.methods().stream().map(saliencyArguments::amongOthers).toList();
    inputArguments.check();
    output.check();
    var summary = new Summary("evaluate");
    Voice voice = output.voice(spec);
    try (Network network = networkArguments.load(voice);
        Inputs inputs = inputArguments.open(network, voice)) {
      SaliencyOptions described =
          saliencyArguments.forNetwork(
              saliencyArguments.amongOthers(Method.GRADIENT), network, inputArguments.preprocess());
      networkArguments.describe(summary.options());
      inputArguments.describe(summary.options());
      evaluateArguments.describe(options, summary.options());
      saliencyArguments.describe(described, summary.options());
      var run = new EvaluateRun(network, inputs, options, output.folder(), voice);
      run.measure(
          wishes.stream().map(w -> w.baseline(described.baseline())).toList(),
          evaluateArguments.maps(),
          evaluateArguments.boxes(),
          described.target());
      run.describe(summary);
      run.draw();
      summary.write(output.folder().resolve("evaluate.json"), network, voice);
      voice.say("written to " + output.folder());
    }
    return 0;
  }
}
