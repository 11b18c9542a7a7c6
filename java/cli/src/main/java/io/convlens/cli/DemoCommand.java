package io.convlens.cli;

import io.convlens.image.Preprocess;
import io.convlens.network.Labels;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import io.convlens.occlusion.OcclusionOptions;
import io.convlens.render.ColorMap;
import io.convlens.render.FigurePage;
import io.convlens.render.MapFigure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The main job on a network and pictures that are built in. */
@Command(
    name = "demo",
    description = "Makes occlusion maps of built-in pictures and a page that shows them.",
    footer = {
      "",
      "Example:",
      "  convlens demo --out demo",
      "The network, its labels and the pictures land beside the page, for other commands."
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class DemoCommand implements Callable<Integer> {
  private static final String LEAD =
      "A small network names the article of clothing on each canvas. A grey patch slides over the"
          + " canvas, and the map shows what is left of the network's confidence while the patch"
          + " covers a place: red where it does not matter, blue where the answer falls.";

  @Spec private CommandSpec spec;

  @Mixin private DeviceArguments deviceArguments;
  @Mixin private OutputArguments output;

  @Mixin
  @SuppressWarnings("UnusedVariable") // picocli reads its annotations.
  private HelpOptions help;

  @Override
  public Integer call() {
    NetworkOptions how = deviceArguments.options();
    output.check();
    DemoMaterial material = DemoMaterial.read();
    Path folder = output.folder();
    material.unpack(folder);
    how = how.withLabels(Labels.read(folder.resolve(DemoMaterial.LABELS)));
    var summary = new Summary("demo");
    deviceArguments.describe(summary.options());
    Voice voice = output.voice(spec);
    List<Path> pictures = material.pictures().stream().map(folder::resolve).toList();
    try (Network network = Network.load(folder.resolve(DemoMaterial.MODEL), how);
        Inputs inputs = new PictureInputs(network, Preprocess.named("unit"), pictures);
        var run = new OcclusionRun(network, inputs, options(material), folder, voice)) {
      deviceArguments.announce(network, voice);
      run.sweep();
      run.describe(summary);
      run.draw(ColorMap.BLUE_RED);
      describe(material, summary.options());
      Path page = folder.resolve("index.html");
      page(run, network).write(page);
      String place = page.toAbsolutePath().normalize().toString();
      summary.result("page", place);
      summary.write(folder.resolve("occlusion.json"), network, voice);
      voice.say("Open this page:");
      voice.say(place);
    }
    return 0;
  }

  private static void describe(DemoMaterial material, Map<String, Object> options) {
    options.put("preprocess", "unit");
    options.put("patch", material.patch());
    options.put("stride", material.stride());
    options.put("fill", material.fill());
  }

  private static OcclusionOptions options(DemoMaterial material) {
    return OcclusionOptions.DEFAULT
        .patch(material.patch())
        .stride(material.stride())
        .fill(material.fill());
  }

  private static FigurePage page(OcclusionRun run, Network network) {
    var figure = new MapFigure();
    List<FigurePage.Figure> figures = new ArrayList<>();
    run.forEach(
        ColorMap.BLUE_RED,
        (onScale, subject, _) -> {
          String label = network.labels().name(subject.target());
          figures.add(
              new FigurePage.Figure(
                  figure.overlay(onScale.scene(subject)),
                  "Occlusion map of " + subject.shown().name(),
                  "The network says " + label + ".",
                  List.of(
                      new FigurePage.Entry("probability", "%.3f".formatted(subject.base())),
                      new FigurePage.Entry(
                          "at worst under the patch", "%.3f".formatted(subject.map().min())))));
        });
    return new FigurePage(
        "What the answer rests on",
        LEAD,
        figures,
        "ConvLens " + Version.number() + ", " + network.device().info().name());
  }
}
