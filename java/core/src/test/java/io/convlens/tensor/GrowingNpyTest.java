package io.convlens.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.convlens.io.UnwritableOutputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Arrays that grow, are left and taken up again. */
final class GrowingNpyTest {
  private static final Shape PART = Shape.of(2, 3);

  @TempDir Path folder;

  private static float[] part(int number) {
    float[] values = new float[6];
    for (int i = 0; i < values.length; i++) {
      values[i] = number + i / 8f;
    }
    return values;
  }

  /** As the array is written when it is whole from the start. */
  private byte[] written(int parts) throws IOException {
    Path file = folder.resolve("whole.npy");
    try (Tensor t = Tensor.zeros(Shape.of(parts, 2, 3))) {
      for (int i = 0; i < parts; i++) {
        t.copyFrom(part(i), 6L * i);
      }
      Npy.write(file, t);
    }
    return Files.readAllBytes(file);
  }

  @Test
  void leftAndTakenUpItIsWhatItWouldHaveBeen() throws IOException {
    Path unfinished = folder.resolve("growing");
    Path file = folder.resolve("grown.npy");
    try (var growing = GrowingNpy.open(unfinished, PART, 4)) {
      growing.append(part(0));
      growing.append(part(1));
      growing.append(part(9));
      growing.keep(2);
    }
    Files.write(unfinished, new byte[7], StandardOpenOption.APPEND);
    try (var growing = GrowingNpy.open(unfinished, PART, 4)) {
      assertEquals(2, growing.parts());
      assertEquals(GrowingNpy.littleEndian(part(1)), growing.part(1));
      growing.append(part(2));
      growing.append(part(3));
      growing.finish(file);
    }
    assertArrayEquals(written(4), Files.readAllBytes(file));
    assertTrue(Files.notExists(unfinished));
  }

  /** The header has room for the most parts; a reader finds those that there are. */
  @Test
  void fewerPartsThanThereMightHaveBeen() throws IOException {
    Path file = folder.resolve("grown.npy");
    try (var growing = GrowingNpy.open(folder.resolve("growing"), PART, Long.MAX_VALUE / 1000)) {
      growing.append(part(0));
      growing.finish(file);
    }
    try (Tensor t = Npy.read(file)) {
      assertEquals(Shape.of(1, 2, 3), t.shape());
      assertArrayEquals(part(0), t.toArray());
    }
    try (var growing = GrowingNpy.open(folder.resolve("growing"), PART, 5)) {
      growing.finish(file);
    }
    try (Tensor t = Npy.read(file)) {
      assertEquals(Shape.of(0, 2, 3), t.shape());
    }
  }

  @Test
  void aFullDiskIsSaid() {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.isWritable(full));
    try (var growing = GrowingNpy.open(full, PART, 4)) {
      var e = assertThrows(UnwritableOutputException.class, () -> growing.append(part(0)));
      assertTrue(e.getMessage().contains("No space left"), e.getMessage());
      assertEquals(0, growing.parts());
    }
    assertThrows(
        UnwritableOutputException.class,
        () -> GrowingNpy.open(folder.resolve("no/such/folder"), PART, 4));
  }
}
