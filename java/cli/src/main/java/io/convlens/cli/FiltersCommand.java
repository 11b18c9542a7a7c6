package io.convlens.cli;

import io.convlens.filter.FilterBank;
import io.convlens.filter.FilterScores;
import io.convlens.filter.Filters;
import io.convlens.filter.SameSpectrum;
import io.convlens.graph.Graph;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.render.Png;
import io.convlens.report.FilterFigures;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What the weights look like. */
@Command(
    name = "filters",
    description = "Writes, draws and judges the filters of convolutions.",
    footer = {
      "",
      "Writes <layer>-filters.npy, <layer>-filters.png, filters.json. Examples:",
      "  convlens filters --model net.onnx",
      "  convlens filters --model net.onnx --layer conv#1 --layer conv#4 --folded"
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class FiltersCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private NetworkArguments networkArguments;

  @Option(
      names = "--layer",
      paramLabel = "LAYER",
      description = "a convolution; repeatable (default: the first)")
  private List<String> layers = new ArrayList<>();

  @Option(
      names = "--folded",
      description = "with the batch normalisation that follows multiplied in")
  private boolean folded;

  @Option(
      names = "--bgr",
      description = "the network takes blue, green, red: colours in the picture are turned round")
  private boolean blueFirst;

  @Option(
      names = "--drawn",
      paramLabel = "N",
      defaultValue = "128",
      description = "how many filters are drawn of a layer, at most (default: ${DEFAULT-VALUE})")
  private int drawn;

  @Mixin private SizeArgument size;
  @Mixin private OutputArguments output;

  @Mixin
  @SuppressWarnings("UnusedVariable") // picocli reads its annotations.
  private HelpOptions help;

  @Override
  public Integer call() {
    if (drawn < 1) {
      throw new UnusableOptionException("--drawn " + drawn + ": must be 1 or more");
    }
    output.check();
    var summary = new Summary("filters");
    Voice voice = output.voice(spec);
    describe(summary.options());
    try (Network network = networkArguments.load(voice)) {
      Graph graph = network.sized(size.shape(network)).graph();
      List<String> names = layers.isEmpty() ? List.of(FilterBank.first(graph)) : layers;
      List<FilterBank> banks =
          names.stream().distinct().map(n -> FilterBank.of(graph, n, folded)).toList();
      List<String> files = LayerFiles.unique(banks.stream().map(FilterBank::layer).toList());
      List<Map<String, Object>> all = new ArrayList<>();
      for (int i = 0; i < banks.size(); i++) {
        Filters filters = Filters.of(banks.get(i));
        save(filters, files.get(i) + "-filters");
        all.add(json(filters));
        voice.say(filters.bank().layer() + " " + filters.bank().shape() + ": " + filters.verdict());
      }
      summary.result("layers", all);
      summary.write(output.folder().resolve("filters.json"), network, voice);
      voice.say("written to " + output.folder());
    }
    return 0;
  }

  private void describe(Map<String, Object> options) {
    networkArguments.describe(options);
    size.describe(options);
    options.put("layer", layers);
    options.put("folded", folded);
    options.put("bgr", blueFirst);
    options.put("drawn", drawn);
  }

  private void save(Filters filters, String name) {
    try (Tensor weights = Tensor.of(filters.bank().shape(), filters.bank().weights())) {
      Npy.write(output.folder().resolve(name + ".npy"), weights);
    }
    Png.write(
        output.folder().resolve(name + ".png"), new FilterFigures(drawn, blueFirst).sheet(filters));
  }

  /** A layer's filters as they are written. */
  static Map<String, Object> json(Filters filters) {
    Map<String, Object> layer = new LinkedHashMap<>();
    layer.put("layer", filters.bank().layer());
    layer.put("shape", filters.bank().shape().dims());
    layer.put("groups", filters.bank().groups());
    layer.put(
        "filters",
        IntStream.range(0, filters.bank().count()).mapToObj(k -> json(filters, k)).toList());
    layer.put("nearZero", filters.nearZero());
    layer.put("nearDuplicates", pairs(filters.nearDuplicates()));
    layer.put("opposites", pairs(filters.opposites()));
    if (filters.bank().channels() == 3) {
      layer.put("grey", filters.grey());
      layer.put("coloured", filters.coloured());
    }
    layer.put("whiteNoiseSmoothness", filters.whiteNoise().smoothness());
    layer.put("verdict", filters.verdict());
    return layer;
  }

  private static List<List<Integer>> pairs(List<Filters.Pair> pairs) {
    return pairs.stream().map(p -> List.of(p.first(), p.second())).toList();
  }

  private static Map<String, Object> json(Filters filters, int filter) {
    FilterScores scores = filters.scores().get(filter);
    SameSpectrum same = filters.sameSpectrum().get(filter);
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("smoothness", scores.smoothness());
    json.put("noise", scores.noise());
    json.put("norm", scores.norm());
    json.put("frequency", scores.frequency());
    json.put("orientation", scores.orientation());
    json.put("coherence", scores.coherence());
    json.put("concentration", same.concentration());
    json.put("sameSpectrumConcentration", same.ofNoise());
    json.put("sameSpectrumNoise", same.noise());
    json.put("colourfulness", ActivationsRun.number(scores.colourfulness()));
    return json;
  }
}
