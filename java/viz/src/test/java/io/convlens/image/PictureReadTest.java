package io.convlens.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.io.UnusableInputException;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every format, colour model and orientation, against Pillow; and every reason to refuse. */
final class PictureReadTest {
  @TempDir private Path folder;

  /** The second number is the largest difference of a sample that the format's decoder may show. */
  @ParameterizedTest
  @CsvSource({
    "rgb.jpg, 0",
    "progressive.jpg, 0",
    "grey.jpg, 0",
    "profile.jpg, 0",
    "cmyk.jpg, 1",
    "ycck.jpg, 2",
    "rgb.png, 0",
    "grey.png, 0",
    "alpha.png, 1",
    "palette.png, 0",
    "bilevel.png, 0",
    "palette.gif, 0",
    "rgb.bmp, 0",
    "palette.bmp, 0",
    "colours32.bmp, 0",
    "lossless.webp, 0",
    "alpha.webp, 1",
    "animated.webp, 0",
    "exif6.png, 0",
    "exif6.webp, 0"
  })
  void formatsDecodeAsInPillow(String name, int tolerance) {
    Picture picture = Picture.read(Reference.file(name));
    assertEquals(name, picture.name());
    Reference.assertClose(Reference.rgb(name + ".rgb"), picture, tolerance);
  }

