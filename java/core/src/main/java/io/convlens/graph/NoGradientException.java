package io.convlens.graph;

import java.nio.file.Path;

/** A gradient that can't be had, with the operator and node that stand in its way, in one line. */
public final class NoGradientException extends RuntimeException {
  private static final long serialVersionUID = 1;

  NoGradientException(String reason) {
    super(reason);
  }

  private NoGradientException(Path file, NoGradientException cause) {
    super(file + ": " + cause.getMessage(), cause);
  }

  /** The same, with the model's file in front. */
  public NoGradientException of(Path file) {
    return new NoGradientException(file, this);
  }
}
