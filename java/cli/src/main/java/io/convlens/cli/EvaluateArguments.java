package io.convlens.cli;

import io.convlens.evaluation.EvaluationOptions;
import io.convlens.evaluation.Metric;
import io.convlens.gradient.Method;
import io.convlens.io.UnusableOptionException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which maps are measured, and how, on the command line. */
final class EvaluateArguments {
  private static final String ALL = "all";

  @Option(
      names = "--method",
      paramLabel = "LIST",
      description =
          "methods of saliency, separated by commas, or all but conductance: all (default, without --maps: gradient,smoothgrad,"
              + "integrated-gradients,guided-backprop,grad-cam); --layer is for grad-cam and its"
              + " kind")
  private @Nullable String methods;

  @Option(
      names = "--maps",
      paramLabel = "FILE.npy",
      description = "finished maps [N,H,W] or [N,C,H,W], one a picture in order; repeatable")
  private List<Path> maps = new ArrayList<>();

  @Option(
      names = "--metrics",
      paramLabel = "LIST",
      defaultValue = ALL,
      description =
          "deletion, insertion, pointing, sensitivity-n, infidelity, max-sensitivity,"
              + " randomisation (default: ${DEFAULT-VALUE})")
  private String metrics;

  @Option(
      names = "--boxes",
      paramLabel = "FILE",
      description =
          "pointing: where pictures show their class, .json {\"cat.png\":[[x0,y0,x1,y1]]} or .csv"
              + " image,x0,y0,x1,y1, in the originals' pixels")
  private @Nullable Path boxes;

  @Option(
      names = "--tolerance",
      paramLabel = "PIXELS",
      defaultValue = "15",
      description = "pointing: how far off a box still counts (default: ${DEFAULT-VALUE})")
  private String tolerance;

  @Option(
      names = "--curve-steps",
      paramLabel = "N",
      defaultValue = "50",
      description = "deletion, insertion: steps (default: ${DEFAULT-VALUE})")
  private String steps;

  @Option(
      names = "--fill",
      paramLabel = "VALUE",
      defaultValue = "0",
      description =
          "what stands for an absent pixel, in the network's input space (default:"
              + " ${DEFAULT-VALUE})")
  private String fill;

  @Option(
      names = "--blur",
      paramLabel = "PIXELS",
      defaultValue = "5",
      description = "insertion: the first picture's blur (default: ${DEFAULT-VALUE})")
  private String blur;

  @Option(
      names = "--trials",
      paramLabel = "N",
      defaultValue = "50",
      description =
          "sensitivity-n: sets of pixels a size; infidelity: squares (default: ${DEFAULT-VALUE})")
  private String trials;

  @Option(
      names = "--radius",
      paramLabel = "PART",
      defaultValue = "0.02",
      description =
          "max-sensitivity: the noise, as a part of a picture's range (default: ${DEFAULT-VALUE})")
  private String radius;

  @Option(
      names = "--draws",
      paramLabel = "N",
      defaultValue = "10",
      description = "max-sensitivity: noisy copies (default: ${DEFAULT-VALUE})")
  private String draws;

  @Option(
      names = "--stages",
      paramLabel = "N",
      defaultValue = "10",
      description =
          "randomisation: networks between the last layer forgotten and all (default:"
              + " ${DEFAULT-VALUE})")
  private String stages;

  @Option(
      names = "--sanity-images",
      paramLabel = "N",
      defaultValue = "8",
      description = "randomisation: the first N pictures (default: ${DEFAULT-VALUE})")
  private String sanity;

  /** How maps are measured. */
  EvaluationOptions options(long seed) {
    return EvaluationOptions.DEFAULT
        .metrics(metrics())
        .tolerance(SaliencyArguments.whole("--tolerance", tolerance))
        .steps(SaliencyArguments.whole("--curve-steps", steps))
        .fill((float) SaliencyArguments.number("--fill", fill))
        .blur(SaliencyArguments.number("--blur", blur))
        .trials(SaliencyArguments.whole("--trials", trials))
        .radius(SaliencyArguments.number("--radius", radius))
        .draws(SaliencyArguments.whole("--draws", draws))
        .stages(SaliencyArguments.whole("--stages", stages))
        .sanityPictures(SaliencyArguments.whole("--sanity-images", sanity))
        .seed(seed);
  }

  private Set<Metric> metrics() {
    if (metrics.equals(ALL)) {
      return EnumSet.allOf(Metric.class);
    }
    Set<Metric> wanted =
        words(metrics)
            .map(word -> SaliencyArguments.oneOf("--metrics", word, Metric.values()))
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(Metric.class)));
    if (wanted.contains(Metric.POINTING) && boxes == null) {
      throw new UnusableOptionException("--metrics pointing needs --boxes");
    }
    return wanted;
  }

  private static Stream<String> words(String list) {
    return Arrays.stream(list.split(",", -1)).map(String::strip);
  }

  /** Which methods of ours. */
  List<Method> methods() {
    if (methods == null) {
      return maps.isEmpty()
          ? List.of(
              Method.GRADIENT,
              Method.SMOOTHGRAD,
              Method.INTEGRATED_GRADIENTS,
              Method.GUIDED_BACKPROP,
              Method.GRAD_CAM)
          : List.of();
    }
    if (methods.equals(ALL)) {
      return Arrays.stream(Method.values()).filter(m -> m != Method.CONDUCTANCE).toList();
    }
    return words(methods).map(SaliencyArguments::method).distinct().toList();
  }

  /** Files of finished maps. */
  List<Path> maps() {
    return List.copyOf(maps);
  }

  /** The file of boxes. */
  Optional<Path> boxes() {
    return Optional.ofNullable(boxes);
  }

  /** What was asked for, for the JSON. */
  void describe(EvaluationOptions set, Map<String, Object> options) {
    options.put("methods", methods().stream().map(Method::toString).toList());
    options.put("maps", maps.stream().map(Path::toString).toList());
    options.put("metrics", set.metrics().stream().map(Metric::toString).toList());
    options.put("boxes", boxes().map(Path::toString).orElse(null));
    options.put("tolerance", set.tolerance());
    options.put("curveSteps", set.steps());
    options.put("fill", set.fill());
    options.put("blur", set.blur());
    options.put("trials", set.trials());
    options.put("radius", set.radius());
    options.put("draws", set.draws());
    options.put("stages", set.stages());
    options.put("sanityImages", set.sanityPictures());
  }
}
