package io.convlens.cli;

import io.convlens.image.Preprocess;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.network.ScoreKind;
import io.convlens.occlusion.Edge;
import io.convlens.occlusion.Mode;
import io.convlens.occlusion.OcclusionOptions;
import io.convlens.occlusion.Patch;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a sweep is done, on the command line. */
final class OcclusionArguments {
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
      defaultValue = "probability",
      description = "which number of the class (default: ${DEFAULT-VALUE})")
  private String score;

  @Option(
      names = "--patch",
      paramLabel = "H[xW][,...]",
      description =
          "the window, in pixels of the network's picture; several sizes give a map each and their"
              + " mean (default: 16)")
  private @Nullable String patch;

  @Option(
      names = "--stride",
      paramLabel = "H[xW]",
      converter = Sides.Converter.class,
      description = "from one position to the next (default: 4)")
  private @Nullable Sides stride;

  @Option(
      names = "--fill",
      paramLabel = "V[,V...]",
      description =
          "what the window holds, in the network's input space: one value or one a channel"
              + " (default: 0)")
  private @Nullable String fill;

  @Option(
      names = "--fill-rgb",
      paramLabel = "R,G,B",
      description = "the same as a colour, 0..255, pushed through the preprocessing")
  private @Nullable String fillRgb;

  @Option(
      names = "--edge",
      paramLabel = "clip|drop|shift",
      defaultValue = "clip",
      description = "windows that don't fit at the end (default: ${DEFAULT-VALUE})")
  private String edge;

  @Option(
      names = "--mode",
      paramLabel = "exact|full|fast",
      defaultValue = "exact",
      description =
          "exact: only what a patch changes; full: the whole network for every position; fast: an"
              + " approximation whose error is measured (default: ${DEFAULT-VALUE})")
  private String mode;

  @Option(
      names = "--fast-error",
      paramLabel = "E",
      description =
          "with --mode fast: the largest mean error, in the score's unit; where an approximation"
              + " is worse, more is computed (default: 0.01)")
  private @Nullable Double fastError;

  @Option(names = "--all-classes", description = "writes the scores of all classes, too")
  private boolean allClasses;

  @Option(
      names = "--track",
      paramLabel = "LAYER",
      description = "follows the layer's strongest channel, too")
  private @Nullable String track;

  /** The options that need no network to be understood. */
  OcclusionOptions beforeLoading() {
    OcclusionOptions o = OcclusionOptions.DEFAULT;
    if (patch != null) {
      o = o.patches(patches(patch));
    }
    if (stride != null) {
      o = o.stride(stride.height(), stride.width());
    }
    if (fastError != null) {
      o = o.fastError(fastError);
    }
    if (fill != null && fillRgb != null) {
      throw new UnusableOptionException("--fill and --fill-rgb exclude each other");
    }
    if (fill != null) {
      o = o.fill(numbers("--fill", fill));
    }
    if (fillRgb != null) {
      colour(fillRgb);
    }
    if (track != null) {
      o = o.track(track);
    }
    return o.edge(oneOf(Edge.class, "--edge", edge))
        .mode(oneOf(Mode.class, "--mode", mode))
        .score(oneOf(ScoreKind.class, "--score", score))
        .allClasses(allClasses);
  }

  /** The rest: what depends on the network's labels and input. */
  OcclusionOptions forNetwork(OcclusionOptions options, Network network, Preprocess preprocess) {
    OcclusionOptions o = options;
    if (fillRgb != null) {
      float[] rgb = colour(fillRgb);
      o = o.fill(network.fit(preprocess).fillValue(rgb[0], rgb[1], rgb[2]));
    }
    // Whether an index is one of the network's classes, the sweep knows.
    return o.target(
        target.matches("-?\\d{1,9}")
            ? OptionalInt.of(Integer.parseInt(target))
            : network.labels().find(target, Integer.MAX_VALUE));
  }

  private static List<Patch> patches(String text) {
    List<Patch> all = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      Sides sides = Sides.parse("--patch " + text, part.strip());
      all.add(new Patch(sides.height(), sides.width()));
    }
    return all;
  }

  static <E extends Enum<E>> E oneOf(Class<E> type, String option, String word) {
    List<String> words = new ArrayList<>();
    for (E e : type.getEnumConstants()) {
      words.add(e.name().toLowerCase(Locale.ROOT).replace('_', '-'));
      if (words.getLast().equals(word)) {
        return e;
      }
    }
    throw new UnusableOptionException(option + " " + word + ": one of " + String.join(", ", words));
  }

  private static float[] colour(String text) {
    float[] rgb = numbers("--fill-rgb", text);
    if (rgb.length != 3) {
      throw new UnusableOptionException("--fill-rgb " + text + ": three numbers are needed");
    }
    for (float v : rgb) {
      if (!(v >= 0 && v <= 255)) {
        throw new UnusableOptionException("--fill-rgb " + text + ": 0 to 255");
      }
    }
    return rgb;
  }

  private static float[] numbers(String option, String text) {
    String[] parts = text.split(",", -1);
    float[] numbers = new float[parts.length];
    for (int i = 0; i < parts.length; i++) {
      try {
        numbers[i] = Float.parseFloat(parts[i].strip());
      } catch (NumberFormatException e) {
        throw new UnusableOptionException(
            option + " " + text + ": '" + parts[i] + "' is no number");
      }
    }
    return numbers;
  }

  /** Rows and columns of one patch, or a list of them. */
  private static Object patches(List<Patch> patches) {
    List<int[]> sides = patches.stream().map(p -> new int[] {p.height(), p.width()}).toList();
    return sides.size() == 1 ? sides.getFirst() : sides;
  }

  /** What was asked for, for the JSON. */
  void describe(OcclusionOptions set, Map<String, Object> options) {
    options.put("target", target);
    options.put("score", set.score().toString());
    options.put("patch", patches(set.patches()));
    options.put("stride", new int[] {set.strideHeight(), set.strideWidth()});
    options.put("fill", set.fill());
    options.put("fillRgb", fillRgb);
    options.put("edge", set.edge().toString());
    options.put("mode", set.mode().toString());
    if (set.mode() == Mode.FAST) {
      options.put("fastError", set.fastError());
    }
    options.put("allClasses", allClasses);
    options.put("track", track);
  }
}
