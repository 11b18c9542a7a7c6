package io.convlens.io;

/**
 * A wish that can't be met: a layer or class that doesn't exist, a patch larger than the picture.
 * The message is one line; the command line ends with exit code 2 on it.
 */
public final class UnusableOptionException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** For this reason. */
  public UnusableOptionException(String reason) {
    super(UnusableInputException.oneLine(reason));
  }
}
