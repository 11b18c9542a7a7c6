package io.convlens.evaluation;

import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;

/**
 * What was measured of one method's maps; lists go by picture. What was not measured is empty.
 *
 * @param name the method's
 * @param control whether it is there only to be compared with
 * @param deletion the probability while pixels go, the most relevant first
 * @param insertion while they come back
 * @param hits of the pointing game, for the pictures that have boxes
 * @param correlations of sensitivity-n: a row a picture, a number a size of sets
 * @param infidelity from 0 up to 1
 * @param maxSensitivity from 0 up
 * @param stages of the randomisation, means over pictures
 * @param first the map of the first picture
 */
public record Verdict(
    String name,
    boolean control,
    List<Curve> deletion,
    List<Curve> insertion,
    List<Boolean> hits,
    List<List<Double>> correlations,
    List<Double> infidelity,
    List<Double> maxSensitivity,
    List<Stage> stages,
    PixelMap first) {
  /**
   * How alike maps are to those of the network some of whose layers have forgotten what they
   * learned. As Adebayo et al. (2018): Spearman's rank correlation over pixels, with and without
   * the sign; they also give a structural similarity.
   *
   * @param layers how many, from the last one backwards
   * @param layer the last of them to be randomised
   * @param signed correlation of the maps
   * @param absolute correlation of their absolute values
   */
  public record Stage(int layers, String layer, double signed, double absolute) {}

  /** Copies the lists. */
  public Verdict {
    deletion = List.copyOf(deletion);
    insertion = List.copyOf(insertion);
    hits = List.copyOf(hits);
    correlations = List.copyOf(correlations);
    infidelity = List.copyOf(infidelity);
    maxSensitivity = List.copyOf(maxSensitivity);
    stages = List.copyOf(stages);
  }

  /** One number for all pictures: the mean; absent where it was not measured. */
  public OptionalDouble mean(Metric metric) {
    return (switch (metric) {
          case DELETION -> deletion.stream().mapToDouble(Curve::area);
          case INSERTION -> insertion.stream().mapToDouble(Curve::area);
          case POINTING -> hits.stream().mapToDouble(hit -> hit ? 1 : 0);
          case SENSITIVITY_N -> correlations.stream().flatMapToDouble(Verdict::doubles);
          case INFIDELITY -> doubles(infidelity);
          case MAX_SENSITIVITY -> doubles(maxSensitivity);
          case RANDOMISATION -> stages.stream().mapToDouble(Stage::absolute);
        })
        .average();
  }

  private static DoubleStream doubles(List<Double> numbers) {
    return numbers.stream().mapToDouble(Double::doubleValue);
  }
}
