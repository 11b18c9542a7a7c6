package io.convlens.cli;

import io.convlens.io.UnusableOptionException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Two lengths on the command line: {@code H} or {@code HxW}.
 *
 * @param height rows
 * @param width columns
 */
record Sides(int height, int width) {
  /** From the command line's text. */
  static final class Converter implements ITypeConverter<Sides> {
    @Override
    public Sides convert(String text) {
      if (!text.matches(SYNTAX)) {
        throw new TypeConversionException(refusal(text));
      }
      return of(text);
    }
  }

  private static final String SYNTAX = "\\d{1,8}(x\\d{1,8})?";

  /** From a part of an option's text. */
  static Sides parse(String option, String text) {
    if (!text.matches(SYNTAX)) {
      throw new UnusableOptionException(option + ": " + refusal(text));
    }
    return of(text);
  }

  private static String refusal(String text) {
    return "'" + text + "' is not H or HxW, in pixels";
  }

  private static Sides of(String text) {
    String[] parts = text.split("x", -1);
    int height = Integer.parseInt(parts[0]);
    return new Sides(height, parts.length > 1 ? Integer.parseInt(parts[1]) : height);
  }

  /** For JSON: rows, columns. */
  int[] toArray() {
    return new int[] {height, width};
  }

  @Override
  public String toString() {
    return height == width ? "" + height : height + "x" + width;
  }
}
