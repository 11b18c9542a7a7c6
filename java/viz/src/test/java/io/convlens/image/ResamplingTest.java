package io.convlens.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Equal to Pillow's bilinear with antialias, bit for bit. */
final class ResamplingTest {
  @Test
  void everySizeIsPillowsBitForBit() {
    Picture scene = Reference.rgb("rgb.png.rgb");
    String sizes = new String(Reference.bytes("sizes.txt"), StandardCharsets.US_ASCII);
    sizes
        .lines()
        .forEach(
            line -> {
              String[] parts = line.split(" ", -1);
              Picture resized =
                  scene.resized(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
              assertEquals(parts[2], "%016x".formatted(hash(resized)), line);
            });
    assertEquals(9, sizes.lines().count());
  }

  @Test
  void smallerBySamples() {
    Reference.assertClose(
        Reference.rgb("small.rgb"), Reference.rgb("rgb.png.rgb").resized(11, 8), 0);
  }

  /** FNV-1a, 64 bits. */
  private static long hash(Picture picture) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : picture.toRgb()) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return hash;
  }

  @Property(tries = 200)
  void aWindowIsThatPartOfTheWhole(
      @ForAll @IntRange(min = 1, max = 30) int width,
      @ForAll @IntRange(min = 1, max = 30) int height,
      @ForAll long seed) {
    var random = new Random(seed);
    Picture picture = noise(1 + random.nextInt(40), 1 + random.nextInt(40), random);
    int left = random.nextInt(width);
    int top = random.nextInt(height);
    int w = 1 + random.nextInt(width - left);
    int h = 1 + random.nextInt(height - top);
    Picture whole = Resampling.resize(picture, width, height);
    Picture part = Resampling.resize(picture, width, height, left, top, w, h);
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        assertEquals(whole.rgb(left + x, top + y), part.rgb(x, y));
      }
    }
  }

  @Property(tries = 100)
  void onePlainColourStays(
      @ForAll @IntRange(min = 1, max = 60) int width,
      @ForAll @IntRange(min = 1, max = 60) int height,
      @ForAll byte level) {
    byte[] plain = new byte[3 * 17 * 9];
    java.util.Arrays.fill(plain, level);
    for (byte b : Picture.ofRgb("plain", 17, 9, plain).resized(width, height).toRgb()) {
      assertEquals(level, b);
    }
  }

  @Property(tries = 50)
  void theSameSizeIsTheSamePicture(@ForAll long seed) {
    Picture picture = noise(13, 7, new Random(seed));
    assertArrayEquals(picture.toRgb(), picture.resized(13, 7).toRgb());
  }

  @Test
  void windowsOutsideAreRefused() {
    Picture picture = noise(4, 4, new Random(1));
    assertThrows(
        IllegalArgumentException.class, () -> Resampling.resize(picture, 4, 4, 1, 0, 4, 4));
    assertThrows(IllegalArgumentException.class, () -> picture.resized(0, 4));
  }

  static Picture noise(int width, int height, Random random) {
    byte[] rgb = new byte[3 * width * height];
    random.nextBytes(rgb);
    return Picture.ofRgb("noise", width, height, rgb);
  }
}
