package io.convlens.cli;

import io.convlens.io.UnusableOptionException;
import io.convlens.synthesis.FoolOptions;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How pictures are changed so that a network says something else, on the command line. */
final class FoolArguments {
  @Option(
      names = "--target",
      paramLabel = "INDEX|LABEL",
      description =
          "the class that the network is to see: its number, its label, or a part that no other has")
  private @Nullable String target;

  @Option(
      names = "--norm",
      paramLabel = "linf|l2",
      defaultValue = "linf",
      description =
          "what is kept small: linf, the largest change, or l2, the root of the sum of squares"
              + " (default: ${DEFAULT-VALUE})")
  private String norm;

  @Option(
      names = "--epsilon",
      paramLabel = "LEVELS",
      defaultValue = "8",
      description = "the largest change, in levels of 0..255 (default: ${DEFAULT-VALUE})")
  private double epsilon;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "40",
      description = "steps, at most (default: ${DEFAULT-VALUE})")
  private int steps;

  @Option(
      names = "--step",
      paramLabel = "LEVELS",
      description = "how far each step goes (default: 2.5 epsilon / steps)")
  private @Nullable Double stepSize;

  @Option(
      names = "--confidence",
      paramLabel = "P",
      defaultValue = "0.9",
      description = "ends at this probability of the class (default: ${DEFAULT-VALUE})")
  private double confidence;

  /** What was asked for, checked. */
  FoolOptions options() {
    if (target == null || target.equals("auto")) {
      throw new UnusableOptionException("what is the network to see? Give --target");
    }
    FoolOptions o =
        FoolOptions.DEFAULT
            .norm(OcclusionArguments.oneOf(FoolOptions.Norm.class, "--norm", norm))
            .epsilon(epsilon)
            .steps(steps)
            .confidence(confidence);
    return stepSize == null ? o : o.stepSize(stepSize);
  }

  /** The wanted class as it was asked for. */
  String target() {
    return String.valueOf(target);
  }

  /** What was asked for, for the JSON. */
  void describe(FoolOptions set, Map<String, Object> options) {
    options.put("target", target);
    options.put("norm", set.norm().toString());
    options.put("epsilon", set.epsilon());
    options.put("steps", set.steps());
    options.put("step", set.stepSize());
    options.put("confidence", set.confidence());
  }
}
