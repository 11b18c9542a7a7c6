package io.convlens.io;

import java.nio.file.Path;

/**
 * A file that can't be used: a truncated model, a picture that is none, a tensor with a NaN. The
 * message is one line, {@code file: reason}; the command line ends with exit code 3 on it.
 */
public final class UnusableInputException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** For an input with this name and this reason. */
  public UnusableInputException(String input, String reason) {
    super(input + ": " + oneLine(reason));
  }

  /** For a file and this reason. */
  public UnusableInputException(Path file, String reason) {
    this(file.toString(), reason);
  }

  /** For a file and this reason, with what led to it. */
  public UnusableInputException(Path file, String reason, Throwable cause) {
    super(file + ": " + oneLine(reason), cause);
  }

  /** A reason folded to one printable line of at most 400 characters. */
  static String oneLine(String reason) {
    String line = reason.replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
    return line.length() <= 400 ? line : line.substring(0, 397) + "...";
  }
}
