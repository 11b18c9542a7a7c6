package io.convlens.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library is unpacked whole, once, and again where a file is not what it should be. */
class DnnlLibraryTest {
  @Test
  void isLoaded() {
    assertInstanceOf(DnnlLibrary.Outcome.Loaded.class, DnnlLibrary.outcome());
  }

  @Test
  void isUnpackedOnceAndRepaired(@TempDir Path folder) throws IOException {
    Path library = DnnlLibrary.unpack(folder);
    long size = Files.size(library);
    assertTrue(size > 1 << 20);
    FileTime old = FileTime.fromMillis(1_000_000);
    Files.setLastModifiedTime(library, old);
    DnnlLibrary.unpack(folder);
    assertEquals(old, Files.getLastModifiedTime(library), "unpacked again");

    Files.write(library, new byte[100]);
    DnnlLibrary.unpack(folder);
    assertEquals(size, Files.size(library));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(2, files.count(), "partial files left");
    }
  }
}
