package io.convlens.device.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.DeviceOptions;
import io.convlens.device.DeviceSuite;
import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Window3;
import io.convlens.device.Window3.Axes;
import io.convlens.graph.Activation;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Random problems of every operation on the emulator against the reference. */
final class CudaSuiteTest {
  private static @Nullable CudaDevice device;

  static Stream<String> kinds() {
    return Stream.of(DeviceSuite.kinds(), DeviceSuite.windowKinds(), DeviceSuite.gradientKinds())
        .flatMap(kinds -> kinds);
  }

  @BeforeAll
  static void open() {
    Emulator.assume();
    Emulator.reset();
    device =
        (CudaDevice) new CudaProvider().open("cuda:0", DeviceOptions.DEFAULT.withTuning(false));
  }

  @AfterAll
  static void close() {
    if (device != null) {
      device.close();
      Emulator.assertClean("all problems");
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void isAsTheReference(String kind) {
    DeviceSuite.check(device, kind);
  }

  /** Kinds of convolutions that random problems hardly ever are. */
  @ParameterizedTest
  @CsvSource({"1, cublas", "3, cudnn nchw 6", "3, cudnn nhwc 1", "1, cudnn nhwc 1", "3, convlens"})
  void usualConvolutionsAreAsTheReference(int kernel, String way) {
    try (var draws = Tensor.zeros(Shape.of(8, 4, kernel, kernel));
        var bias = Tensor.zeros(Shape.of(8))) {
      for (long i = 0; i < draws.size(); i++) {
        draws.set(i, (float) Math.sin((double) i + 1) / kernel);
      }
      bias.set(3, 0.5f);
      var one = new Axes(1, 1, 1);
      var pad = new Axes(0, kernel / 2, kernel / 2);
      var window = new Window3(new Axes(1, kernel, kernel), one, one, pad, pad);
      var oneWay = new OneWayDevice(device, way);
      List<List<Spec.Post>> posts =
          List.of(
              List.of(),
              List.of(new Spec.Post.Act(new Activation.Relu())),
              List.of(new Spec.Post.Add(8)),
              List.of(new Spec.Post.Add(8), new Spec.Post.Act(new Activation.Relu())),
              List.of(new Spec.Post.Act(new Activation.Sigmoid()), new Spec.Post.Add(9)));
      for (List<Spec.Post> p : posts) {
        for (Tensor b : Arrays.asList(null, bias)) {
          MapShape src = MapShape.dense(2, 1, 9, 6, 4);
          MapShape dst = MapShape.dense(2, 1, 9, 6, 8);
          DeviceSuite.check(oneWay, new Spec.Conv(src, dst, window, 1, draws, b, p));
        }
      }
      assertTrue(oneWay.count() >= 10, oneWay.count() + " problems were computed by " + way);
    }
  }

  /** Whatever a timed trial may choose computes the same. */
  @ParameterizedTest
  @CsvSource({
    "conv, convlens",
    "conv, cudnn nhwc 0",
    "conv, cudnn nhwc 1",
    "conv, cudnn nchw 0",
    "conv, cudnn nchw 1",
    "conv, cudnn nchw 2",
    "deconv, convlens",
    "deconv, cudnn nchw 1",
    "matmul, convlens",
    "matmul, cublas",
    "pool, cudnn",
    "lrn, cudnn",
    "softmax, cudnn"
  })
  void eachWayIsAsTheReference(String kind, String way) {
    var oneWay = new OneWayDevice(device, way);
    DeviceSuite.check(oneWay, kind);
    assertTrue(oneWay.count() > 0, "no problem was computed by " + way);
  }
}
