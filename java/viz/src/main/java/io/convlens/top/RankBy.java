package io.convlens.top;

import io.convlens.activation.TappedLayer;
import io.convlens.engine.Statistic;
import io.convlens.io.UnusableOptionException;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What of a map ranks its picture.
 *
 * @param percentile the least value that so many of a hundred places do not exceed (the nearest
 *     rank), more than 0, 100 for the largest: a unit that answers to a large part of a picture
 *     ranks it high, one bright spot does not; absent for the mean
 */
public record RankBy(OptionalDouble percentile) {
  /** The map's largest value. */
  public static final RankBy MAX = new RankBy(OptionalDouble.of(100));

  /** The map's mean. */
  public static final RankBy MEAN = new RankBy(OptionalDouble.empty());

  /** Checks the number. */
  public RankBy {
    if (percentile.isPresent()
        && !(percentile.getAsDouble() > 0 && percentile.getAsDouble() <= 100)) {
      throw new UnusableOptionException(
          "percentile %s: more than 0 and at most 100".formatted(percentile.getAsDouble()));
    }
  }

  /**
   * What a word means.
   *
   * @param word {@code max}, {@code mean}, or a percentile as in {@code p99} or {@code p99.5}
   * @throws UnusableOptionException if it means nothing
   */
  public static RankBy parse(String word) {
    if (word.equals("max")) {
      return MAX;
    }
    if (word.equals("mean")) {
      return MEAN;
    }
    if (!word.matches("p\\d{1,3}(\\.\\d{1,6})?")) {
      throw new UnusableOptionException(
          "ranking by '" + word + "': one of max, mean, or a percentile as in p99");
    }
    return new RankBy(OptionalDouble.of(Double.parseDouble(word.substring(1))));
  }

  /**
   * What else has to be known of a layer's maps, besides {@link #peak}: their numbers at the
   * percentile's rank.
   */
  Optional<Statistic> beside(TappedLayer layer) {
    if (percentile.isEmpty()) {
      return Optional.empty();
    }
    int rank = (int) Math.ceil(percentile.getAsDouble() / 100 * layer.places());
    return rank >= layer.places()
        ? Optional.empty()
        : Optional.of(Statistic.rank(layer.value(), rank - 1));
  }

  /** What has to be known of a layer's maps in any case. */
  Statistic peak(TappedLayer layer) {
    return percentile.isEmpty() ? Statistic.sum(layer.value()) : Statistic.peak(layer.value());
  }

  /**
   * Which of the {@link #peak}'s numbers the value is, where there is nothing {@link #beside} it.
   */
  int number() {
    return percentile.isEmpty() ? Statistic.SUM : Statistic.LARGEST;
  }

  /** Makes a value of that number. */
  float of(float number, int places) {
    return percentile.isEmpty() ? number / places : number;
  }
}
