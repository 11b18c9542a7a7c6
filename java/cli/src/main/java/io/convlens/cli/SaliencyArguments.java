package io.convlens.cli;

import io.convlens.gradient.Baseline;
import io.convlens.gradient.Method;
import io.convlens.gradient.Quadrature;
import io.convlens.gradient.SaliencyOptions;
import io.convlens.image.Preprocess;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.network.ScoreKind;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a score is shared out, on the command line. */
final class SaliencyArguments {
  private static final String AUTO = "auto";

  @Option(
      names = "--target",
      paramLabel = "auto|INDEX|LABEL",
      defaultValue = AUTO,
      description = "the class to follow (default: ${DEFAULT-VALUE}: each picture's best)")
  private String target;

  @Option(
      names = "--score",
      paramLabel = "probability|logit",
      defaultValue = "logit",
      description = "which number of the class (default: ${DEFAULT-VALUE})")
  private String score;

  @Option(
      names = "--steps",
      paramLabel = "N|auto",
      defaultValue = "50",
      description =
          "integrated-gradients, conductance: places between baseline and picture; auto: until the shares add"
              + " up to within a hundredth (default: ${DEFAULT-VALUE})")
  private String steps;

  @Option(
      names = "--rule",
      paramLabel = "RULE",
      defaultValue = "midpoint",
      description =
          "where they lie: midpoint, left, right, trapezoid, gauss-legendre (default:"
              + " ${DEFAULT-VALUE})")
  private String rule;

  @Option(
      names = "--baseline",
      paramLabel = "VALUE|blur|noise|FILE",
      defaultValue = "0",
      description =
          "integrated-gradients, expected-gradients, deeplift, conductance: what is compared with:"
              + " a number in the network's input space; the picture blurred (blur:SIGMA in pixels);"
              + " noise; a picture; an array .npy or a folder of pictures, many for"
              + " expected-gradients (default: ${DEFAULT-VALUE})")
  private String baseline;

  @Option(
      names = "--epsilon",
      paramLabel = "VALUE",
      defaultValue = "1e-6",
      description =
          "lrp-epsilon: what denominators are kept away from 0 by (default: ${DEFAULT-VALUE})")
  private String epsilon;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "25",
      description =
          "smoothgrad, vargrad: noisy copies; expected-gradients: draws (default: ${DEFAULT-VALUE})")
  private String samples;

  @Option(
      names = "--sigma",
      paramLabel = "VALUE",
      description =
          "smoothgrad, vargrad: the noise's standard deviation, in the network's input space"
              + " (default: 0.15 of the range of the picture's values)")
  private @Nullable String sigma;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "what everything by chance is drawn from (default: ${DEFAULT-VALUE})")
  private String seed;

  @Option(
      names = "--layer",
      paramLabel = "LAYER",
      description =
          "grad-cam and its kind: whose channels are weighed (default: the last feature map);"
              + " other methods: whose elements get the shares (default: the input)")
  private @Nullable String layer;

  @Option(
      names = "--unit",
      paramLabel = "C[,Y,X]",
      description =
          "a unit of --layer in the class's place: a channel, all its places summed, or one place")
  private @Nullable String unit;

  @Option(names = "--relu", description = "grad-cam and its kind: only what supports the class")
  private boolean relu;

  /** The method of a name. */
  static Method method(String name) {
    return oneOf("--method", name, Method.values());
  }

  /** The options that need no network to be understood. */
  SaliencyOptions beforeLoading(Method method) {
    SaliencyOptions o = common(method).relu(relu);
    return layer == null ? o : o.layer(layer);
  }

  /** Likewise for one of several methods: layer and ReLU are for those that weigh channels. */
  SaliencyOptions amongOthers(Method method) {
    if (unit != null) {
      throw new UnusableOptionException("--unit: maps are measured by a class's score");
    }
    SaliencyOptions o = common(method).relu(relu && method.isCam());
    return layer == null || !method.readsChannels() ? o : o.layer(layer);
  }

  private SaliencyOptions common(Method method) {
    SaliencyOptions o =
        SaliencyOptions.DEFAULT
            .method(method)
            .rule(oneOf("--rule", rule, Quadrature.values()))
            .samples(whole("--samples", samples))
            .seed(seed())
            .epsilon((float) number("--epsilon", epsilon))
            .score(OcclusionArguments.oneOf(ScoreKind.class, "--score", score));
    o = steps.equals(AUTO) ? o.stepsByItself() : o.steps(whole("--steps", steps));
    if (sigma != null) {
      o = o.sigma(number("--sigma", sigma));
    }
    if (unit != null) {
      o = o.unit(unit());
    }
    return o;
  }

  private List<Integer> unit() {
    return Arrays.stream(unit.split(",", -1)).map(n -> whole("--unit", n.strip())).toList();
  }

  /** The rest: what depends on the network, its labels and what it takes. */
  SaliencyOptions forNetwork(SaliencyOptions options, Network network, Preprocess preprocess) {
    return options
        .baseline(Baselines.read(baseline, network, preprocess))
        .target(
            target.matches("-?\\d{1,9}")
                ? OptionalInt.of(Integer.parseInt(target))
                : network.labels().find(target, Integer.MAX_VALUE));
  }

  static <E> E oneOf(String option, String word, E[] values) {
    List<String> words = Arrays.stream(values).map(Object::toString).toList();
    if (!words.contains(word)) {
      throw new UnusableOptionException(
          option + " " + word + ": one of " + String.join(", ", words));
    }
    return values[words.indexOf(word)];
  }

  static int whole(String option, String text) {
    if (!text.matches("-?\\d{1,9}")) {
      throw new UnusableOptionException(option + " " + text + ": a whole number is needed");
    }
    return Integer.parseInt(text);
  }

  /** What everything by chance is drawn from. */
  long seed() {
    try {
      return Long.parseLong(seed);
    } catch (NumberFormatException e) {
      throw new UnusableOptionException("--seed " + seed + ": a whole number is needed");
    }
  }

  static double number(String option, String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new UnusableOptionException(option + " " + text + ": a number is needed");
    }
  }

  /** What was asked for, for the JSON. */
  void describe(SaliencyOptions set, Map<String, Object> options) {
    options.put("target", target);
    options.put("score", set.score().toString());
    options.put("steps", set.steps().isPresent() ? set.steps().getAsInt() : AUTO);
    options.put("rule", set.rule().toString());
    options.put(
        "baseline",
        set.baseline() instanceof Baseline.Constant(float value)
            ? value
            : set.baseline().toString());
    options.put("epsilon", set.epsilon());
    options.put("unit", set.unit().isEmpty() ? null : set.unit());
    options.put("samples", set.samples());
    options.put("sigma", set.sigma().isPresent() ? set.sigma().getAsDouble() : AUTO);
    options.put("seed", set.seed());
    options.put("layer", layer);
    options.put("relu", relu);
  }
}
