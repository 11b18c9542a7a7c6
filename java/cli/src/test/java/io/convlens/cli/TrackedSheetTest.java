package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.image.Picture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sheet that a sweep with a tracked layer draws of each picture. */
final class TrackedSheetTest {
  @TempDir Path folder;
  private Workplace work;
  private Path input;

  @BeforeEach
  void files() throws IOException {
    work = Workplace.of(folder, TinyNetwork.write(folder.resolve("net.onnx")));
    input = work.array("x.npy", 2, 3, 12, 10);
  }

  @Test
  void oneAPicture() throws IOException {
    Object[] args = {"--input", input, "--patch", 4, "--stride", 2};
    work.good("occlusion", args);
    assertFalse(Files.exists(work.out().resolve("x-0-track.png")));
    Workplace tracked = work.to("tracked");
    tracked.good("occlusion", "--input", input, "--patch", 4, "--stride", 2, "--track", "open");
    Picture four = Picture.read(tracked.out().resolve("x-1-track.png"));
    Workplace all = work.to("all");
    all.good(
        "occlusion",
        "--input",
        input,
        "--patch",
        4,
        "--stride",
        2,
        "--track",
        "open",
        "--all-classes");
    Picture five = Picture.read(all.out().resolve("x-1-track.png"));
    // The map of classes and its legend come on top of the four others.
    assertTrue(five.width() > four.width() + 100);
    assertTrue(five.height() > four.height());
    assertEquals(
        -1, Files.mismatch(tracked.out().resolve("scores.npy"), work.out().resolve("scores.npy")));
  }

  /** A flat layer has nothing to be carried back from a place, but is tracked all the same. */
  @Test
  void flatLayers() {
    work.good("occlusion", "--input", input, "--patch", 4, "--track", "gemm#1");
    assertTrue(Files.exists(work.out().resolve("x-0-track.png")));
  }
}
