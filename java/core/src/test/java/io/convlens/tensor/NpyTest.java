package io.convlens.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.io.UnusableInputException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NpyTest {
  @TempDir Path folder;

  private Path file(String header, int version, byte[] data) throws Exception {
    var out = new ByteArrayOutputStream();
    out.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    var length = ByteBuffer.allocate(version == 1 ? 2 : 4).order(ByteOrder.LITTLE_ENDIAN);
    out.write(
        (version == 1 ? length.putShort((short) text.length) : length.putInt(text.length)).array());
    out.write(text);
    out.write(data);
    return Files.write(folder.resolve("x.npy"), out.toByteArray());
  }

  private void assertRefused(Path file, String reason) {
    var e = assertThrows(UnusableInputException.class, () -> Npy.read(file));
    assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
    assertTrue(e.getMessage().contains(reason), e.getMessage());
  }

  @Test
  void bitByBitGivesTheSameBytes() throws Exception {
    float[] values = new float[2 * 70_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = i * 0.25f;
    }
    Shape shape = Shape.of(2, 70_000);
    try (Tensor t = Tensor.of(shape, values);
        Npy.Writer writer = Npy.writer(folder.resolve("bits.npy"), shape)) {
      Npy.write(folder.resolve("whole.npy"), t);
      writer.append(Arrays.copyOf(values, 70_000));
      assertThrows(IllegalStateException.class, writer::commit);
      writer.append(Arrays.copyOfRange(values, 70_000, 140_000));
      assertThrows(IllegalArgumentException.class, () -> writer.append(new float[1]));
      writer.commit();
    }
    assertEquals(-1, Files.mismatch(folder.resolve("whole.npy"), folder.resolve("bits.npy")));
  }

  @Test
  void whatIsNotCommittedLeavesNothing() throws Exception {
    try (Npy.Writer writer = Npy.writer(folder.resolve("x.npy"), Shape.of(2))) {
      writer.append(new float[] {1});
    }
    try (var files = Files.list(folder)) {
      assertEquals(0, files.count());
    }
  }

  @Test
  void whatIsWrittenIsRead() throws Exception {
    Path file = folder.resolve("new/folder/x.npy");
    for (Shape shape : new Shape[] {Shape.SCALAR, Shape.of(3), Shape.of(2, 3, 4), Shape.of(0, 5)}) {
      float[] values = new float[(int) shape.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = i * 0.37f - 1;
      }
      try (Tensor t = Tensor.of(shape, values)) {
        Npy.write(file, t);
      }
      assertEquals(0, (Files.size(file) - 4 * shape.size()) % 64, "data is aligned");
      try (Tensor back = Npy.read(file)) {
        assertEquals(shape, back.shape());
        assertArrayEquals(values, back.toArray());
      }
    }
  }

  @Test
  void otherPrecisionsAndVersionsAreRead() throws Exception {
    var doubles = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    doubles.putDouble(1.5).putDouble(-2);
    String header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n";
    for (int version = 1; version <= 3; version++) {
      try (Tensor t = Npy.read(file(header, version, doubles.array()))) {
        assertArrayEquals(new float[] {1.5f, -2}, t.toArray());
      }
    }
    var half = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort((short) 0x3c00);
    try (Tensor t =
        Npy.read(file(header.replace("<f8", "<f2").replace("2,", "1,"), 1, half.array()))) {
      assertArrayEquals(new float[] {1}, t.toArray());
    }
  }

  @Test
  void badFilesAreRefusedInOneLine() throws Exception {
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n";
    assertRefused(folder.resolve("none.npy"), "no such file");
    assertRefused(folder, "is a folder");
    assertRefused(Files.write(folder.resolve("empty.npy"), new byte[0]), "empty");
    assertRefused(Files.writeString(folder.resolve("text.npy"), "hello, I am text"), "not an .npy");
    assertRefused(file(header, 1, new byte[7]), "7 bytes of data follow");
    assertRefused(file(header.replace("<f4", "<i8"), 1, new byte[16]), "'<i8'");
    assertRefused(file(header.replace("<f4", ">f4"), 1, new byte[8]), "little-endian");
    assertRefused(
        file(header.replace("False", "True").replace("2,", "1, 2"), 1, new byte[8]), "Fortran");
    assertRefused(file(header.replace("2,", "4611686018427387904, 8"), 1, new byte[8]), "");
    assertRefused(file(header.replace("2,", "1000000000000"), 1, new byte[8]), "bytes of data");
    assertRefused(file(header.replace("2,", "-2"), 1, new byte[8]), "shape");
    assertRefused(file("{}", 1, new byte[8]), "malformed");
    assertRefused(file(header, 9, new byte[8]), "version 9");
  }

  @Test
  void cutAndFlippedFilesNeverDoMoreThanRefuse() throws Exception {
    Path file = folder.resolve("x.npy");
    try (Tensor t = Tensor.of(Shape.of(2, 3), 1, 2, 3, 4, 5, 6)) {
      Npy.write(file, t);
    }
    byte[] good = Files.readAllBytes(file);
    var random = new Random(11);
    for (int i = 0; i < 2000; i++) {
      byte[] bad = i < good.length ? Arrays.copyOf(good, i) : mutated(good, random);
      Files.write(file, bad);
      try (Tensor t = Npy.read(file)) {
        assertTrue(t.size() <= bad.length);
      } catch (UnusableInputException e) {
        assertTrue(e.getMessage().lines().count() == 1);
      }
    }
  }

  private static byte[] mutated(byte[] good, Random random) {
    byte[] bad = good.clone();
    for (int k = 0; k <= random.nextInt(3); k++) {
      bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
    }
    return bad;
  }
}
