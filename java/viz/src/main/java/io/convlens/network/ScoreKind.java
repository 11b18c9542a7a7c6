package io.convlens.network;

import java.util.Locale;

/** Which number of a class counts. */
public enum ScoreKind {
  /** The softmax's output; where the network ends in none, the softmax of its output. */
  PROBABILITY,
  /** What goes into the softmax; where the network ends in none, its output. */
  LOGIT;

  /** The word of the command line and of JSON. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
