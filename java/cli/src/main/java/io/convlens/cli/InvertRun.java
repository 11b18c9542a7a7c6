package io.convlens.cli;

import io.convlens.activation.TappedLayer;
import io.convlens.graph.Graph;
import io.convlens.image.Preprocess;
import io.convlens.io.UnusableInputException;
import io.convlens.network.Network;
import io.convlens.render.Png;
import io.convlens.render.Sheet;
import io.convlens.report.SynthesisFigures;
import io.convlens.synthesis.Inversion;
import io.convlens.synthesis.InvertOptions;
import io.convlens.synthesis.Reconstruction;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The inversions of all pictures from all layers, and the files that come of them. */
final class InvertRun {
  private final Network network;
  private final Inputs inputs;
  private final Preprocess recipe;
  private final InvertOptions options;
  private final Path folder;
  private final Voice voice;
  private final List<Map<String, Object>> layers = new ArrayList<>();

  InvertRun(
      Network network,
      Inputs inputs,
      Preprocess recipe,
      InvertOptions options,
      Path folder,
      Voice voice) {
    this.network = network;
    this.inputs = inputs;
    this.recipe = recipe;
    this.options = options;
    this.folder = folder;
    this.voice = voice;
  }

  /** Inverts all layers and writes what was found. */
  void invert(List<String> names) {
    List<String> files = LayerFiles.unique(names);
    List<List<Sheet.Tile>> sheets = new ArrayList<>();
    try (Tensor pictures = pictures()) {
      var made = MadePictures.of(network, recipe, pictures.shape().with(0, 1));
      Graph graph = network.sized(pictures.shape()).graph();
      // All of them before the work of the first.
      List<TappedLayer> tapped = names.stream().map(n -> TappedLayer.of(graph, n)).toList();
      for (int i = 0; i < inputs.count(); i++) {
        sheets.add(new ArrayList<>());
        sheets.get(i).add(SynthesisFigures.tile(inputs.shown(i), "what the network sees"));
      }
      for (int i = 0; i < names.size(); i++) {
        List<Reconstruction> found = invert(pictures, made, names.get(i));
        write(files.get(i), made.shape(), found);
        note(tapped.get(i), found);
        for (int k = 0; k < found.size(); k++) {
          Reconstruction r = found.get(k);
          String label = String.format(Locale.ROOT, "%s: error %.3f", names.get(i), r.error());
          sheets.get(k).add(SynthesisFigures.tile(made.picture("", r.input()), label));
        }
      }
    }
    draw(sheets);
  }

  /** All inputs in one array. */
  private Tensor pictures() {
    Shape first;
    try (Tensor one = inputs.tensor(0)) {
      first = one.shape();
    }
    Tensor all = Tensor.zeros(first.with(0, inputs.count()));
    try {
      for (int i = 0; i < inputs.count(); i++) {
        try (Tensor one = inputs.tensor(i)) {
          if (!one.shape().equals(first)) {
            throw new UnusableInputException(
                inputs.source(i),
                "becomes an input of %s, the first picture %s: one size a run"
                    .formatted(one.shape(), first));
          }
          all.copyFrom(one, 0, i * one.size(), one.size());
        }
      }
      return all;
    } catch (RuntimeException | Error e) {
      all.close();
      throw e;
    }
  }

  private List<Reconstruction> invert(Tensor pictures, MadePictures made, String layer) {
    try (var progress = new Progress(voice, layer)) {
      return new Inversion(options)
          .of(
              network,
              pictures,
              made.range(),
              layer,
              (done, total) -> {
                progress.at(done, total);
                return true;
              });
    }
  }

  private void write(String file, Shape one, List<Reconstruction> found) {
    try (Npy.Writer array =
        Npy.writer(folder.resolve(file + "-inverted.npy"), one.with(0, found.size()))) {
      found.forEach(r -> array.append(r.input()));
      array.commit();
    }
  }

  private void note(TappedLayer layer, List<Reconstruction> found) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("layer", layer.asked());
    entry.put("op", layer.op());
    entry.put("shape", layer.shape().dims());
    entry.put("startError", found.stream().map(Reconstruction::start).toList());
    entry.put("relativeError", found.stream().map(Reconstruction::error).toList());
    layers.add(entry);
    for (int i = 0; i < found.size(); i++) {
      voice.say(
          String.format(
              Locale.ROOT,
              "%-24s %-24s relative error %.4f, at the start %.4f",
              inputs.name(i),
              layer.asked(),
              found.get(i).error(),
              found.get(i).start()));
    }
  }

  private void draw(List<List<Sheet.Tile>> sheets) {
    List<String> stems = inputs.stems();
    List<String> notes =
        List.of(
            "Found again from a layer's values by %d steps downhill.".formatted(options.steps()),
            "Error: what the layer's values of both differ by, as a share of the original's.");
    for (int i = 0; i < sheets.size(); i++) {
      String title = "What layers keep of " + inputs.name(i);
      Png.write(
          folder.resolve(stems.get(i) + "-invert.png"),
          SynthesisFigures.sheet(title, notes, sheets.get(i)));
    }
  }

  /** Adds the results to the JSON. */
  void describe(Summary summary) {
    summary.result("images", inputs.names());
    summary.result("layers", layers);
  }
}
