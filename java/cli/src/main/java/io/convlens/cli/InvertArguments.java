package io.convlens.cli;

import io.convlens.synthesis.InvertOptions;
import java.util.Map;
import picocli.CommandLine.Option;

/** How pictures are found again from a layer's code, on the command line. */
final class InvertArguments {
  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "200",
      description = "steps downhill (default: ${DEFAULT-VALUE})")
  private int steps;

  @Option(
      names = "--rate",
      paramLabel = "SHARE",
      defaultValue = "0.03",
      description =
          "how far the first steps go, as a share of the way from black to white (default:"
              + " ${DEFAULT-VALUE})")
  private double rate;

  @Option(
      names = "--bands",
      paramLabel = "N",
      defaultValue = "4",
      description =
          "octaves of coarser detail that are moved beside single pixels (default:"
              + " ${DEFAULT-VALUE})")
  private int bands;

  @Option(
      names = "--tv",
      paramLabel = "WEIGHT",
      defaultValue = "0.1",
      description = "weight of the total variation (default: ${DEFAULT-VALUE})")
  private double variation;

  @Option(
      names = "--beta",
      paramLabel = "EXPONENT",
      defaultValue = "2",
      description = "its exponent (default: ${DEFAULT-VALUE})")
  private double beta;

  @Option(
      names = "--norm",
      paramLabel = "WEIGHT",
      defaultValue = "0.01",
      description =
          "weight of the alpha-norm of what differs from grey (default: ${DEFAULT-VALUE})")
  private double size;

  @Option(
      names = "--alpha",
      paramLabel = "EXPONENT",
      defaultValue = "6",
      description = "its exponent (default: ${DEFAULT-VALUE})")
  private double alpha;

  @Option(
      names = "--noise",
      paramLabel = "SHARE",
      defaultValue = "0.02",
      description = "how far from grey the start is (default: ${DEFAULT-VALUE})")
  private double noise;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "what the start is drawn from (default: ${DEFAULT-VALUE})")
  private long seed;

  /** What was asked for, checked. */
  InvertOptions options() {
    return InvertOptions.DEFAULT
        .steps(steps)
        .rate(rate)
        .bands(bands)
        .variation(variation)
        .beta(beta)
        .size(size)
        .alpha(alpha)
        .noise(noise)
        .seed(seed);
  }

  /** What was asked for, for the JSON. */
  static void describe(InvertOptions set, Map<String, Object> options) {
    options.put("steps", set.steps());
    options.put("rate", set.rate());
    options.put("bands", set.bands());
    options.put("tv", set.variation());
    options.put("beta", set.beta());
    options.put("norm", set.size());
    options.put("alpha", set.alpha());
    options.put("noise", set.noise());
    options.put("seed", set.seed());
  }
}
