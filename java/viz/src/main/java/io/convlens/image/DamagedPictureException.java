package io.convlens.image;

/** A file's bytes are no whole picture; the message is the reason, without the file's name. */
final class DamagedPictureException extends Exception {
  private static final long serialVersionUID = 1;

  DamagedPictureException(String reason) {
    super(reason);
  }

  DamagedPictureException(String reason, Throwable cause) {
    super(reason, cause);
  }
}
