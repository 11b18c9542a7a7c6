package io.convlens.evaluation;

/** Follows an evaluation. */
public interface EvaluationListener {
  /** Hears nothing. */
  EvaluationListener NONE = (_, _) -> {};

  /**
   * Something was done.
   *
   * @param done so many of the parts of the work
   * @param all parts
   */
  void at(long done, long all);
}
