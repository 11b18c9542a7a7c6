package io.convlens.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.convlens.device.Device;
import io.convlens.device.DeviceOptions;
import io.convlens.device.Devices;
import io.convlens.engine.Session;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Fields against the truth: each pixel of the input is changed in turn, and what changes in the
 * output is noted. Weights are positive, so that nothing cancels.
 */
final class ReceptiveFieldsTest {
  private static final int HEIGHT = 13;
  private static final int WIDTH = 10;

  @TempDir Path folder;

  private static String conv(OnnxBuilder net, String x, int kernel, int stride, int pad, int dil) {
    float[] weights = new float[2 * 2 * kernel * kernel];
    Arrays.fill(weights, 0.25f);
    String w = net.floats(new long[] {2, 2, kernel, kernel}, weights);
    return net.node("Conv", x, w)
        .ints("strides", stride, stride)
        .ints("pads", pad, pad, 0, 1)
        .ints("dilations", dil, dil)
        .out();
  }

  private static String pool(OnnxBuilder net, String x, int kernel, int stride) {
    return net.node("AveragePool", x)
        .ints("kernel_shape", kernel, kernel)
        .ints("strides", stride, stride)
        .out();
  }

  private static String deconv(OnnxBuilder net, String x, int kernel, int stride, int pad) {
    float[] weights = new float[2 * 2 * kernel * kernel];
    Arrays.fill(weights, 0.25f);
    String w = net.floats(new long[] {2, 2, kernel, kernel}, weights);
    return net.node("ConvTranspose", x, w)
        .ints("strides", stride, stride)
        .ints("pads", pad, 0, pad, 0)
        .out();
  }

  private static String resize(OnnxBuilder net, String x, String mode, float factor) {
    String scales = net.floats(new long[] {4}, 1, 1, factor, factor);
    return net.node("Resize", x, "", scales).s("mode", mode).out();
  }

  @Test
  void windows() throws Exception {
    assertTrueOf(1, (net, x) -> conv(net, pool(net, conv(net, x, 3, 1, 1, 1), 2, 2), 3, 1, 1, 2));
    assertTrueOf(1, (net, x) -> conv(net, conv(net, x, 3, 2, 2, 1), 2, 1, 0, 3));
  }

  @Test
  void transposedWindows() throws Exception {
    assertTrueOf(1, (net, x) -> deconv(net, conv(net, x, 3, 2, 1, 1), 4, 2, 1));
    assertTrueOf(1, (net, x) -> deconv(net, x, 3, 2, 0));
  }

  @Test
  void joins() throws Exception {
    assertTrueOf(
        1,
        (net, x) -> {
          String deep = conv(net, conv(net, x, 3, 1, 2, 1), 3, 1, 1, 1);
          String flat =
              net.node("Slice", x, net.int64s(2, 2), net.int64s(12, 10), net.int64s(2, 3)).out();
          String cut =
              net.node("Slice", deep, net.int64s(0, 0), net.int64s(10, 8), net.int64s(2, 3)).out();
          return net.node("Concat", flat, cut).i("axis", 1).out();
        });
  }

  @Test
  void paddingAndSteps() throws Exception {
    assertTrueOf(
        1,
        (net, x) -> {
          String padded =
              net.node("Pad", x, net.int64s(0, 0, 2, 1, 0, 0, 1, 0)).s("mode", "constant").out();
          String odd =
              net.node("Slice", padded, net.int64s(1), net.int64s(16), net.int64s(2), net.int64s(2))
                  .out();
          return conv(net, odd, 3, 1, 1, 1);
        });
  }

  @Test
  void resizes() throws Exception {
    assertTrueOf(1, (net, x) -> conv(net, resize(net, x, "nearest", 2), 3, 1, 1, 1));
    assertTrueOf(1, (net, x) -> resize(net, conv(net, x, 3, 2, 1, 1), "linear", 2));
  }

  @Test
  void blocks() throws Exception {
    assertTrueOf(
        2,
        (net, x) -> {
          String deep = net.node("Concat", x, x).i("axis", 1).out();
          String large = net.node("DepthToSpace", deep).i("blocksize", 2).out();
          return pool(net, large, 3, 1);
        });
  }

