package io.convlens.device.cuda;

import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A library that was found.
 *
 * @param file the file, links followed
 * @param origin how we came to look there
 */
record FoundLibrary(Library library, Path file, String origin) {
  private static final Pattern VERSION = Pattern.compile("\\.so\\.(\\d+(?:\\.\\d+)+)$");

  static FoundLibrary of(Library library, Path file, String origin) throws IOException {
    return new FoundLibrary(library, file.toRealPath(), origin);
  }

  /** The file, with the version that its name tells and the place that it was found by. */
  String description() {
    Matcher name = VERSION.matcher(file.toString());
    String version = name.find() ? " " + name.group(1) : "";
    return "%s%s: %s (%s)".formatted(library.title(), version, file, origin);
  }
}
