package io.convlens.cli;

import io.convlens.image.Picture;
import io.convlens.io.UnusableInputException;
import io.convlens.network.Network;
import io.convlens.render.Png;
import io.convlens.render.Sheet;
import io.convlens.report.SynthesisFigures;
import io.convlens.synthesis.Excitation;
import io.convlens.synthesis.Maximization;
import io.convlens.synthesis.MaximizeOptions;
import io.convlens.synthesis.Subject;
import io.convlens.tensor.Npy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The pictures of all subjects, and the files that come of them. */
final class MaximizeRun {
  private final Network network;
  private final MadePictures made;
  private final MaximizeOptions options;
  private final Path folder;
  private final Voice voice;
  private final List<Map<String, Object>> pictures = new ArrayList<>();

  MaximizeRun(
      Network network, MadePictures made, MaximizeOptions options, Path folder, Voice voice) {
    this.network = network;
    this.made = made;
    this.options = options;
    this.folder = folder;
    this.voice = voice;
  }

  /** Makes all pictures and writes them. */
  void make(List<Subject> subjects) {
    List<Excitation> all;
    try (var progress = new Progress(voice, "steps")) {
      all =
          new Maximization(options)
              .of(
                  network,
                  made.shape(),
                  made.range(),
                  subjects,
                  (done, total) -> {
                    progress.at(done, total);
                    return true;
                  });
    }
    all.forEach(this::check);
    try (Npy.Writer array =
        Npy.writer(folder.resolve("maximize.npy"), made.shape().with(0, all.size()))) {
      for (Excitation e : all) {
        array.append(e.input());
      }
      array.commit();
    }
    draw(all);
  }

  private void check(Excitation e) {
    if (!Double.isFinite(e.start()) || !Double.isFinite(e.end())) {
      throw new UnusableInputException(
          network.file(), "has no finite excitation of " + word(e.subject()));
    }
  }

  private void draw(List<Excitation> all) {
    List<Sheet.Tile> tiles = new ArrayList<>();
    for (Excitation e : all) {
      String file = file(e.subject());
      Picture picture = made.picture(file, e.input());
      Png.write(folder.resolve(file), picture);
      String label = String.format(Locale.ROOT, "%s: %.4g", word(e.subject()), e.end());
      tiles.add(SynthesisFigures.tile(picture, label));
      note(e, file);
    }
    String title =
        "What excites " + (all.size() == 1 ? word(all.getFirst().subject()) : "them most");
    List<String> notes =
        List.of(
            "Made by %d steps uphill; under each picture the excitation."
                .formatted(options.steps()));
    Png.write(folder.resolve("maximize.png"), SynthesisFigures.sheet(title, notes, tiles));
  }

  private void note(Excitation e, String file) {
    Map<String, Object> entry = new LinkedHashMap<>();
    switch (e.subject()) {
      case Subject.Category(int index, var _) -> {
        entry.put("target", index);
        entry.put("label", network.labels().name(index));
      }
      case Subject.Channel(String layer, int channel) -> unit(entry, layer, channel, "all");
      case Subject.Middle(String layer, int channel) -> unit(entry, layer, channel, "middle");
      case Subject.Unit(String layer, int channel, int y, int x) ->
          unit(entry, layer, channel, List.of(y, x));
    }
    entry.put("start", e.start());
    entry.put("end", e.end());
    entry.put("moved", e.moved());
    entry.put("file", file);
    pictures.add(entry);
    voice.say(
        String.format(Locale.ROOT, "%-32s %.4g -> %.4g", word(e.subject()), e.start(), e.end()));
    if (!e.moved()) {
      voice.note(
          word(e.subject())
              + " has no gradient at any step: nothing near the start excites it; try another"
              + " --seed or more --noise");
    }
  }

  private static void unit(Map<String, Object> entry, String layer, int channel, Object place) {
    entry.put("layer", layer);
    entry.put("unit", channel);
    entry.put("place", place);
  }

  private String word(Subject subject) {
    return switch (subject) {
      case Subject.Category(int index, var _) -> network.labels().name(index);
      case Subject.Channel(String layer, int channel) -> layer + " unit " + channel;
      case Subject.Middle(String layer, int channel) -> layer + " unit " + channel;
      case Subject.Unit(String layer, int channel, int y, int x) ->
          "%s unit %d at (%d,%d)".formatted(layer, channel, y, x);
    };
  }

  private static String file(Subject subject) {
    String name =
        switch (subject) {
          case Subject.Category(int index, var _) -> "class-" + index;
          case Subject.Channel(String layer, int channel) -> layer + "-unit-" + channel;
          case Subject.Middle(String layer, int channel) -> layer + "-unit-" + channel;
          case Subject.Unit(String layer, int channel, int _, int _) -> layer + "-unit-" + channel;
        };
    return LayerFiles.unique(List.of(name)).getFirst() + ".png";
  }

  /** Adds the results to the JSON. */
  void describe(Summary summary) {
    summary.result("shape", made.shape().with(0, pictures.size()).dims());
    summary.result("pictures", pictures);
  }
}
