package io.convlens.cli;

import io.convlens.io.UnusableInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Text files with a word a line for each picture. */
final class Lines {
  private Lines() {}

  /**
   * The lines of a file, blank ones at its end left out.
   *
   * @param count how many there must be
   * @throws UnusableInputException if there are others, or it can't be read
   */
  static List<String> read(Path file, int count) {
    List<String> lines;
    try {
      lines = new ArrayList<>(Files.readAllLines(file));
    } catch (IOException e) {
      throw new UnusableInputException(file, "can't be read as lines of text", e);
    }
    while (!lines.isEmpty() && lines.getLast().isBlank()) {
      lines.removeLast();
    }
    if (lines.size() != count) {
      throw new UnusableInputException(
          file, "%d classes for %d pictures".formatted(lines.size(), count));
    }
    return lines.stream().map(String::strip).toList();
  }
}
