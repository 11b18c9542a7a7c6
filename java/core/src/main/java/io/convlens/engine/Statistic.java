package io.convlens.engine;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.graph.Value;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.Optional;

/**
 * Numbers about the map of each picture and channel of a value that the device works out during a
 * run, so that they can be read instead of the maps. Ask for it when a session is prepared and
 * download its {@link #output()}:
 *
 * <pre>{@code
 * Statistic peak = Statistic.peak(layer);
 * var session = Session.prepare(device, graph, 8, Set.of(), List.of(peak));
 * session.download(peak.output(), 8, numbers, 0);
 * }</pre>
 *
 * @param value {@code [N,C,...]} with 1 to {@link #MOST_PLACES} places
 * @param directions {@code [M,C]}: the numbers are about each place's dot products with these
 *     instead of the channels; belongs to the caller and stays open as long as the session
 * @param kind which numbers
 * @param output where they are after a run: {@code [N, numbers, C]}, or M in the place of C
 */
public record Statistic(Value value, Optional<Tensor> directions, Kind kind, Value output) {
  /** Up to so many places a map can have. */
  public static final int MOST_PLACES = Spec.MapFigures.MOST_PLACES;

  /** Where in {@link #peak} and what builds on it the largest value is. */
  public static final int LARGEST = 0;

  /** Where its place is: the first of equals, in row-major order. */
  public static final int PLACE = 1;

  /** Where the largest magnitude is: no finite number if a value is none. */
  public static final int MAGNITUDE = 2;

  /** Where in {@link #sum} and {@link #activity} the sum is. */
  public static final int SUM = 3;

  /** Where in {@link #activity} the number of values above 0 is. */
  public static final int POSITIVE = 4;

  /** Where in {@link #activity} the number of values that are 0 is. */
  public static final int ZERO = 5;

  /** Where in {@link #rank} the number at the rank is. */
  public static final int AT_RANK = 0;

  /** Where in {@link #rank} the sum of the numbers from the rank on is. */
  public static final int FROM_RANK = 1;

  /** Where in {@link #rank} the sum of all is. */
  public static final int OF_ALL = 2;

  /** Which numbers. */
  public sealed interface Kind {
    /** Numbers a map. */
    int count();

    /** The figures of {@link Spec.MapFigures}. */
    record Figures(Spec.Figures figures) implements Kind {
      @Override
      public int count() {
        return figures.count();
      }
    }

    /** The order statistics of {@link Spec.MapRank}. */
    record Rank(Spec.RankOf of, int rank) implements Kind {
      @Override
      public int count() {
        return Spec.MapRank.COUNT;
      }
    }
  }

  /** The largest value, its place, and the largest magnitude. */
  public static Statistic peak(Value value) {
    return of(value, new Kind.Figures(Spec.Figures.PEAK));
  }

  /** The same and the sum. */
  public static Statistic sum(Value value) {
    return of(value, new Kind.Figures(Spec.Figures.SUM));
  }

  /** The same and how many values are above 0, and how many are 0. */
  public static Statistic activity(Value value) {
    return of(value, new Kind.Figures(Spec.Figures.ACTIVITY));
  }

  /**
   * The number at a rank when all of a map are put in order, the sum of it and of those after it,
   * and the sum of all.
   *
   * @param rank from 0, the least
   */
  public static Statistic rank(Value value, int rank) {
    return of(value, new Kind.Rank(Spec.RankOf.VALUES, rank));
  }

  /** The same of magnitudes. */
  public static Statistic rankOfMagnitudes(Value value, int rank) {
    return of(value, new Kind.Rank(Spec.RankOf.MAGNITUDES, rank));
  }

  private static Statistic of(Value value, Kind kind) {
    return new Statistic(value, Optional.empty(), kind, output(value, kind, value.shape().dim(1)));
  }

  /**
   * The same numbers of dot products.
   *
   * @param vectors {@code [M,C]}
   */
  public Statistic along(Tensor vectors) {
    if (vectors.shape().rank() != 2 || vectors.shape().dim(1) != value.shape().dim(1)) {
      throw new IllegalArgumentException("directions " + vectors.shape() + " of " + value);
    }
    return new Statistic(
        value, Optional.of(vectors), kind, output(value, kind, vectors.shape().dim(0)));
  }

  private static Value output(Value value, Kind kind, long maps) {
    Shape shape = Shape.of(value.shape().dim(0), kind.count(), maps);
    return new Value(value.name() + "/" + kind, shape, value.batched());
  }

  /** The operation on a map. */
  Spec spec(MapShape src) {
    return switch (kind) {
      case Kind.Figures(Spec.Figures figures) -> new Spec.MapFigures(src, figures);
      case Kind.Rank(Spec.RankOf of, int rank) -> new Spec.MapRank(src, of, rank);
    };
  }
}
