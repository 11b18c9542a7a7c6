package io.convlens.cli;

import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.occlusion.OcclusionOptions;
import io.convlens.render.ColorMap;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
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
      "With --images, pictures are read, swept over, drawn and written as they come. One that can't",
      "be used is said and left out; the exit code is then 3. What is done survives any end of the",
      "process, and --resume goes on with it.",
      "Examples:",
      "  convlens occlusion --model net.onnx --labels labels.txt --image cat.jpg --patch 32 --stride 8",
      "  convlens occlusion --model net.onnx --images photos --target 'tabby cat' --fill-rgb 128,128,128",
      "  convlens occlusion --model net.onnx --image cat.jpg --patch 8,16,32",
      "  convlens occlusion --model net.onnx --images photos --resume",
      "  convlens occlusion --model net.onnx --input batch.npy --all-classes --track conv#5"
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class OcclusionCommand implements Callable<Integer> {
  private static final int UNUSABLE = 3;

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

  @Option(
      names = "--resume",
      description =
          "with --images: goes on with a run that was interrupted, to the same bytes as if it had"
              + " not been")
  private boolean resume;

  @Option(
      names = "--strict",
      description =
          "with --images: ends at the first picture that can't be used, instead of leaving it out")
  private boolean strict;

  @Mixin private OutputArguments output;

  @Mixin
  @SuppressWarnings("UnusedVariable") // picocli reads its annotations.
  private HelpOptions help;

  @Override
  public Integer call() {
    OcclusionOptions options = occlusionArguments.beforeLoading();
    ColorMap colorMap = OcclusionArguments.oneOf(ColorMap.class, "--colors", colors);
    inputArguments.check();
    if (resume && !inputArguments.isFolder()) {
      throw new UnusableOptionException("--resume is for --images");
    }
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
      if (inputArguments.isFolder() && inputs instanceof PictureInputs pictures) {
        return folder(pictures, options, colorMap, summary, voice);
      }
      try (var run = new OcclusionRun(network, inputs, options, output.folder(), voice)) {
        run.sweep();
        run.describe(summary);
        run.draw(colorMap);
      }
      write(summary, network, voice);
    }
    return 0;
  }

  private void write(Summary summary, Network network, Voice voice) {
    summary.write(output.folder().resolve("occlusion.json"), network, voice);
    voice.say("written to " + output.folder());
  }

  private int folder(
      PictureInputs pictures,
      OcclusionOptions options,
      ColorMap colors,
      Summary summary,
      Voice voice) {
    Network network = pictures.network();
    Map<String, Object> plan = plan(pictures, summary);
    summary.options().put("strict", strict);
    summary.options().put("resume", resume);
    try (var run =
        new FolderRun(
            pictures,
            options,
            colors,
            output.folder(),
            strict,
            SweepProgress.open(output.folder(), plan, resume),
            voice)) {
      run.run();
      run.describe(summary);
      write(summary, network, voice);
      run.forget();
      return run.count() == 0 ? 0 : UNUSABLE;
    }
  }

  /** All that the results of a folder's pictures depend on. */
  private Map<String, Object> plan(PictureInputs pictures, Summary summary) {
    Network network = pictures.network();
    Map<String, Object> plan = new LinkedHashMap<>();
    plan.put("version", Version.number());
    plan.put("model", network.sha256());
    plan.put("device", network.device().info().name());
    plan.put("precision", network.device().info().precision().toString());
    summary
        .options()
        .forEach(
            (name, value) -> {
              if (!name.equals("images") && !name.equals("labels")) {
                plan.put(name, value);
              }
            });
    plan.put("labels", networkArguments.labelsPrint().map(FilePrint::sha256).orElse(""));
    plan.put("preprocessing", inputArguments.recipePrint().map(FilePrint::sha256).orElse(""));
    plan.put("pictures", pictures.count());
    String names = String.join("/", pictures.names());
    plan.put("names", FilePrint.of(names.getBytes(StandardCharsets.UTF_8)).sha256());
    return plan;
  }
}
