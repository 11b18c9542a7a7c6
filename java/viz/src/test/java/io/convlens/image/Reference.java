package io.convlens.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

/** What {@code src/test/python/make_pictures.py} wrote. */
final class Reference {
  private Reference() {}

  static Path file(String name) {
    try {
      return Path.of(Objects.requireNonNull(Reference.class.getResource(name), name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static byte[] bytes(String name) {
    try {
      return Files.readAllBytes(file(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A line "width height", then the samples. */
  static Picture rgb(String name) {
    byte[] bytes = bytes(name);
    int line = 0;
    while (bytes[line] != '\n') {
      line++;
    }
    String[] sides = new String(bytes, 0, line, StandardCharsets.US_ASCII).split(" ", -1);
    return Picture.ofRgb(
        name,
        Integer.parseInt(sides[0]),
        Integer.parseInt(sides[1]),
        Arrays.copyOfRange(bytes, line + 1, bytes.length));
  }

  /** Asserts equal sizes, and samples that differ by no more than {@code tolerance}. */
  static void assertClose(Picture expected, Picture actual, int tolerance) {
    assertEquals(
        expected.width() + "x" + expected.height(), actual.width() + "x" + actual.height());
    byte[] want = expected.toRgb();
    byte[] have = actual.toRgb();
    int worst = 0;
    for (int i = 0; i < want.length; i++) {
      worst = Math.max(worst, Math.abs((want[i] & 0xff) - (have[i] & 0xff)));
    }
    assertTrue(worst <= tolerance, actual + ": samples differ by " + worst);
  }
}
