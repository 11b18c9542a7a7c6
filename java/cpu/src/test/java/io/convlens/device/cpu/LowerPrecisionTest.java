package io.convlens.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.convlens.device.Buffer;
import io.convlens.device.Kernel;
import io.convlens.device.MapShape;
import io.convlens.device.Precision;
import io.convlens.device.Spec;
import io.convlens.device.Window3;
import io.convlens.graph.Activation;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Convolutions and products whose factors are rounded to bfloat16, against those in float32. */
final class LowerPrecisionTest {
  /** A factor is off by this share of itself at most: 8 bits, rounded to the nearest. */
  private static final double ROUNDING = 1.0 / 256;

  private final CpuDevice device = new CpuDevice(1);
  private final SplittableRandom random = new SplittableRandom(3);

  @BeforeEach
  void onlyWhereThereIsOne() {
    assumeTrue(device.lower().isPresent(), "this processor has no bfloat16");
    assertEquals(Optional.of(Precision.BF16), device.lower());
  }

  @AfterEach
  void close() {
    device.close();
    assertEquals(0, CpuDevice.live());
  }

  private Tensor numbers(Shape shape) {
    Tensor t = Tensor.zeros(shape);
    for (long i = 0; i < t.size(); i++) {
      t.set(i, (float) random.nextDouble(-1, 1));
    }
    return t;
  }

  private float[] run(Spec spec, Precision precision, Tensor input, long outputs) {
    try (Kernel kernel = device.prepare(spec, precision);
        Buffer x = device.allocate(input.size());
        Buffer y = device.allocate(outputs);
        Tensor result = Tensor.zeros(Shape.of(outputs))) {
      device.upload(input, 0, input.size(), x);
      kernel.bind(x, y).run();
      device.download(y, outputs, result, 0);
      return result.toArray();
    }
  }

  /** Both factors of each of so many terms are rounded. */
  private void assertRounded(Spec spec, Tensor input, long outputs, int terms, boolean rounds) {
    float[] exact = run(spec, Precision.FP32, input, outputs);
    float[] rounded = run(spec, Precision.BF16, input, outputs);
    double largest = 0;
    double most = 0;
    for (int i = 0; i < exact.length; i++) {
      most = Math.max(most, Math.abs(exact[i]));
      largest = Math.max(largest, Math.abs((double) exact[i] - rounded[i]));
    }
    assertTrue(most > 0.1, "nothing came out");
    assertEquals(rounds, largest > 1e-5, "error " + largest);
    // Terms are at most 1 and as often above as below 0, and so are their errors.
    assertTrue(largest < 2 * ROUNDING * Math.sqrt(terms), "error " + largest);
  }

  @ParameterizedTest
  @CsvSource({
    "16, 32, 1, 3, 1, 1, true",
    "64, 48, 1, 3, 2, 1, true",
    "40, 24, 8, 3, 1, 1, true",
    "64, 64, 0, 1, 1, 1, true",
    "96, 32, 16, 1, 1, 1, true",
    "64, 64, 0, 5, 1, 2, true",
    "3, 32, 0, 7, 2, 1, false",
    "32, 32, 0, 3, 1, 32, false",
  })
  void convolutions(
      int inputs, int outputs, int gap, int kernel, int stride, int groups, boolean rounds) {
    int side = 9;
    int to = (side + 2 * (kernel / 2) - kernel) / stride + 1;
    var src = new MapShape(2, 1, side, side, inputs, inputs + gap);
    var dst = new MapShape(2, 1, to, to, outputs, outputs + gap);
    var pad = new Window3.Axes(0, kernel / 2, kernel / 2);
    var window =
        new Window3(
            new Window3.Axes(1, kernel, kernel),
            new Window3.Axes(1, stride, stride),
            new Window3.Axes(1, 1, 1),
            pad,
            pad);
    try (Tensor weights = numbers(Shape.of(outputs, inputs / groups, kernel, kernel));
        Tensor bias = numbers(Shape.of(outputs));
        Tensor input = numbers(Shape.of(src.span()))) {
      Spec.Post relu = new Spec.Post.Act(new Activation.Relu());
      var spec = new Spec.Conv(src, dst, window, groups, weights, bias, List.of(relu));
      int terms = inputs / groups * kernel * kernel;
      assertRounded(spec, input, dst.span(), terms, rounds);
    }
  }

  @Test
  void products() {
    try (Tensor weights = numbers(Shape.of(200, 50));
        Tensor input = numbers(Shape.of(7 * 200))) {
      var spec = new Spec.MatMul(1, 1, 1, 7, 200, 50, 1, weights, false, null, List.of());
      assertRounded(spec, input, 7 * 50, 200, true);
    }
  }
}