  /**
   * The decoder repeats a chroma sample over 2x2 pixels where libwebp interpolates: means agree.
   */
  @Test
  void lossyWebpIsCloseToPillows() {
    byte[] have = Picture.read(Reference.file("lossy.webp")).toRgb();
    byte[] want = Reference.rgb("lossy.webp.rgb").toRgb();
    assertEquals(want.length, have.length);
    double sum = 0;
    for (int i = 0; i < want.length; i++) {
      sum += Math.abs((want[i] & 0xff) - (have[i] & 0xff));
    }
    assertTrue(sum / want.length < 6, "mean difference " + sum / want.length);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void orientationsAreApplied(int value) {
    String name = "exif" + value + ".jpg";
    Reference.assertClose(Reference.rgb(name + ".rgb"), Picture.read(Reference.file(name)), 0);
  }

  @Test
  void sixteenBitGreyKeepsTheUpperByte() throws IOException {
    var image = new BufferedImage(256, 2, BufferedImage.TYPE_USHORT_GRAY);
    for (int x = 0; x < 256; x++) {
      image.getRaster().setSample(x, 0, 0, x << 8 | 0xff);
      image.getRaster().setSample(x, 1, 0, x << 8);
    }
    Picture picture = Picture.read(png(image));
    for (int x = 0; x < 256; x++) {
      assertEquals(x * 0x010101, picture.rgb(x, 0));
      assertEquals(x * 0x010101, picture.rgb(x, 1));
    }
  }

  @Test
  void sixteenBitColourKeepsTheUpperByte() throws IOException {
    var model =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB),
            true,
            false,
            Transparency.TRANSLUCENT,
            DataBuffer.TYPE_USHORT);
    WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_USHORT, 2, 1, 4, null);
    raster.setPixel(0, 0, new int[] {0x12ff, 0x3400, 0x56ff, 0xffff});
    raster.setPixel(1, 0, new int[] {0x1234, 0x3456, 0x5678, 0});
    Picture picture = Picture.read(png(new BufferedImage(model, raster, false, null)));
    assertEquals(0x123456, picture.rgb(0, 0));
    assertEquals(0xffffff, picture.rgb(1, 0));
  }

  @Test
  void aTransparentColourOfAGreyOrColourPngIsWhite() throws IOException {
    byte[] grey = pngFile(2, 1, 0, 8, new byte[] {0, 7, 9}, new byte[] {0, 7});
    Picture picture = Picture.read(write("grey.png", grey));
    assertEquals(0xffffff, picture.rgb(0, 0));
    assertEquals(0x090909, picture.rgb(1, 0));
    byte[] colour =
        pngFile(2, 1, 2, 8, new byte[] {0, 1, 2, 3, 4, 5, 6}, new byte[] {0, 1, 0, 2, 0, 3});
    picture = Picture.read(write("colour.png", colour));
    assertEquals(0xffffff, picture.rgb(0, 0));
    assertEquals(0x040506, picture.rgb(1, 0));
  }

  @Test
  void interlacedPngs() throws IOException {
    Picture scene = Reference.rgb("rgb.png.rgb");
    var image = new BufferedImage(scene.width(), scene.height(), BufferedImage.TYPE_3BYTE_BGR);
    for (int y = 0; y < scene.height(); y++) {
      for (int x = 0; x < scene.width(); x++) {
        image.setRGB(x, y, scene.rgb(x, y));
      }
    }
    ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
    ImageWriteParam interlaced = writer.getDefaultWriteParam();
    interlaced.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
    Path file = folder.resolve("interlaced.png");
    try (var out = ImageIO.createImageOutputStream(file.toFile())) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), interlaced);
    }
    writer.dispose();
    Reference.assertClose(scene, Picture.read(file), 0);
  }

  @Test
  void aGifFrameSmallerThanItsCanvasLiesOnWhite() throws IOException {
    byte[] gif = Reference.bytes("palette.gif");
    gif[6] = 60;
    gif[8] = 50;
    int frame = 13 + (3 << ((gif[10] & 7) + 1));
    while (gif[frame] != 0x2c || gif[frame + 5] != 41) {
      frame++;
    }
    gif[frame + 1] = 7;
    gif[frame + 3] = 9;
    Picture whole = Reference.rgb("palette.gif.rgb");
    Picture canvas = Picture.read(write("framed.gif", gif));
    assertEquals("60x50", canvas.width() + "x" + canvas.height());
    for (int y = 0; y < 50; y++) {
      for (int x = 0; x < 60; x++) {
        boolean inside = x >= 7 && x < 48 && y >= 9 && y < 39;
        assertEquals(inside ? whole.rgb(x - 7, y - 9) : 0xffffff, canvas.rgb(x, y));
      }
    }
  }

  @Test
  void readingIsSafeFromSeveralThreads() {
    List<String> names = List.of("rgb.jpg", "cmyk.jpg", "rgb.png", "palette.gif", "lossless.webp");
    IntStream.range(0, 200)
        .parallel()
        .mapToObj(i -> names.get(i % names.size()))
        .forEach(
            name ->
                Reference.assertClose(
                    Reference.rgb(name + ".rgb"), Picture.read(Reference.file(name)), 1));
  }

  @Test
  void theNameDoesNotDecideTheFormat() throws IOException {
    Path file = write("really-a.png", Reference.bytes("rgb.jpg"));
    Reference.assertClose(Reference.rgb("rgb.jpg.rgb"), Picture.read(file), 0);
  }

  @Test
  void aPngWhosePixelsEndEarlyIsRefused() throws IOException {
    byte[] rows = new byte[33 * 16];
    byte[] whole = pngFile(32, 16, 0, 8, rows, new byte[0]);
    assertEquals(0, Picture.read(write("whole.png", whole)).rgb(31, 15));
    byte[] half = pngFile(32, 16, 0, 8, new byte[33 * 8], new byte[0]);
    assertRefused(write("half.png", half), "damaged PNG");
  }

  @Test
  void aPngWithAWrongChecksumIsRefused() throws IOException {
    byte[] png = Reference.bytes("rgb.png");
    png[60] ^= 1;
    assertRefused(write("flipped.png", png), "checksum");
  }

  @Test
  void aJpegWhosePixelsEndEarlyIsRefused() throws IOException {
    byte[] jpeg = Reference.bytes("rgb.jpg");
    byte[] cut = Arrays.copyOf(jpeg, jpeg.length - 120);
    cut[cut.length - 2] = (byte) 0xff;
    cut[cut.length - 1] = (byte) 0xd9;
    assertRefused(write("early.jpg", cut), "premature end");
  }

  @Test
  void bytesAfterTheEndOfAJpegDoNotMatter() throws IOException {
    var bytes = new ByteArrayOutputStream();
    bytes.write(Reference.bytes("rgb.jpg"));
    bytes.write(new byte[1000]);
    Path file = write("trailer.jpg", bytes.toByteArray());
    Reference.assertClose(Reference.rgb("rgb.jpg.rgb"), Picture.read(file), 0);
  }

  @Test
  void aSmallFileThatClaimsAHugePictureIsRefusedBeforeItIsAllocated() throws IOException {
    byte[] png = pngFile(16000, 16000, 2, 8, new byte[100], new byte[0]);
    assertRefused(write("huge.png", png), "can't hold");
    byte[] jpeg = Reference.bytes("rgb.jpg");
    for (int i = 0; i < jpeg.length - 9; i++) {
      if ((jpeg[i] & 0xff) == 0xff && (jpeg[i + 1] & 0xff) == 0xc0) {
        ByteBuffer.wrap(jpeg).putShort(i + 5, (short) 16000).putShort(i + 7, (short) 16000);
      }
    }
    assertRefused(write("huge.jpg", jpeg), "can't hold");
    byte[] gif = Reference.bytes("palette.gif");
    gif[7] = 0x7f;
    gif[9] = 0x7f;
    assertRefused(write("huge.gif", gif), "more than the limit");
  }

  @Test
  void sidesThatNoPictureHasAreRefused() throws IOException {
    assertRefused(
        write("none.png", pngFile(0, 5, 0, 8, new byte[5], new byte[0])), "PNG of 0x5 pixels");
    assertRefused(
        write("long.png", pngFile(1 << 30, 1, 0, 8, new byte[5], new byte[0])), "no side");
  }

  @Test
  void whatIsNoPictureIsRefusedWithItsReason() throws IOException {
    assertRefused(folder.resolve("absent.png"), "no such file");
    assertRefused(folder, "is a folder");
    assertRefused(write("empty.jpg", new byte[0]), "empty file");
    assertRefused(
        write("text.png", "I am no picture".getBytes(StandardCharsets.UTF_8)), "not a JPEG");
  }

  private void assertRefused(Path file, String reason) {
    var e = assertThrows(UnusableInputException.class, () -> Picture.read(file));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.startsWith(file + ": "), message);
    assertTrue(message.contains(reason), message);
    assertEquals(1, message.lines().count());
  }

  private Path write(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private Path png(BufferedImage image) throws IOException {
    Path file = folder.resolve("made.png");
    assertTrue(ImageIO.write(image, "png", file.toFile()));
    return file;
  }

  /**
   * A PNG by hand: one pixel chunk with these filtered rows, and a tRNS chunk unless it is empty.
   */
  static byte[] pngFile(int width, int height, int type, int depth, byte[] rows, byte[] trns) {
    var out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    chunk(out, "IHDR", header.put((byte) depth).put((byte) type).array());
    if (trns.length > 0) {
      chunk(out, "tRNS", trns);
    }
    var deflater = new Deflater();
    deflater.setInput(rows);
    deflater.finish();
    byte[] packed = new byte[rows.length + 100];
    int length = deflater.deflate(packed);
    deflater.end();
    chunk(out, "IDAT", Arrays.copyOf(packed, length));
    chunk(out, "IEND", new byte[0]);
    return out.toByteArray();
  }

  private static void chunk(ByteArrayOutputStream out, String type, byte[] data) {
    byte[] body =
        ByteBuffer.allocate(4 + data.length)
            .put(type.getBytes(StandardCharsets.US_ASCII))
            .put(data)
            .array();
    var crc = new CRC32();
    crc.update(body);
    out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
    out.writeBytes(body);
    out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }
}
