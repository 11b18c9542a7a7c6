package io.convlens.render;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.convlens.image.Picture;
import io.convlens.io.UnwritableOutputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written is what is read, by another's reader too. */
final class PngTest {
  @Property(tries = 100)
  void anotherReaderSeesThePixels(
      @ForAll @IntRange(min = 1, max = 40) int width,
      @ForAll @IntRange(min = 1, max = 40) int height,
      @ForAll long seed)
      throws IOException {
    var random = new Random(seed);
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < rgb.length; i++) {
      // Ramps with a little noise, so that every filter is chosen somewhere.
      rgb[i] = (byte) (i * (seed & 7) + random.nextInt(4));
    }
    Picture picture = Picture.ofRgb("p", width, height, rgb);
    var image = ImageIO.read(new ByteArrayInputStream(Png.bytes(picture)));
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        assertEquals(picture.rgb(x, y), image.getRGB(x, y) & 0xffffff);
      }
    }
  }

  @Test
  void filesAreWholeAndEqualForEqualPictures(@TempDir Path folder) throws IOException {
    Picture picture = Picture.ofRgb("p", 2, 1, new byte[] {1, 2, 3, 4, 5, 6});
    Path file = folder.resolve("new").resolve("p.png");
    Png.write(file, picture);
    assertArrayEquals(Png.bytes(picture), Files.readAllBytes(file));
    assertArrayEquals(picture.toRgb(), Picture.read(file).toRgb());
    assertThrows(
        UnwritableOutputException.class, () -> Png.write(file.resolve("below-a-file"), picture));
  }
}
