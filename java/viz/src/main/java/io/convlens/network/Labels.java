package io.convlens.network;

import io.convlens.io.UnusableInputException;
import io.convlens.io.UnusableOptionException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The names of the classes. Class 0 is the first; a class without a name is called by its index.
 *
 * @param names one a class, may be empty
 */
public record Labels(List<String> names) {
  /** No names. */
  public static final Labels NONE = new Labels(List.of());

  private static final long MAX_BYTES = 64L << 20;

  /** Classes that are named where a wish may be several. */
  private static final int MOST_NAMED = 5;

  /** Copies the list. */
  public Labels {
    names = List.copyOf(names);
  }

  /**
   * Reads a file with one name a line, in UTF-8.
   *
   * @throws UnusableInputException if it can't be read as text
   */
  public static Labels read(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new UnusableInputException(file, "too large for a list of labels");
      }
      List<String> names = new ArrayList<>(Files.readAllLines(file));
      while (!names.isEmpty() && names.getLast().isBlank()) {
        names.removeLast();
      }
      if (names.isEmpty()) {
        throw new UnusableInputException(file, "no labels in it");
      }
      return new Labels(names.stream().map(String::strip).toList());
    } catch (NoSuchFileException e) {
      throw new UnusableInputException(file, "no such file", e);
    } catch (CharacterCodingException e) {
      throw new UnusableInputException(file, "not a text file in UTF-8", e);
    } catch (IOException e) {
      throw new UnusableInputException(
          file, Files.isDirectory(file) ? "is a folder" : "can't be read: " + e.getMessage(), e);
    }
  }

  /** The name of a class. */
  public String name(int index) {
    return index < names.size() ? names.get(index) : Integer.toString(index);
  }

  /**
   * The class that a person means: an index or a name.
   *
   * @param wish {@code auto} for none, an index from 0, a label, one of the names that it lists
   *     between commas, or a part that no other label has (case doesn't matter)
   * @param classes how many classes the network has
   * @throws UnusableOptionException if there is no such class, or several
   */
  public OptionalInt find(String wish, int classes) {
    if (wish.equals("auto")) {
      return OptionalInt.empty();
    }
    if (wish.matches("-?\\d{1,9}")) {
      int index = Integer.parseInt(wish);
      if (index < 0 || index >= classes) {
        throw new UnusableOptionException(
            "target %d is not among the network's classes 0 to %d".formatted(index, classes - 1));
      }
      return OptionalInt.of(index);
    }
    String sought = wish.strip().toLowerCase(Locale.ROOT);
    List<Predicate<String>> ways =
        List.of(
            sought::equals,
            label -> Arrays.asList(label.split("\\s*,\\s*", -1)).contains(sought),
            label -> !sought.isEmpty() && label.contains(sought));
    for (Predicate<String> way : ways) {
      int[] found =
          IntStream.range(0, Math.min(classes, names.size()))
              .filter(i -> way.test(names.get(i).toLowerCase(Locale.ROOT)))
              .toArray();
      if (found.length == 1) {
        return OptionalInt.of(found[0]);
      }
      if (found.length > 1) {
        throw new UnusableOptionException(severalMeant(wish, found));
      }
    }
    throw new UnusableOptionException("target '" + wish + "' is not among the labels");
  }

  private String severalMeant(String wish, int[] found) {
    String first =
        Arrays.stream(found)
            .limit(MOST_NAMED)
            .mapToObj(i -> "%d (%s)".formatted(i, names.get(i)))
            .collect(Collectors.joining(", "));
    return "target '%s' may be %d classes: %s%s; give an index"
        .formatted(wish, found.length, first, found.length > MOST_NAMED ? ", …" : "");
  }
}