  @Test
  void turned() throws Exception {
    assertTrueOf(
        1,
        (net, x) -> {
          String last = net.node("Transpose", x).ints("perm", 0, 2, 3, 1).out();
          String scaled = net.node("Mul", last, net.floats(new long[] {2}, 1, 2)).out();
          return conv(
              net, net.node("Transpose", scaled).ints("perm", 0, 3, 1, 2).out(), 3, 2, 1, 1);
        });
  }

  @Test
  void theWhole() throws Exception {
    Graph[] made = new Graph[1];
    try (Model model = model(1, (net, x) -> net.node("GlobalAveragePool", x).out(), made)) {
      var field = ReceptiveFields.of(made[0], 2, 3).of(made[0].outputs().getFirst()).orElseThrow();
      assertEquals(new ReceptiveField.Side(HEIGHT, 0, 0), field.y());
      assertEquals(new ReceptiveField.Side(WIDTH, 0, 0), field.x());
      assertEquals(folder.resolve("net.onnx"), model.file());
    }
  }

  private Model model(int times, BiFunction<OnnxBuilder, String, String> body, Graph[] made)
      throws Exception {
    var net = new OnnxBuilder(13);
    String x = net.input("x", 1, 2L * times, HEIGHT, WIDTH);
    net.output(body.apply(net, x));
    Model model = Model.read(net.write(folder.resolve("net.onnx")));
    made[0] = model.graph(1, 2L * times, HEIGHT, WIDTH);
    return model;
  }

  private void assertTrueOf(int times, BiFunction<OnnxBuilder, String, String> body)
      throws Exception {
    Graph[] made = new Graph[1];
    try (Model model = model(times, body, made);
        Device device = Devices.open("cpu", new DeviceOptions(1));
        Session session = Session.prepare(device, made[0], 1, Set.of())) {
      assertEquals(13, model.opset());
      Value output = made[0].outputs().getFirst();
      ReceptiveFields fields = ReceptiveFields.of(made[0], 2, 3);
      compare(session, output, fields.span(output, true), 2, HEIGHT);
      compare(session, output, fields.span(output, false), 3, WIDTH);
    }
  }

  /** Each output index along an axis changes with exactly the pixels that its span says. */
  private static void compare(
      Session session, Value output, Optional<Span> found, int axis, int pixels) {
    Span span = found.orElseThrow();
    int length = output.shape().intDim(axis);
    assertEquals(length, span.length());
    BitSet[] seen = new BitSet[length];
    Arrays.setAll(seen, _ -> new BitSet());
    float[] before = run(session, output, axis, -1);
    for (int pixel = 0; pixel < pixels; pixel++) {
      float[] after = run(session, output, axis, pixel);
      long inner = output.shape().product(axis + 1, 4);
      for (int i = 0; i < after.length; i++) {
        if (after[i] != before[i]) {
          seen[(int) (i / inner % length)].set(pixel);
        }
      }
    }
    for (int i = 0; i < length; i++) {
      BitSet said = new BitSet();
      said.set(Math.max(0, span.lowAt(i)), Math.min(pixels, Math.max(0, span.highAt(i) + 1)));
      BitSet more = (BitSet) seen[i].clone();
      more.andNot(said);
      assertEquals(new BitSet(), more, "pixels of index " + i + " outside " + said);
      if (span.lowAt(i) >= 0 && span.highAt(i) < pixels) {
        // Windows with gaps (dilation, strides) skip pixels between the first and the last; where
        // they hang over the edge, what would see the first pixel may be padding.
        assertEquals(said.nextSetBit(0), seen[i].nextSetBit(0), "first pixel of index " + i);
        assertEquals(said.length(), seen[i].length(), "after the last pixel of index " + i);
      }
    }
  }

  /** The output with one row or column of pixels changed. */
  private static float[] run(Session session, Value output, int axis, int pixel) {
    Shape shape = Shape.of(1, session.input().size() / ((long) HEIGHT * WIDTH), HEIGHT, WIDTH);
    try (Tensor x = Tensor.zeros(shape);
        Tensor y = Tensor.zeros(output.shape())) {
      for (int i = 0; i < x.size(); i++) {
        int index = axis == 3 ? i % WIDTH : i / WIDTH % HEIGHT;
        x.set(i, index == pixel ? 3 : 1);
      }
      session.upload(x, 0, 1);
      session.run();
      session.download(output, 1, y, 0);
      return y.toArray();
    }
  }
}
