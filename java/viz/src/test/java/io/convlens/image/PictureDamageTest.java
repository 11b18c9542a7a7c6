package io.convlens.image;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.convlens.io.UnusableInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged files are refused with one kind of exception: never another, never a hang. */
final class PictureDamageTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MUTATIONS = 300;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rgb.jpg", "progressive.jpg", "cmyk.jpg", "exif6.jpg", "rgb.png", "palette.png",
        "palette.gif", "rgb.bmp", "palette.bmp", "lossy.webp", "alpha.webp", "exif6.webp"
      })
  void everyTruncationIsRefused(String name) {
    byte[] whole = Reference.bytes(name);
    assertTimeoutPreemptively(
        PATIENCE,
        () -> {
          for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThrows(
                DamagedPictureException.class,
                () -> PictureFile.decode(name, cut),
                name + " cut to " + length);
          }
          Path file = Files.write(folder.resolve(name), Arrays.copyOf(whole, whole.length - 1));
          assertThrows(UnusableInputException.class, () -> Picture.read(file));
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rgb.jpg",
        "progressive.jpg",
        "grey.jpg",
        "cmyk.jpg",
        "ycck.jpg",
        "exif6.jpg",
        "rgb.png",
        "palette.png",
        "alpha.png",
        "palette.gif",
        "rgb.bmp",
        "palette.bmp",
        "lossy.webp",
        "lossless.webp",
        "alpha.webp",
        "exif6.webp"
      })
  void mutatedBytesAreReadOrRefused(String name) {
    byte[] whole = Reference.bytes(name);
    assertTimeoutPreemptively(
        PATIENCE,
        () -> {
          for (int seed = 0; seed < MUTATIONS; seed++) {
            readOrRefuse(name, mutated(whole, seed), seed);
          }
        });
  }

  /** One to four bytes changed, half of the time within the first 64, where the headers are. */
  private static byte[] mutated(byte[] whole, int seed) {
    var random = new Random(seed);
    byte[] copy = whole.clone();
    for (int n = 1 + random.nextInt(4); n > 0; n--) {
      int range = random.nextBoolean() ? copy.length : Math.min(64, copy.length);
      copy[random.nextInt(range)] = (byte) random.nextInt(256);
    }
    return copy;
  }

  private static void readOrRefuse(String name, byte[] content, int seed) {
    try {
      PictureFile.decode(name, content);
    } catch (DamagedPictureException e) {
      // One of the two permitted ends.
    } catch (RuntimeException | Error e) {
      throw new AssertionError(name + ", seed " + seed, e);
    }
  }
}
