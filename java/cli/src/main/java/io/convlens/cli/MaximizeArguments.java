package io.convlens.cli;

import io.convlens.synthesis.MaximizeOptions;
import java.util.Map;
import picocli.CommandLine.Option;

/** How pictures that excite something are made, on the command line. */
final class MaximizeArguments {
  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "128",
      description = "steps uphill (default: ${DEFAULT-VALUE})")
  private int steps;

  @Option(
      names = "--rate",
      paramLabel = "SHARE",
      defaultValue = "0.02",
      description =
          "how far a step goes, as a share of the way from black to white (default:"
              + " ${DEFAULT-VALUE})")
  private double rate;

  @Option(
      names = "--bands",
      paramLabel = "N",
      defaultValue = "5",
      description =
          "octaves of detail that count the same in each step; 0: the gradient as it is (default:"
              + " ${DEFAULT-VALUE})")
  private int bands;

  @Option(
      names = "--colour",
      paramLabel = "SHARE",
      defaultValue = "0.45",
      description =
          "how far a step goes in colour, for one in brightness (default: ${DEFAULT-VALUE})")
  private double colour;

  @Option(
      names = "--jitter",
      paramLabel = "PIXELS",
      defaultValue = "8",
      description = "random shift before each step, at most (default: ${DEFAULT-VALUE})")
  private int jitter;

  @Option(
      names = "--zoom",
      paramLabel = "SHARE",
      defaultValue = "0.1",
      description = "random resizing before each step, at most (default: ${DEFAULT-VALUE})")
  private double zoom;

  @Option(
      names = "--turn",
      paramLabel = "DEGREES",
      defaultValue = "5",
      description = "random turn before each step, at most (default: ${DEFAULT-VALUE})")
  private double turn;

  @Option(
      names = "--decay",
      paramLabel = "SHARE",
      defaultValue = "0.02",
      description =
          "L2 decay: what a pixel loses in each step of its distance from grey (default:"
              + " ${DEFAULT-VALUE})")
  private double decay;

  @Option(
      names = "--tv",
      paramLabel = "WEIGHT",
      defaultValue = "0.05",
      description = "weight of the total variation in a step (default: ${DEFAULT-VALUE})")
  private double variation;

  @Option(
      names = "--blur",
      paramLabel = "PIXELS",
      defaultValue = "0",
      description = "deviation of a Gaussian blur now and then (default: none)")
  private double blur;

  @Option(
      names = "--blur-every",
      paramLabel = "N",
      defaultValue = "4",
      description = "after how many steps each time (default: ${DEFAULT-VALUE})")
  private int blurEvery;

  @Option(
      names = "--clip-norm",
      paramLabel = "PERCENT",
      defaultValue = "0",
      description = "of the pixels, those nearest to grey become grey (default: none)")
  private double clipNorm;

  @Option(
      names = "--clip-contribution",
      paramLabel = "PERCENT",
      defaultValue = "0",
      description = "of the pixels, those that contribute least become grey (default: none)")
  private double clipContribution;

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
      description = "what noise and views are drawn from (default: ${DEFAULT-VALUE})")
  private long seed;

  /** What was asked for, checked. */
  MaximizeOptions options() {
    return MaximizeOptions.DEFAULT
        .steps(steps)
        .rate(rate)
        .bands(bands)
        .colour(colour)
        .jitter(jitter)
        .zoom(zoom)
        .turn(turn)
        .decay(decay)
        .variation(variation)
        .blur(blur)
        .blurEvery(blurEvery)
        .clipNorm(clipNorm)
        .clipContribution(clipContribution)
        .noise(noise)
        .seed(seed);
  }

  /** What was asked for, for the JSON. */
  static void describe(MaximizeOptions set, Map<String, Object> options) {
    options.put("steps", set.steps());
    options.put("rate", set.rate());
    options.put("bands", set.bands());
    options.put("colour", set.colour());
    options.put("jitter", set.jitter());
    options.put("zoom", set.zoom());
    options.put("turn", set.turn());
    options.put("decay", set.decay());
    options.put("tv", set.variation());
    options.put("blur", set.blur());
    options.put("blurEvery", set.blurEvery());
    options.put("clipNorm", set.clipNorm());
    options.put("clipContribution", set.clipContribution());
    options.put("noise", set.noise());
    options.put("seed", set.seed());
  }
}
