package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ONNX's own test cases through the engine on the CPU. */
final class ConformanceTest {
  /** Beside the project, or Debian's package libonnx-testdata. */
  private static final List<Path> PLACES =
      List.of(Shared.path("onnx-node"), Path.of("/usr/share/libonnx-testdata/data"));

  @TempDir Path folder;

  @Test
  void noCaseFails() {
    Optional<Path> root = PLACES.stream().filter(Files::isDirectory).findFirst();
    assumeTrue(root.isPresent(), "no ONNX cases on this machine");
    var run = CommandRun.of(new Conformance(), "--device", "cpu", root.get().toString());
    List<String> lines = run.out().lines().toList();
    System.out.println("ONNX cases on the CPU: " + lines.getLast());
    assertEquals(List.of(), lines.stream().filter(l -> l.contains(": failed")).toList());
    assertEquals(0, run.exitCode());
    assertTrue(lines.stream().filter(l -> l.endsWith(": passed")).count() > 200, lines.getLast());
  }

  @Test
  void aFolderWithoutCasesIsUnusable() {
    var run = CommandRun.of(new Conformance(), folder.toString());
    assertEquals(3, run.exitCode());
    assertEquals("convlens: error: " + folder + ": no ONNX test cases in it", run.err().strip());
  }
}
