package io.convlens.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.convlens.graph.OnnxBuilder.ElementType;
import io.convlens.graph.onnx.OnnxProto.TensorProto;
import io.convlens.io.UnusableInputException;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are broken: each is refused in one line, soon, and without much memory. */
final class ModelFuzzTest {
  private static final int MUTATIONS = 2500;
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir private Path folder;

  /** A network with every way to hold constants, shape arithmetic, and windows. */
  private static OnnxBuilder network() {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 2, 8, 8);
    float[] w = new float[4 * 2 * 3 * 3];
    for (int i = 0; i < w.length; i++) {
      w[i] = (i % 7 - 3) / 4f;
    }
    String conv =
        b.node("Conv", x, b.floats(new long[] {4, 2, 3, 3}, w))
            .ints("pads", 1, 1, 1, 1)
            .ints("strides", 2, 2)
            .out();
    b.placement(OnnxBuilder.Placement.CONSTANT_NODE);
    String affine = b.floats(new long[] {4}, 1, 2, 3, 4);
    String norm = b.node("BatchNormalization", conv, affine, affine, affine, affine).out();
    String up =
        b.node("Resize", norm, "", b.floats(new long[] {4}, 1, 1, 2, 1.5f))
            .s("mode", "linear")
            .out();
    String pool = b.node("MaxPool", up).ints("kernel_shape", 2, 2).ints("strides", 2, 2).out();
    String batch = b.node("Gather", b.node("Shape", pool).out(), b.int64(0)).out();
    String shape =
        b.node("Concat", b.node("Unsqueeze", batch, b.int64s(0)).out(), b.int64s(-1))
            .i("axis", 0)
            .out();
    String flat = b.node("Reshape", pool, shape).out();
    String cut = b.node("Slice", flat, b.int64s(1), b.int64s(9), b.int64s(1), b.int64s(2)).out();
    String wide = b.node("Expand", cut, b.int64s(3, 1, 4)).out();
    String sum = b.node("ReduceSum", wide, b.int64s(2)).out();
    String rows = b.node("Transpose", sum).ints("perm", 1, 0, 2).out();
    b.output(b.node("Softmax", rows).i("axis", 1).out());
    return b;
  }

  private boolean isRefused(byte... model) throws IOException {
    return isRefused(model, 1, 2, 8, 8);
  }

  /** Reads and, where that goes well, makes the graph; anything but a refusal gets out. */
  private boolean isRefused(byte[] model, long... dims) throws IOException {
    Path file = folder.resolve("m.onnx");
    Files.write(file, model);
    try (Model m = Model.read(file)) {
      m.graph(dims);
      return false;
    } catch (UnusableInputException e) {
      String message = String.valueOf(e.getMessage());
      assertTrue(message.startsWith(file + ": "), message);
      assertEquals(1, message.lines().count(), message);
      return true;
    }
  }

  @Test
  void truncatedAnywhere() throws IOException {
    byte[] whole = network().bytes();
    assertEquals(false, isRefused(whole), "the whole one is fine");
    long live = Tensor.live();
    assertTimeoutPreemptively(
        SOON,
        () -> {
          for (int length = 0; length < whole.length; length++) {
            // A cut between two fields of the model leaves a shorter one, which may be whole.
            isRefused(Arrays.copyOf(whole, length));
          }
        });
    assertEquals(live, Tensor.live(), "tensors left open");
  }

  @Test
  void mutatedAnywhere() throws IOException {
    byte[] whole = network().bytes();
    long live = Tensor.live();
    assertTimeoutPreemptively(
        SOON,
        () -> {
          for (int seed = 0; seed < MUTATIONS; seed++) {
            byte[] broken = mutated(whole, new SplittableRandom(seed));
            try {
              isRefused(broken);
            } catch (RuntimeException | Error e) {
              fail("seed " + seed, e);
            }
          }
        });
    assertEquals(live, Tensor.live(), "tensors left open");
  }

  @Test
  void everyOperatorMutated() {
    long live = Tensor.live();
    assertTimeoutPreemptively(
        SOON,
        () -> {
          for (int seed = 0; seed < MUTATIONS; seed++) {
            RandomGraphs.Case c = RandomGraphs.of(seed % RandomGraphs.kinds());
            try {
              byte[] broken = mutated(c.model().bytes(), new SplittableRandom(seed));
              isRefused(broken, c.input().dims());
            } catch (RuntimeException | Error e) {
              fail("seed " + seed, e);
            }
          }
        });
    assertEquals(live, Tensor.live(), "tensors left open");
  }

  private static byte[] mutated(byte[] whole, SplittableRandom random) {
    byte[] broken = whole.clone();
    int changes = random.nextInt(1, 5);
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(broken.length);
      switch (random.nextInt(4)) {
        case 0 -> broken[at] = (byte) random.nextInt(256);
        case 1 -> broken[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> broken[at] = (byte) (random.nextBoolean() ? 0xff : 0x7f);
        default -> {
          int from = random.nextInt(broken.length);
          int length = Math.min(random.nextInt(1, 16), broken.length - Math.max(at, from));
          System.arraycopy(broken, from, broken, at, length);
        }
      }
    }
    return broken;
  }

  private interface Bomb {
    String on(OnnxBuilder b, String x);
  }

  /** A few bytes that ask for gigabytes. */
  private void assertRefusedSoon(Bomb bomb) {
    assertTimeoutPreemptively(
        SOON,
        () -> {
          var b = new OnnxBuilder(13);
          b.output(bomb.on(b, b.input("x", 1, 2, 8, 8)));
          assertTrue(isRefused(b.bytes()));
        });
  }

  @Test
  void bombs() {
    assertRefusedSoon(
        (b, x) ->
            b.node(
                    "Conv",
                    x,
                    b.constant(
                        TensorProto.newBuilder()
                            .setDataType(1)
                            .addDims(1L << 31)
                            .addDims(1L << 31)
                            .build()))
                .out());
    assertRefusedSoon(
        (b, x) -> b.node("Add", x, b.node("ConstantOfShape", b.int64s(1 << 30, 4)).out()).out());
    assertRefusedSoon((b, x) -> b.node("Tile", x, b.int64s(1, 1, 1 << 20, 1 << 20)).out());
    assertRefusedSoon((b, x) -> b.node("Expand", x, b.int64s(1 << 27, 1, 1, 1, 1)).out());
    assertRefusedSoon(
        (b, x) ->
            b.node("Resize", x, "", b.floats(new long[] {4}, 1, 1, 1e6f, 1e6f))
                .s("mode", "linear")
                .out());
    assertRefusedSoon(
        (b, x) -> b.node("Pad", x, b.int64s(0, 0, 1 << 27, 0, 0, 0, 1 << 27, 1 << 27)).out());
    assertRefusedSoon(
        (b, x) ->
            b.node("Gather", x, b.node("Range", b.int64(0), b.int64(1L << 60), b.int64(1)).out())
                .out());
    assertRefusedSoon(
        (b, x) ->
            b.node("ConvTranspose", x, b.floats(new long[] {2, 1, 1, 1}, 1, 1))
                .ints("strides", 1 << 19, 1 << 19)
                .out());
    assertRefusedSoon(
        (b, x) ->
            b.node("MaxPool", x)
                .ints("kernel_shape", 1 << 19, 1 << 19)
                .ints("dilations", 1 << 19, 1 << 19)
                .out());
  }

  @Test
  void constantsThatDoubleAgainAndAgain() {
    assertRefusedSoon(
        (b, x) -> {
          String c = b.floats(new long[] {1, 1, 1, 1}, 1);
          for (int i = 0; i < 60; i++) {
            c = b.node("Concat", c, c).i("axis", 3).out();
          }
          return b.node("Add", x, c).out();
        });
    assertRefusedSoon(
        (b, x) -> {
          String c = b.node("ConstantOfShape", b.int64s(1 << 22)).out();
          for (int i = 0; i < 500; i++) {
            c = b.node("Add", c, c).out();
          }
          return b.node("Reshape", x, c).out();
        });
  }

  @Test
  void nodesInReverseOrderAreSortedInGoodTime() {
    assertTimeoutPreemptively(
        SOON,
        () -> {
          var b = new OnnxBuilder(13);
          b.input("v0", 1, 2, 8, 8);
          int nodes = 20_000;
          for (int i = nodes; i > 0; i--) {
            b.node("Identity", "v" + (i - 1)).out("v" + i);
          }
          b.output("v" + nodes);
          assertEquals(false, isRefused(b.bytes()));
        });
  }

  @Test
  void infinitiesAndNotANumbers() throws IOException {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      for (var type : new ElementType[] {ElementType.FLOAT, ElementType.FLOAT16}) {
        var b = new OnnxBuilder(13);
        String x = b.input("x", 1, 2, 8, 8);
        String w = b.constant("w", OnnxBuilder.tensor(type, new long[] {1, 2, 1, 1}, 1, bad));
        b.output(b.node("Conv", x, w).out());
        Path file = b.write(folder.resolve("bad.onnx"));
        var e = assertThrows(UnusableInputException.class, () -> Model.read(file));
        assertTrue(String.valueOf(e.getMessage()).contains("tensor \"w\" holds"), e::getMessage);
      }
    }
  }
}
