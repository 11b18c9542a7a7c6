package io.convlens.cli;

import io.convlens.image.Picture;
import io.convlens.image.Preprocess;
import io.convlens.io.UnusableInputException;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.network.Predictions;
import io.convlens.network.ScoreKind;
import io.convlens.render.Png;
import io.convlens.report.FoolFigures;
import io.convlens.synthesis.Adversary;
import io.convlens.synthesis.FoolOptions;
import io.convlens.synthesis.Fooled;
import io.convlens.synthesis.PixelRange;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The changes of all pictures, and the files that come of them. */
final class FoolRun {
  private static final int SAID = 5;

  private final Network network;
  private final Inputs inputs;
  private final Preprocess recipe;
  private final FoolOptions options;
  private final Path folder;
  private final Voice voice;
  private final List<Map<String, Object>> pictures = new ArrayList<>();

  FoolRun(
      Network network,
      Inputs inputs,
      Preprocess recipe,
      FoolOptions options,
      Path folder,
      Voice voice) {
    this.network = network;
    this.inputs = inputs;
    this.recipe = recipe;
    this.options = options;
    this.folder = folder;
    this.voice = voice;
  }

  /** Changes all pictures and writes what was found. */
  void fool(String wish) {
    Shape first;
    try (Tensor one = inputs.tensor(0)) {
      first = one.shape();
    }
    var made = MadePictures.of(network, recipe, first);
    int target =
        network
            .labels()
            .find(wish, network.sized(first).classes())
            .orElseThrow(() -> new UnusableOptionException("--target " + wish + ": name a class"));
    List<String> stems = inputs.stems();
    try (var progress = new Progress(voice, "steps");
        Npy.Writer array = Npy.writer(folder.resolve("fool.npy"), first.with(0, inputs.count()))) {
      for (int i = 0; i < inputs.count(); i++) {
        Fooled fooled;
        Picture shown;
        try (Tensor picture = inputs.tensor(i)) {
          if (!picture.shape().equals(first)) {
            throw new UnusableInputException(
                inputs.source(i),
                "becomes an input of %s, the first picture %s: one size a run"
                    .formatted(picture.shape(), first));
          }
          made.check(inputs.source(i), picture.toArray());
          shown = made.picture(inputs.name(i), picture.toArray());
          fooled = fooled(i, picture, made.range(), target, progress);
        }
        note(i, fooled);
        array.append(fooled.input());
        draw(shown, made.picture(inputs.name(i), fooled.input()), fooled, stems.get(i));
      }
      array.commit();
    }
  }

  private Fooled fooled(
      int index, Tensor picture, PixelRange range, int target, Progress progress) {
    try {
      return new Adversary(options)
          .fool(
              network,
              picture,
              range,
              target,
              (step, total) -> {
                progress.at((long) index * total + step, total * inputs.count());
                return true;
              });
    } catch (ArithmeticException e) {
      throw new UnusableInputException(inputs.source(index), String.valueOf(e.getMessage()));
    }
  }

  private void draw(Picture shown, Picture changed, Fooled fooled, String stem) {
    Png.write(folder.resolve(stem + "-fooled.png"), changed);
    var figures = new FoolFigures(network.labels());
    Png.write(folder.resolve(stem + "-fool.png"), figures.sheet(shown, changed, fooled));
  }

  private void note(int index, Fooled fooled) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("image", inputs.name(index));
    entry.put("target", fooled.target());
    entry.put("label", network.labels().name(fooled.target()));
    entry.put("fooled", fooled.isTaken());
    entry.put("steps", fooled.steps());
    entry.put("l2", fooled.change().l2());
    entry.put("linf", fooled.change().linf());
    entry.put("meanAbsolute", fooled.change().mean());
    entry.put("changedShare", fooled.change().changed());
    entry.put("probabilityBefore", probability(index, fooled.before(), fooled.target()));
    entry.put("probabilityAfter", probability(index, fooled.after(), fooled.target()));
    entry.put("before", top(index, fooled.before()));
    entry.put("after", top(index, fooled.after()));
    pictures.add(entry);
    int was = fooled.before().best(0);
    int is = fooled.after().best(0);
    voice.say(
        String.format(
            Locale.ROOT,
            "%-24s %s %.3f -> %s %.3f after rounding to 8 bits, %d steps; of 255: at most %.0f,"
                + " l2 %.0f",
            inputs.name(index),
            network.labels().name(was),
            probability(index, fooled.before(), was),
            network.labels().name(is),
            probability(index, fooled.after(), is),
            fooled.steps(),
            fooled.change().linf(),
            fooled.change().l2()));
    if (!fooled.isTaken()) {
      voice.note(
          inputs.name(index)
              + " is not taken for "
              + network.labels().name(fooled.target())
              + ": more --steps or a larger --epsilon may help");
    }
  }

  private List<Map<String, Object>> top(int index, Predictions said) {
    List<Map<String, Object>> top = new ArrayList<>();
    for (int c : said.top(0, Math.min(SAID, said.classes()))) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("index", c);
      entry.put("label", network.labels().name(c));
      entry.put("probability", probability(index, said, c));
      top.add(entry);
    }
    return top;
  }

  private float probability(int index, Predictions said, int c) {
    float p = said.score(0, c, ScoreKind.PROBABILITY);
    if (!Float.isFinite(p)) {
      throw new UnusableInputException(
          inputs.source(index), "the network's probability for it is " + p);
    }
    return p;
  }

  /** Adds the results to the JSON. */
  void describe(Summary summary) {
    summary.result("rounded", "every figure is of the picture rounded to 8 bits");
    summary.result("pictures", pictures);
  }
}
