package io.convlens.evaluation;

import java.util.Locale;

/** What maps are measured by. */
public enum Metric {
  /**
   * Area under the class's probability while pixels are taken away, the most relevant first
   * (Petsiuk et al. 2018, RISE).
   */
  DELETION("lower"),
  /** Area under the probability while pixels are put back into a blurred picture (RISE). */
  INSERTION("higher"),
  /** Whether the map's peak lies in a box of the class (Zhang et al. 2016). */
  POINTING("higher"),
  /** Correlation of summed relevance and change of the score (Ancona et al. 2018). */
  SENSITIVITY_N("higher"),
  /** Squared error of the relevance as a prediction of changes of the score (Yeh et al. 2019). */
  INFIDELITY("lower"),
  /** How far the map moves while the picture hardly does (Yeh et al. 2019). */
  MAX_SENSITIVITY("lower"),
  /**
   * Rank correlation with maps of the network without what it has learned (Adebayo et al. 2018).
   */
  RANDOMISATION("lower");

  private final String better;

  Metric(String better) {
    this.better = better;
  }

  /** The word {@code lower} or {@code higher}. */
  public String better() {
    return better;
  }

  /** The word of the command line and of JSON. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
