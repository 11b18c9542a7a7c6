package io.convlens.graph;

/** A gradient that can't be had, with the operator and node that stand in its way, in one line. */
public final class NoGradientException extends RuntimeException {
  private static final long serialVersionUID = 1;

  NoGradientException(String reason) {
    super(reason);
  }
}
