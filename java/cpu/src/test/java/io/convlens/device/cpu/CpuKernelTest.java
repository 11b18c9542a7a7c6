package io.convlens.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.convlens.device.DeviceOptions;
import io.convlens.device.DeviceSuite;
import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Spec.Post;
import io.convlens.device.Window3;
import io.convlens.device.Window3.Axes;
import io.convlens.graph.Activation;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Random problems of every kind: see {@link DeviceSuite}. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CpuKernelTest {
  private CpuDevice device;
  private long before;

  @BeforeAll
  void open() {
    before = CpuDevice.live();
    device = (CpuDevice) new CpuProvider().open("cpu", DeviceOptions.DEFAULT);
  }

  @AfterAll
  void close() {
    device.close();
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

  /** Minimal filtering, by one thread and by several. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void smallFiltersMatchTheReference(int threads) {
    try (var some = new CpuDevice(threads)) {
      DeviceSuite.check(some, "conv3x3", 0, 60);
    }
  }

  @Test
  void smallFiltersOfManyChannelsTakeFewerProducts() {
    var pad = new Axes(0, 1, 1);
    var ones = new Axes(1, 1, 1);
    var window = new Window3(new Axes(1, 3, 3), ones, ones, pad, pad);
    assertEquals(true, filtersMinimally(window, 64));
    assertEquals(false, filtersMinimally(window, 8));
    var strides = new Window3(window.kernel(), new Axes(1, 2, 2), ones, pad, pad);
    assertEquals(false, filtersMinimally(strides, 64));
  }

  private boolean filtersMinimally(Window3 window, int channels) {
    MapShape src = MapShape.dense(1, 1, 28, 28, channels);
    int side = 28 / window.stride().h();
    MapShape dst = MapShape.dense(1, 1, side, side, channels);
    try (var weights = Tensor.zeros(Shape.of(channels, channels, 3, 3));
        var kernel =
            (CpuKernel)
                device.prepare(new Spec.Conv(src, dst, window, 1, weights, null, List.of()))) {
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
