package io.convlens.device;

/**
 * A device that can't be had or can't do something. The message names the call, the library's code
 * and its text, and the shapes, as far as there are any.
 */
public final class DeviceException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What went wrong, as far as a caller can act on it. */
  public enum Kind {
    /** The device or a library of it is not here; the command line ends with exit code 4. */
    UNAVAILABLE,
    /** Too little memory; a smaller batch may do. */
    OUT_OF_MEMORY,
    /** It can't run this operation; exit code 4 as well. */
    UNSUPPORTED,
    /** Anything else. */
    FAILED
  }

  private final Kind kind;

  /** A failure of a kind. */
  public DeviceException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** A failure of a kind, with what led to it. */
  public DeviceException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }
}
