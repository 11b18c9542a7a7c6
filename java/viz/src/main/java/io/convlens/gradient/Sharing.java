package io.convlens.gradient;

import io.convlens.gradient.Attribution.Completeness;
import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A method that is prepared: it shares out the score of one input after another. */
sealed interface Sharing extends AutoCloseable
    permits PlainSharing,
        NoiseSharing,
        PathSharing,
        ExpectedSharing,
        Conductance,
        CamSharing,
        ScoreCam {
  /**
   * One input.
   *
   * @param x its numbers, not to be changed
   * @param target the class
   * @param score its score
   */
  @SuppressWarnings("ArrayRecordComponent") // Large; compared by nobody.
  record Case(float[] x, int target, float score) {}

  /**
   * What comes of one.
   *
   * @param values channels first
   * @param completeness for methods whose shares add up
   */
  @SuppressWarnings("ArrayRecordComponent") // Large; compared by nobody.
  record Shares(float[] values, Optional<Completeness> completeness) {
    Shares(float[] values) {
      this(values, Optional.empty());
    }
  }

  /** The shape of the shares of one input. */
  Shape shape();

  /** How many inputs are shared out at once. */
  default int batch() {
    return 1;
  }

  /** The shares of one input. */
  Shares of(Case one);

  /** The shares of some, at most a batch. */
  default List<Shares> of(List<Case> some) {
    List<Shares> all = new ArrayList<>();
    some.forEach(one -> all.add(of(one)));
    return all;
  }

  @Override
  void close();
}
