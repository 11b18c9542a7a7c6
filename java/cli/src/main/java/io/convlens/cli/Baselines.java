package io.convlens.cli;

import io.convlens.gradient.Baseline;
import io.convlens.image.Preprocess;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What {@code --baseline} means: a number, a word, or files. */
final class Baselines {
  private static final String BLUR = "blur";

  /** In pixels, where none is given: what a few pixels show is gone, where things are is not. */
  private static final double USUAL_BLUR = 10;

  private Baselines() {}

  /**
   * Reads what was asked for.
   *
   * @throws io.convlens.io.UnusableInputException if it names files that can't be used
   */
  static Baseline read(String text, Network network, Preprocess preprocess) {
    if (text.equals(BLUR)) {
      return new Baseline.Blurred(USUAL_BLUR);
    }
    if (text.startsWith(BLUR + ":")) {
      String sigma = text.substring(BLUR.length() + 1);
      return new Baseline.Blurred(SaliencyArguments.number("--baseline blur:SIGMA", sigma));
    }
    if (text.equals("noise")) {
      return new Baseline.Random();
    }
    try {
      return new Baseline.Constant(Float.parseFloat(text));
    } catch (NumberFormatException e) {
      return files(text, network, preprocess);
    }
  }

  private static Baseline files(String text, Network network, Preprocess preprocess) {
    Path path = Path.of(text);
    if (!Files.exists(path)) {
      throw new UnusableOptionException(
          "--baseline " + text + ": a number, blur, blur:SIGMA, noise or a file is needed");
    }
    boolean array = text.endsWith(".npy");
    List<Path> pictures =
        Files.isDirectory(path) ? InputArguments.pictures(path, _ -> {}) : List.of(path);
    List<float[]> all = new ArrayList<>();
    try (Inputs inputs =
        array
            ? ArrayInputs.open(path, network)
            : new PictureInputs(network, preprocess, pictures)) {
      for (int i = 0; i < inputs.count(); i++) {
        try (Tensor one = inputs.tensor(i)) {
          all.add(one.toArray());
        }
      }
    }
    return new Baseline.Given(text, all);
  }
}
