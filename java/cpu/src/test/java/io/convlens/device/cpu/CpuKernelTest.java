package io.convlens.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.DeviceOptions;
import io.convlens.device.DeviceSuite;
import io.convlens.device.Kernel;
import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Spec.Post;
import io.convlens.device.Window3;
import io.convlens.device.Window3.Axes;
import io.convlens.graph.Activation;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random problems of every kind: see {@link DeviceSuite}. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CpuKernelTest {
  private CpuDevice device;
  private long before;
  private final List<Tensor> constants = new ArrayList<>();

  @BeforeAll
  void open() {
    before = CpuDevice.live();
    device = (CpuDevice) new CpuProvider().open("cpu", DeviceOptions.DEFAULT);
  }

  @AfterAll
  void close() {
    device.close();
    constants.forEach(Tensor::close);
    assertEquals(before, CpuDevice.live(), "native objects left");
  }

  static Stream<String> kinds() {
    return Stream.of(DeviceSuite.kinds(), DeviceSuite.windowKinds(), DeviceSuite.gradientKinds())
        .flatMap(kinds -> kinds);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void matchesTheReference(String kind) {
    DeviceSuite.check(device, kind);
  }

  @Test
  void smallFiltersMatchTheReference() {
    try (var one = new CpuDevice(1)) {
      DeviceSuite.check(one, "conv3x3", 0, 60);
    }
  }

  @Test
  void transposedConvolutionsMatchTheReference() {
    try (var one = new CpuDevice(1)) {
      DeviceSuite.check(one, "deconv3x3", 0, 60);
      DeviceSuite.check(one, "deconvphases", 0, 120);
    }
  }

  /** Its weights are the forward one's, but not in the same arrangement. */
  @Test
  void aTransposedConvolutionKeepsItsWeightsApart() {
    try (var one = new CpuDevice(1)) {
      Spec.Conv conv = square(28, 28, 64, 1);
      var transposed =
          new Spec.ConvTranspose(
              conv.dst(), conv.src(), conv.window(), 1, conv.weights(), null, List.of());
      try (Kernel forward = one.prepare(conv);
          var back = (CpuKernel) one.prepare(transposed)) {
        assertTrue(((CpuKernel) forward).implementations().contains("java:WinogradInput"));
        assertTrue(back.implementations().contains("java:WinogradInput"));
        DeviceSuite.check(one, transposed);
        DeviceSuite.check(one, conv);
      }
    }
  }

  @Test
  void aFirstLayersGradientIsMadePhaseByPhase() {
    Tensor weights = Tensor.zeros(Shape.of(16, 3, 7, 7));
    constants.add(weights);
    var pad = new Axes(0, 3, 3);
    var spec =
        new Spec.ConvTranspose(
            MapShape.dense(1, 1, 20, 20, 16),
            MapShape.dense(1, 1, 40, 40, 3),
            new Window3(
                new Axes(1, 7, 7), new Axes(1, 2, 2), new Axes(1, 1, 1), pad, new Axes(0, 2, 2)),
            1,
            weights,
            null,
            List.of());
    try (var one = new CpuDevice(1);
        var kernel = (CpuKernel) one.prepare(spec)) {
      assertTrue(kernel.implementations().contains("java:PhaseShuffle"));
    }
  }

  @Test
  void smallFiltersOfManyChannelsTakeFewerProducts() {
    try (var one = new CpuDevice(1)) {
      assertTrue(filtersMinimally(one, square(28, 28, 64, 1)));
      assertFalse(filtersMinimally(one, square(28, 28, 8, 1)));
      assertFalse(filtersMinimally(one, square(28, 28, 64, 2)));
    }
  }

  /** Among threads only what is worth handing over and back. */
  @Test
  void threadsShareLargeFilters() {
    try (var three = new CpuDevice(3)) {
      assertFalse(filtersMinimally(three, square(14, 14, 64, 1)));
      Spec.Conv large = square(41, 39, 128, 1);
      assertTrue(filtersMinimally(three, large));
      DeviceSuite.check(three, large);
    }
  }

  /** Three by three, with weights that stay open as long as the test. */
  private Spec.Conv square(int height, int width, int channels, int stride) {
    var ones = new Axes(1, 1, 1);
    var pad = new Axes(0, 1, 1);
    Tensor weights = Tensor.zeros(Shape.of(channels, channels, 3, 3));
    constants.add(weights);
    for (long i = 0; i < weights.size(); i++) {
      weights.set(i, (i % 7 - 3) / 40f);
    }
    return new Spec.Conv(
        MapShape.dense(1, 1, height, width, channels),
        MapShape.dense(1, 1, (height - 1) / stride + 1, (width - 1) / stride + 1, channels),
        new Window3(new Axes(1, 3, 3), new Axes(1, stride, stride), ones, pad, pad),
        1,
        weights,
        null,
        List.of());
  }

  private static boolean filtersMinimally(CpuDevice device, Spec.Conv spec) {
    try (var kernel = (CpuKernel) device.prepare(spec)) {
      return kernel.implementations().contains("java:WinogradInput");
    }
  }

  /** oneDNN alone ends the process here. */
  @Test
  void outputsMaySeeNothingButPadding() {
    var none = new Axes(1, 1, 1);
    checkConv(
        MapShape.dense(1, 1, 1, 2, 35),
        MapShape.dense(1, 1, 1, 3, 5),
        new Window3(none, none, none, new Axes(0, 0, 0), new Axes(0, 0, 1)));
    var pad = new Axes(0, 1, 1);
    checkConv(
        MapShape.dense(2, 1, 3, 4, 35),
        MapShape.dense(2, 1, 5, 6, 5),
        new Window3(none, none, none, pad, pad));
  }

  @Test
  void strideWithOneOutputDoesNothing() {
    var none = new Axes(1, 1, 1);
    checkConv(
        MapShape.dense(3, 1, 5, 2, 1),
        MapShape.dense(3, 1, 5, 1, 1),
        new Window3(
            new Axes(1, 4, 2), new Axes(1, 1, 2), none, new Axes(0, 3, 1), new Axes(0, 0, 0)));
    checkConv(
        MapShape.dense(1, 1, 7, 4, 1),
        MapShape.dense(1, 1, 5, 1, 1),
        new Window3(
            new Axes(1, 5, 3), new Axes(1, 1, 3), none, new Axes(0, 1, 1), new Axes(0, 1, -1)));
  }

  private void checkConv(MapShape src, MapShape dst, Window3 window) {
    Shape shape = Shape.of(dst.c(), src.c(), window.kernel().h(), window.kernel().w());
    try (var weights = Tensor.zeros(shape)) {
      for (long i = 0; i < weights.size(); i++) {
        weights.set(i, (i % 7 - 3) / 4f);
      }
      List<Post> posts = List.of(new Post.Act(new Activation.Elementary(Activation.Function.ABS)));
      for (List<Post> some : List.of(posts, List.<Post>of())) {
        DeviceSuite.check(device, new Spec.Conv(src, dst, window, 1, weights, null, some));
      }
    }
  }
}
