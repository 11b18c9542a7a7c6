package io.convlens.cli;

import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.network.ScoreKind;
import io.convlens.network.SizedNetwork;
import io.convlens.synthesis.Subject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a picture is to excite, on the command line. */
final class SubjectArguments {
  private static final String ALL = "all";
  private static final String MIDDLE = "middle";

  @Option(
      names = "--target",
      paramLabel = "INDEX|LABEL",
      description = "a class to excite; repeatable")
  private List<String> targets = new ArrayList<>();

  @Option(
      names = "--score",
      paramLabel = "probability|logit",
      defaultValue = "logit",
      description = "which number of the class (default: ${DEFAULT-VALUE})")
  private String score;

  @Option(
      names = "--layer",
      paramLabel = "LAYER",
      description = "whose units are excited, instead of classes")
  private @Nullable String layer;

  @Option(
      names = {"--unit", "--units"},
      paramLabel = "LIST",
      defaultValue = "0",
      description = "channels of the layer, as in 0,3,7 or 0-15 (default: ${DEFAULT-VALUE})")
  private String units;

  @Option(
      names = "--place",
      paramLabel = "all|middle|Y,X",
      defaultValue = ALL,
      description =
          "which unit of a channel's map: all (their mean), the middle one or a place (default:"
              + " ${DEFAULT-VALUE})")
  private String place;

  /** Options are wrong before files are. */
  void check() {
    if (targets.isEmpty() == (layer == null)) {
      throw new UnusableOptionException(
          layer == null
              ? "nothing to excite: give --target, or --layer and --unit"
              : "--target and --layer exclude each other");
    }
    kind();
    numbers();
    if (!place.equals(ALL) && !place.equals(MIDDLE) && !place.matches("\\d{1,9},\\d{1,9}")) {
      throw new UnusableOptionException("--place " + place + ": all, middle or Y,X");
    }
  }

  private ScoreKind kind() {
    return OcclusionArguments.oneOf(ScoreKind.class, "--score", score);
  }

  /** The subjects, once the network is known. */
  List<Subject> of(Network network, SizedNetwork sized) {
    if (layer != null) {
      return numbers().stream().map(this::unit).toList();
    }
    return targets.stream()
        .map(
            t ->
                network
                    .labels()
                    .find(t, sized.classes())
                    .orElseThrow(
                        () -> new UnusableOptionException("--target " + t + ": name a class")))
        .distinct()
        .map(index -> (Subject) new Subject.Category(index, kind()))
        .toList();
  }

  private Subject unit(int channel) {
    return switch (place) {
      case ALL -> new Subject.Channel(layer, channel);
      case MIDDLE -> new Subject.Middle(layer, channel);
      default -> {
        String[] yx = place.split(",", -1);
        yield new Subject.Unit(layer, channel, Integer.parseInt(yx[0]), Integer.parseInt(yx[1]));
      }
    };
  }

  private List<Integer> numbers() {
    if (!units.matches("\\d{1,7}(-\\d{1,7})?(,\\d{1,7}(-\\d{1,7})?)*")) {
      throw new UnusableOptionException("--unit " + units + ": numbers, as in 0,3,7 or 0-15");
    }
    return Arrays.stream(units.split(",", -1)).flatMap(SubjectArguments::span).distinct().toList();
  }

  private static Stream<Integer> span(String text) {
    String[] ends = text.split("-", -1);
    int first = Integer.parseInt(ends[0]);
    int last = Integer.parseInt(ends[ends.length - 1]);
    if (last < first) {
      throw new UnusableOptionException("--unit " + text + ": the smaller number comes first");
    }
    return IntStream.rangeClosed(first, last).boxed();
  }

  /** What was asked for, for the JSON. */
  void describe(Map<String, Object> options) {
    options.put("target", targets);
    options.put("score", score);
    options.put("layer", layer);
    options.put("unit", layer == null ? null : units);
    options.put("place", layer == null ? null : place);
  }
}
