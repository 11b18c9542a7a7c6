package io.convlens.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.io.UnusableInputException;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers and geometry, against torchvision and by hand. */
final class PreprocessTest {
  @TempDir private Path folder;

  @Test
  void imagenetIsTorchvisions() {
    Picture scene = Reference.rgb("rgb.png.rgb");
    FittedPreprocess fitted = Preprocess.named("imagenet").fit(3, 224, 224);
    String table = new String(Reference.bytes("preprocess.txt"), StandardCharsets.US_ASCII);
    for (String line : table.lines().toList()) {
      String[] parts = line.split(" ", -1);
      int channel = Integer.parseInt(parts[2]);
      Picture picture = scene.resized(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
      try (Prepared prepared = fitted.apply(picture)) {
        long plane = 224L * 224;
        double sum = 0;
        for (long i = 0; i < plane; i++) {
          sum += prepared.input().get(channel * plane + i);
        }
        assertEquals(Shape.of(1, 3, 224, 224), prepared.input().shape());
        assertEquals(Double.parseDouble(parts[3]), sum, 0.02, line);
        assertEquals(
            Double.parseDouble(parts[4]), prepared.input().get(channel * plane), 1e-6, line);
        assertEquals(
            Double.parseDouble(parts[5]),
            prepared.input().get((channel + 1) * plane - 1),
            1e-6,
            line);
        assertEquals(
            Double.parseDouble(parts[6]),
            prepared.input().get(channel * plane + 112 * 224 + 100),
            1e-6,
            line);
      }
    }
    assertEquals(15, table.lines().count());
  }

  @Test
  void presetsAreTheirFormulas() {
    Picture one = plain(1, 1, 200, 100, 50);
    assertInput(
        Preprocess.named("caffe").fit(3, 1, 1), one, 50 - 103.939f, 100 - 116.779f, 200 - 123.68f);
    assertInput(
        Preprocess.named("tf").fit(3, 1, 1),
        one,
        200 / 127.5f - 1,
        100 / 127.5f - 1,
        50 / 127.5f - 1);
    assertInput(Preprocess.named("unit").fit(3, 1, 1), one, 200 / 255f, 100 / 255f, 50 / 255f);
    // ITU-R 601: 0.299 * 200 + 0.587 * 100 + 0.114 * 50 = 124.2
    assertInput(Preprocess.named("unit").fit(1, 1, 1), one, 124 / 255f);
    assertInput(Preprocess.named("imagenet").fit(1, 1, 1), one, (124 / 255f - 0.449f) / 0.226f);
  }

  private static void assertInput(FittedPreprocess fitted, Picture picture, float... expected) {
    try (Prepared prepared = fitted.apply(picture)) {
      assertArrayEquals(expected, prepared.input().toArray(), 1e-4f);
    }
  }

  /** Preset, the model's height and width (0: open), the picture's, and what must come out. */
  @ParameterizedTest
  @CsvSource({
    "imagenet, 224, 224, 300, 451, 224, 224",
    "imagenet, 0, 0, 300, 451, 224, 224",
    "caffe, 227, 227, 300, 451, 227, 227",
    "tf, 96, 128, 300, 451, 96, 128",
    "tf, 128, 96, 40, 30, 128, 96",
    "unit, 96, 96, 300, 451, 96, 96",
    "unit, 28, 0, 300, 451, 28, 28",
    "unit, 0, 0, 300, 451, 300, 451",
    "imagenet, 224, 224, 1, 3000, 224, 224",
    "imagenet, 224, 224, 3000, 1, 224, 224",
  })
  void sizesComeFromTheModelWhereItFixesThem(
      String preset, int h, int w, int pictureHeight, int pictureWidth, int height, int width) {
    FittedPreprocess fitted =
        Preprocess.named(preset)
            .fit(
                OptionalInt.empty(),
                h == 0 ? OptionalInt.empty() : OptionalInt.of(h),
                w == 0 ? OptionalInt.empty() : OptionalInt.of(w));
    Picture picture = ResamplingTest.noise(pictureWidth, pictureHeight, new Random(3));
    try (Prepared prepared = fitted.apply(picture)) {
      assertEquals(Shape.of(1, 3, height, width), prepared.input().shape());
      assertEquals(height, prepared.shown().height());
      assertEquals(width, prepared.shown().width());
    }
  }

  /** 451x300 with the short side to 256 is 384.85 long: the file form rounds like its preset. */
  @Test
  void theLongSideIsRoundedExceptAsTorchvisionDoes() throws Exception {
    Picture picture = ResamplingTest.noise(451, 300, new Random(8));
    String caffe =
        "\"crop\":[224,224],\"order\":\"BGR\",\"scale\":1.0,\"mean\":[103.939,116.779,123.68]}";
    assertSame(picture, Preprocess.named("caffe"), read("{\"resize\":256," + caffe));
    String imagenet =
        "\"mean\":[0.485,0.456,0.406],\"std\":[0.229,0.224,0.225],\"scale\":0.00392156862745098}";
    assertSame(
        picture,
        Preprocess.named("imagenet"),
        read("{\"resize\":256,\"longSide\":\"truncate\"," + imagenet));
    assertSize("{\"resize\":[256,385]}", 256, 385);
    OptionalInt open = OptionalInt.empty();
    for (String word : new String[] {"round", "truncate"}) {
      String json = "{\"resize\":256,\"longSide\":\"" + word + "\"}";
      try (Prepared prepared = read(json).fit(open, open, open).apply(picture)) {
        assertEquals(word.equals("round") ? 385 : 384, prepared.shown().width());
      }
    }
  }

  private static void assertSame(Picture picture, Preprocess one, Preprocess other) {
    try (Prepared a = one.fit(3, 224, 224).apply(picture);
        Prepared b = other.fit(3, 224, 224).apply(picture)) {
      assertArrayEquals(a.shown().toRgb(), b.shown().toRgb());
      assertArrayEquals(a.input().toArray(), b.input().toArray(), 1e-6f);
    }
  }

  @Test
  void unitCutsOffAsLittleAsItCan() {
    Picture picture = ResamplingTest.noise(40, 20, new Random(4));
    try (Prepared prepared = Preprocess.named("unit").fit(3, 20, 20).apply(picture)) {
      assertEquals(picture.rgb(10, 0), prepared.shown().rgb(0, 0));
      assertEquals(picture.rgb(29, 19), prepared.shown().rgb(19, 19));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"imagenet", "caffe", "tf", "unit"})
  void aFillIsWhatThePreprocessingMakesOfThatColour(String preset) {
    for (int channels : new int[] {1, 3}) {
      FittedPreprocess fitted = Preprocess.named(preset).fit(channels, 1, 1);
      try (Prepared prepared = fitted.apply(plain(1, 1, 90, 90, 90))) {
        assertArrayEquals(prepared.input().toArray(), fitted.fillValue(90, 90, 90));
      }
    }
    FittedPreprocess fitted = Preprocess.named(preset).fit(3, 1, 1);
    try (Prepared prepared = fitted.apply(plain(1, 1, 1, 2, 3))) {
      assertArrayEquals(prepared.input().toArray(), fitted.fillValue(1, 2, 3));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"imagenet", "caffe", "tf", "unit"})
  void anInputGivesItsPictureBack(String preset) {
    Picture picture = ResamplingTest.noise(12, 9, new Random(5));
    for (int channels : new int[] {1, 3}) {
      FittedPreprocess fitted = Preprocess.named(preset).fit(channels, 9, 12);
      try (Prepared prepared = fitted.apply(picture)) {
        Picture back = fitted.toPicture("back", prepared.input(), 0);
        assertArrayEquals(prepared.shown().toRgb(), back.toRgb());
      }
    }
  }

  @Test
  void anArrayWithoutPreprocessingIsStretched() {
    try (var input =
        Tensor.of(Shape.of(2, 1, 1, 3), -1, 0, 1, Float.NaN, 7, Float.POSITIVE_INFINITY)) {
      Picture first = Picture.ofTensor("a", input, 0);
      assertEquals(0x000000, first.rgb(0, 0));
      assertEquals(0x808080, first.rgb(1, 0));
      assertEquals(0xffffff, first.rgb(2, 0));
      Picture second = Picture.ofTensor("b", input, 1);
      assertEquals(0, second.rgb(0, 0) + second.rgb(1, 0) + second.rgb(2, 0));
      assertThrows(IllegalArgumentException.class, () -> Picture.ofTensor("c", input, 2));
    }
  }

  @Test
  void filesNameEveryStep() throws Exception {
    FittedPreprocess fitted =
        read("{\"resize\":[2,4],\"crop\":[2,2],\"order\":\"BGR\",\"scale\":2.0,"
                + "\"mean\":[1,2,3],\"std\":[1,2,4]}")
            .fit(OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty());
    try (Prepared prepared = fitted.apply(plain(8, 8, 10, 20, 30))) {
      assertEquals(Shape.of(1, 3, 2, 2), prepared.input().shape());
      assertEquals(59, prepared.input().get(0));
      assertEquals(19, prepared.input().get(4));
      assertEquals(17 / 4f, prepared.input().get(8));
    }
  }

  @Test
  void absentKeysHaveTheirDefaults() throws Exception {
    Picture picture = ResamplingTest.noise(30, 20, new Random(6));
    try (Prepared prepared = read("{}").fit(3, 10, 10).apply(picture)) {
      assertEquals(Shape.of(1, 3, 10, 10), prepared.input().shape());
      assertEquals(prepared.shown().rgb(0, 0) >> 16, prepared.input().get(0));
    }
    OptionalInt open = OptionalInt.empty();
    assertSize("{}", 20, 30);
    assertSize("{\"resize\":10}", 10, 15);
    assertSize("{\"resize\":10,\"crop\":8}", 8, 8);
    assertSize("{\"crop\":[8,4]}", 8, 4);
    assertSize("{\"resize\":[7,9]}", 7, 9);
    assertEquals(3, read("{}").fit(open, open, open).channels());
  }

  private void assertSize(String json, int height, int width) throws Exception {
    OptionalInt open = OptionalInt.empty();
    Picture picture = ResamplingTest.noise(30, 20, new Random(6));
    try (Prepared prepared = read(json).fit(open, open, open).apply(picture)) {
      assertEquals(
          height + "x" + width, prepared.shown().height() + "x" + prepared.shown().width());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "[]",
        "3",
        "{\"resize\":256",
        "{} {}",
        "{\"size\":1}",
        "{\"resize\":0}",
        "{\"resize\":-3}",
        "{\"resize\":1.5}",
        "{\"resize\":\"256\"}",
        "{\"resize\":[1]}",
        "{\"resize\":null}",
        "{\"resize\":99999999999}",
        "{\"crop\":[1,2,3]}",
        "{\"crop\":{}}",
        "{\"order\":\"GBR\"}",
        "{\"order\":3}",
        "{\"longSide\":\"up\"}",
        "{\"scale\":0}",
        "{\"scale\":\"x\"}",
        "{\"scale\":1e999}",
        "{\"mean\":[1,2]}",
        "{\"mean\":[]}",
        "{\"mean\":[\"a\",1,2]}",
        "{\"std\":[1,0,1]}",
        "{\"std\":0}",
        "{\"resize\":10,\"crop\":20}",
        "{\"resize\":[10,30],\"crop\":[10,40]}",
        "{\"scale\":NaN}",
        "{\"scale\":1,\"scale\":2}",
      })
  void badFilesAreRefusedInOneLine(String json) throws Exception {
    Path file = write(json);
    var e = assertThrows(UnusableInputException.class, () -> Preprocess.read(file));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.startsWith(file + ": "), message);
    assertEquals(1, message.lines().count(), message);
  }

