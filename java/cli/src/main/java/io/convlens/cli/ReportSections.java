package io.convlens.cli;

import io.convlens.activation.StandardLayers;
import io.convlens.activation.TappedLayer;
import io.convlens.embed.Embedding;
import io.convlens.embed.EmbeddingOptions;
import io.convlens.filter.FilterBank;
import io.convlens.filter.Filters;
import io.convlens.graph.Graph;
import io.convlens.image.Picture;
import io.convlens.network.Network;
import io.convlens.network.Predictions;
import io.convlens.network.ScoreKind;
import io.convlens.occlusion.OcclusionOptions;
import io.convlens.render.ColorMap;
import io.convlens.render.FigurePage.Entry;
import io.convlens.render.FigurePage.Figure;
import io.convlens.render.MapFigure;
import io.convlens.render.ReportPage.Section;
import io.convlens.render.Sheet;
import io.convlens.report.ActivationFigures;
import io.convlens.report.EmbeddingFigures;
import io.convlens.report.FilterFigures;
import io.convlens.tensor.Tensor;
import io.convlens.top.RankBy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The sections of a report: each method on the given pictures, with usual options.
 *
 * @param network what is asked
 * @param inputs all pictures
 * @param shown the first of them, which are looked at one by one
 * @param arguments what follows a command's name to do the same by hand
 * @param folder where the methods' own files go
 * @param voice quiet
 */
