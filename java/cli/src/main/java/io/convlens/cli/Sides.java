package io.convlens.cli;

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
      if (!text.matches("\\d{1,8}(x\\d{1,8})?")) {
        throw new TypeConversionException("'" + text + "' is not H or HxW, in pixels");
      }
      String[] parts = text.split("x", -1);
      int height = Integer.parseInt(parts[0]);
      return new Sides(height, parts.length > 1 ? Integer.parseInt(parts[1]) : height);
    }
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