  @Test
  void whatTheNetworkCantTakeIsRefused() throws Exception {
    Preprocess crop = read("{\"resize\":30,\"crop\":20}");
    assertThrows(UnusableInputException.class, () -> crop.fit(3, 24, 24));
    assertThrows(UnusableInputException.class, () -> crop.fit(4, 20, 20));
    Preprocess wide = read("{\"resize\":30,\"crop\":[20,40]}");
    Picture tall = plain(10, 100, 0, 0, 0);
    assertThrows(UnusableInputException.class, () -> wide.fit(3, 20, 40).apply(tall));
    assertThrows(
        UnusableInputException.class, () -> Preprocess.read(folder.resolve("absent.json")));
    assertThrows(UnusableInputException.class, () -> Preprocess.read(folder));
    assertThrows(IllegalArgumentException.class, () -> Preprocess.named("vgg"));
  }

  private Preprocess read(String json) throws Exception {
    return Preprocess.read(write(json));
  }

  private Path write(String json) throws Exception {
    return Files.writeString(folder.resolve("p.json"), json);
  }

  static Picture plain(int width, int height, int r, int g, int b) {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < rgb.length; i += 3) {
      rgb[i] = (byte) r;
      rgb[i + 1] = (byte) g;
      rgb[i + 2] = (byte) b;
    }
    return Picture.ofRgb("plain", width, height, rgb);
  }
}
