package io.convlens.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Networks, pictures and cases of others, which lie beside the project on some machines. */
final class Shared {
  private static final Path BESIDE = Path.of("../../../shared");

  /** A worktree may lie one folder deeper. */
  private static final Path FOLDER =
      Files.isDirectory(BESIDE) ? BESIDE : Path.of("../../../../shared");

  private Shared() {}

  static Path path(String name) {
    return FOLDER.resolve(name);
  }

  /** The path; the test is skipped where there is none. */
  static Path need(String name) {
    assumeTrue(Files.exists(path(name)), "../shared is absent");
    return path(name);
  }
}