record ReportSections(
    Network network, Inputs inputs, Inputs shown, String arguments, Path folder, Voice voice) {
  /** A patch is this part of a picture's side, a stride half of that. */
  private static final int PATCHES_ACROSS = 7;

  private static final int BEST_CLASSES = 5;
  private static final int THUMBNAIL = 256;
  private static final int UNITS = 16;
  private static final int CHANNELS = 52;
  private static final int FEWEST_TO_EMBED = 8;
  private static final int FEWEST_TO_RANK = 2;

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  private String command(String words) {
    return "convlens " + words.replaceFirst(" |$", " " + arguments + " ").strip();
  }

  List<Section> all() {
    List<Section> sections = new ArrayList<>();
    sections.add(predictions());
    sections.add(occlusion());
    new SaliencySection(network, shown, folder, voice)
        .section(command(SaliencySection.COMMAND))
        .ifPresent(sections::add);
    new EvaluationSection(network, shown, voice)
        .section(command(EvaluationSection.COMMAND))
        .ifPresent(sections::add);
    Graph graph;
    try (Tensor first = inputs.tensor(0)) {
      graph = network.sized(first.shape()).graph();
    }
    List<TappedLayer> ends = new StandardLayers(graph).firstAndLast();
    if (!ends.isEmpty()) {
      sections.add(activations(ends));
      sections.add(filters(graph));
      if (inputs.count() >= FEWEST_TO_RANK) {
        sections.add(top(ends.getLast()));
      }
    }
    List<TappedLayer> all = new StandardLayers(graph).all();
    if (inputs.count() >= FEWEST_TO_EMBED && !all.isEmpty()) {
      sections.add(embedding(all.getLast()));
    }
    return sections;
  }

  private Section predictions() {
    List<Figure> figures = new ArrayList<>();
    List<Map<String, Object>> json = new ArrayList<>();
    for (int i = 0; i < shown.count(); i++) {
      Predictions predictions;
      try (Tensor picture = shown.tensor(i)) {
        predictions = network.predict(picture);
      }
      List<Entry> best = new ArrayList<>();
      Map<String, Object> scores = new LinkedHashMap<>();
      for (int c : predictions.top(0, BEST_CLASSES)) {
        double probability = predictions.score(0, c, ScoreKind.PROBABILITY);
        best.add(new Entry(network.labels().name(c), number(probability)));
        scores.put(network.labels().name(c), probability);
      }
      json.add(Map.of("image", shown.name(i), "top", scores));
      Picture small = Sheet.sized(shown.shown(i), THUMBNAIL);
      String name = shown.name(i);
      figures.add(new Figure(small, "The picture " + name, name, best));
    }
    return new Section(
        "prediction",
        "What the network says",
        "Each picture as the network sees it, and the classes that it finds most probable.",
        command("predict"),
        figures,
        Json.text(Map.of("images", json)));
  }

  private Section occlusion() {
    Picture first = shown.shown(0);
    int side = Math.min(first.width(), first.height());
    int patch = Math.max(1, side / PATCHES_ACROSS);
    int stride = Math.max(1, patch / 2);
    OcclusionOptions options = OcclusionOptions.DEFAULT.patch(patch).stride(stride);
    List<Figure> figures = new ArrayList<>();
    var numbers = new Summary("occlusion");
    try (var run = new OcclusionRun(network, shown, options, folder, voice)) {
      run.sweep();
      run.describe(numbers);
      run.forEach(
          ColorMap.BLUE_RED,
          (onScale, subject, _) -> {
            String label = network.labels().name(subject.target());
            figures.add(
                new Figure(
                    new MapFigure().overlay(onScale.scene(subject)),
                    "Occlusion map of " + subject.shown().name(),
                    "What the answer " + label + " rests on in " + subject.shown().name() + ".",
                    List.of(
                        new Entry("score", number(subject.base())),
                        new Entry("at worst under the patch", number(subject.map().min())))));
          });
    }
    return new Section(
        "occlusion",
        "What the answer rests on",
        "A patch slides over the picture: red where the answer survives it, blue where it falls.",
        command("occlusion --patch %d --stride %d".formatted(patch, stride)),
        figures,
        Json.text(numbers.results()));
  }

  private Section activations(List<TappedLayer> layers) {
    List<String> names = layers.stream().map(TappedLayer::asked).toList();
    var run = new ActivationsRun(network, inputs, names, voice);
    run.write(folder, new ActivationFigures(ActivationFigures.Order.STRENGTH, CHANNELS), 1);
    var numbers = new Summary("activations");
    run.describe(numbers);
    List<Figure> figures = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      figures.add(
          new Figure(
              run.picture(folder, i),
              "Maps of the channels of " + names.get(i),
              "The strongest channels of %s for %s.".formatted(names.get(i), inputs.name(0)),
              List.of()));
    }
    return new Section(
        "layers",
        "What the layers hold",
        "The first and the last convolution and their ReLUs: a map a channel, on one scale a layer."
            + " Channels that are dead over all given pictures are struck out.",
        command("activations"),
        figures,
        Json.text(numbers.results()));
  }

  private Section filters(Graph graph) {
    FilterBank bank = FilterBank.of(graph, FilterBank.first(graph), false);
    Filters filters = Filters.of(bank);
    Picture sheet = new FilterFigures(CHANNELS, false).sheet(filters);
    return new Section(
        "filters",
        "What the first filters look like",
        "Well trained filters of a first layer are smooth; noise hints at too little training.",
        "convlens filters " + arguments.replaceAll(" --(image|images|input) .*", ""),
        List.of(new Figure(sheet, "Filters of " + bank.layer(), filters.verdict(), List.of())),
        Json.text(FiltersCommand.json(filters)));
  }

  private Section top(TappedLayer layer) {
    var wish =
        new TopRun.Wish(List.of(layer.asked()), List.of(), Optional.empty(), 0, 0, 9, RankBy.MAX);
    TopFiles.Both found;
    try (var run = new TopRun(network, inputs, wish, voice)) {
      run.run(Shard.WHOLE);
      found = new TopFiles.Both(run.findings(), List.of());
    }
    var files = new TopFiles(folder, "", wish.k());
    List<Picture> sheets = files.draw(found.units(), inputs, UNITS, Optional.empty());
    return new Section(
        "top",
        "What excites units most",
        "For each unit of "
            + layer.asked()
            + " the patches that it answers to most, cut out of the"
            + " originals.",
        command("top --layer " + layer.asked()),
        List.of(
            new Figure(
                sheets.getFirst(),
                "Patches that excite units of " + layer.asked(),
                "The first %d units.".formatted(Math.min(UNITS, layer.channels())),
                List.of())),
        Json.text(Map.of("layers", TopFiles.json(found, Optional.empty()))));
  }

  private Section embedding(TappedLayer layer) {
    Path file = folder.resolve("codes.npy");
    Codes codes = Codes.ofLayer(network, inputs, layer.asked(), file, voice);
    Embedding map =
        Embedding.of(codes.points(), EmbeddingOptions.DEFAULT, network.device(), _ -> {});
    String lead =
        "perplexity %s, trustworthiness %s"
            .formatted(number(map.perplexity()), number(map.trustworthiness()));
    List<String> names = IntStream.range(0, inputs.count()).mapToObj(inputs::name).toList();
    Picture drawn =
        new EmbeddingFigures("Embedding of " + layer.asked(), lead)
            .save(map, names, codes.classes(), Optional.of(inputs::shown), folder);
    Map<String, Object> numbers = new LinkedHashMap<>();
    numbers.put("kl", map.kl());
    numbers.put("trustworthiness", map.trustworthiness());
    numbers.put("neighboursKept", map.neighboursKept());
    numbers.put("images", names);
    numbers.put("x", map.x());
    numbers.put("y", map.y());
    return new Section(
        "embedding",
        "How the pictures lie to each other",
        "t-SNE of "
            + layer.asked()
            + ": pictures that are near are alike to the network. Frames"
            + " have the colour of the class that the network says.",
        command("embed --layer " + layer.asked()),
        List.of(new Figure(drawn, "Map of all pictures", lead, List.of())),
        Json.text(numbers));
  }
}
