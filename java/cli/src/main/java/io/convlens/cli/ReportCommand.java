package io.convlens.cli;

import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.render.ReportPage;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** All methods on one page. */
@Command(
    name = "report",
    description =
        "Makes one page of everything: answers, maps, layers, filters, patches, embedding.",
    footer = {
      "",
      "Writes index.html, which needs no other file and no network, and the methods' own files.",
      "Examples:",
      "  convlens report --model net.onnx --labels labels.txt --image cat.jpg",
      "  convlens report --model net.onnx --labels labels.txt --images photos"
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class ReportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private NetworkArguments networkArguments;
  @Mixin private InputArguments inputArguments;

  @Option(
      names = "--shown",
      paramLabel = "N",
      defaultValue = "6",
      description = "how many pictures are looked at one by one (default: ${DEFAULT-VALUE})")
  private int shown;

  @Mixin private OutputArguments output;

  @Mixin
  @SuppressWarnings("UnusedVariable") // picocli reads its annotations.
  private HelpOptions help;

  @Override
  public Integer call() {
    if (shown < 1) {
      throw new UnusableOptionException("--shown " + shown + ": must be 1 or more");
    }
    networkArguments.check();
    inputArguments.check();
    output.check();
    var summary = new Summary("report");
    Voice voice = output.voice(spec);
    networkArguments.describe(summary.options());
    inputArguments.describe(summary.options());
    summary.options().put("shown", shown);
    Path page = output.folder().resolve("index.html");
    try (Network network = networkArguments.load(voice);
        Inputs inputs = inputArguments.open(network, voice)) {
      var sections =
          new ReportSections(
              network,
              inputs,
              new FirstInputs(inputs, Math.min(shown, inputs.count())),
              networkArguments.words() + " " + inputArguments.words(),
              output.folder(),
              new Voice(voice.out(), voice.err(), voice.json(), true));
      page(network, inputs, sections.all()).write(page);
      summary.result("page", page.toAbsolutePath().normalize().toString());
      summary.write(output.folder().resolve("report.json"), network, voice);
    }
    voice.say("Open this page:");
    voice.say(page.toAbsolutePath().normalize().toString());
    return 0;
  }

  private static ReportPage page(
      Network network, Inputs inputs, List<ReportPage.Section> sections) {
    String pictures = inputs.count() == 1 ? inputs.name(0) : inputs.count() + " pictures";
    return new ReportPage(
        "What " + network.file().getFileName() + " has learned",
        "Looked at with " + pictures + ".",
        sections,
        "ConvLens " + Version.number() + ", " + network.device().info().name());
  }
}
