package io.convlens.cli;

import io.convlens.gradient.SaliencyOptions;
import io.convlens.network.Network;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Attribution by gradients. */
@Command(
    name = "saliency",
    description = "Shares a class's score out among pixels, or a layer's places, by gradients.",
    footer = {
      "",
      "Writes attribution.npy, a figure a picture, saliency.json.",
      "Examples:",
      "  convlens saliency --model net.onnx --labels labels.txt --image cat.jpg --method smoothgrad",
      "  convlens saliency --model net.onnx --image cat.jpg --method integrated-gradients --steps auto",
      "  convlens saliency --model net.onnx --images photos --method grad-cam --layer conv#5 --relu",
      "  convlens saliency --model net.onnx --image cat.jpg --layer relu#7 --unit 12"
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class SaliencyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private NetworkArguments networkArguments;
  @Mixin private InputArguments inputArguments;

  @Option(
      names = "--method",
      paramLabel = "METHOD",
      defaultValue = "gradient",
      description = {
        "gradient, input-x-gradient, smoothgrad, vargrad, integrated-gradients,",
        "expected-gradients, deeplift, lrp-epsilon, conductance, deconvnet, guided-backprop,",
        "grad-cam, grad-cam++, layer-cam, score-cam or guided-grad-cam",
        "(default: ${DEFAULT-VALUE})"
      })
  private String method;

  @Mixin private SaliencyArguments saliencyArguments;
  @Mixin private OutputArguments output;

  @Mixin
  @SuppressWarnings("UnusedVariable") // picocli reads its annotations.
  private HelpOptions help;

  @Override
  public Integer call() {
    SaliencyOptions options = saliencyArguments.beforeLoading(SaliencyArguments.method(method));
    inputArguments.check();
    output.check();
    var summary = new Summary("saliency");
    Voice voice = output.voice(spec);
    try (Network network = networkArguments.load(voice);
        Inputs inputs = inputArguments.open(network, voice)) {
      options = saliencyArguments.forNetwork(options, network, inputArguments.preprocess());
      networkArguments.describe(summary.options());
      inputArguments.describe(summary.options());
      summary.options().put("method", options.method().toString());
      saliencyArguments.describe(options, summary.options());
      var run = new SaliencyRun(network, inputs, options, output.folder(), voice);
      run.map();
      run.describe(summary);
      run.draw();
      summary.write(output.folder().resolve("saliency.json"), network, voice);
      voice.say("written to " + output.folder());
    }
    return 0;
  }
}
