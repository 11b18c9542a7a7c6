package io.convlens.top;

/** By what pictures are ranked. */
public enum RankBy {
  /** The map's largest value. */
  MAX,
  /** The map's mean. */
  MEAN
}
