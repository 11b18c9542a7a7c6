package io.convlens.io;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/**
 * A file that can't be written: a full disk, a folder without permission. Nothing half-written is
 * left. The message is one line, {@code file: reason}; the command line ends with exit code 2 on
 * it.
 */
public final class UnwritableOutputException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** For a file and what the file system said. */
  public UnwritableOutputException(Path file, IOException cause) {
    super(file + ": " + UnusableInputException.oneLine(reason(cause)), cause);
  }

  private static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException _ -> "no permission to write";
      case FileAlreadyExistsException _ -> "a file is in the way of a folder";
      case NoSuchFileException _ -> "its folder does not exist";
      case NotDirectoryException _ -> "its parent is not a folder";
      default -> "can't be written: " + e.getMessage();
    };
  }
}
