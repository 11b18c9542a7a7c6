package io.convlens.bench.roofline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Window3;
import io.convlens.graph.Nets;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class RooflineTest {
  private static final Path KERNELS = Path.of("../../cuda-kernels");

  /** Columns of the page's tables. */
  private static final int GIGAFLOPS = 3;

  private static final int SWEEP_GIGAFLOPS = 7;

  /** The networks that are quick to write. */
  @ParameterizedTest
  @EnumSource(
      value = Nets.class,
      names = {"RESNET_18", "GOOGLENET", "SQUEEZENET_1_1", "MOBILENET_V2", "DENSENET_121"})
  void flopsAreTwiceTheMultiplyAddsOfTheNetwork(Nets net) throws IOException {
    NetWork one = NetWork.of(net, 1);
    NetWork batch = NetWork.of(net, Roofline.BATCH);
    double macs = net.build(net.options()).macs();
    assertEquals(2 * macs, one.flops());
    assertEquals(Roofline.BATCH * one.flops(), batch.flops());
    assertTrue(batch.bytes() > one.bytes() && batch.bytes() < Roofline.BATCH * one.bytes());
    assertOnThePage(batch.flops(), rowOf("Networks", net)[GIGAFLOPS]);
  }

  private static void assertOnThePage(double flops, String cell) {
    assertEquals(
        String.format(Locale.ROOT, "%.1f", flops / 1e9),
        cell,
        "cuda-kernels/README.md is not what the code gives: run ci/roofline");
  }

  /** The cells of the network's first row in a section of the page. */
  private static String[] rowOf(String section, Nets net) throws IOException {
    try (Stream<String> lines = Files.lines(KERNELS.resolve("README.md"))) {
      return lines
          .dropWhile(line -> !line.equals("## " + section))
          .filter(line -> line.startsWith("| " + net.title() + " |"))
          .findFirst()
          .orElseThrow()
          .split("\\s*\\|\\s*", -1);
    }
  }

  /**
   * The backward pass multiplies as much as the forward pass, but for the first layer's products
   * where the picture's gradient is not asked for: here it is.
   */
  @ParameterizedTest
  @EnumSource(
      value = Nets.class,
      names = {"RESNET_18", "SQUEEZENET_1_1"})
  void aGradientIsTheForwardPassTwice(Nets net) throws IOException {
    NetWork forward = NetWork.of(net, Roofline.BATCH);
    NetWork gradient = NetWork.gradient(net, Roofline.BATCH);
    assertTrue(gradient.flops() > 1.9 * forward.flops(), "flops " + gradient.flops());
    assertTrue(gradient.flops() < 2.1 * forward.flops(), "flops " + gradient.flops());
    assertOnThePage(gradient.flops(), rowOf("Gradients", net)[GIGAFLOPS]);
  }

  @Test
  void aSweepByDifferencesIsLessWork() throws IOException {
    SweepWork sweep = SweepWork.of(Nets.SQUEEZENET_1_1, 224, Roofline.STRIDE, Gpu.H100);
    assertTrue(sweep.byDifferences());
    assertEquals(53 * 53, sweep.positions());
    assertTrue(sweep.seconds(Gpu.H100) < sweep.plainSeconds(Gpu.H100));
    assertOnThePage(sweep.flops(), rowOf("Whole sweeps", Nets.SQUEEZENET_1_1)[SWEEP_GIGAFLOPS]);
  }

  @Test
  void thePageNamesEveryKernelWithItsBound() throws IOException {
    String page = Files.readString(KERNELS.resolve("README.md"));
    List<KernelFile> kernels = KernelFile.in(KERNELS);
    assertTrue(kernels.size() > 10);
    for (KernelFile kernel : kernels) {
      String row = "| `%s` | %s | %s |".formatted(kernel.name(), kernel.purpose(), kernel.bound());
      assertTrue(page.contains(row.replace("*", "\\*")), row + ": run ci/roofline");
    }
  }

  /** Counted by hand: a 1x1 convolution of stride 2 reads every other element of a row of 5. */
  @Test
  void aConvolutionReadsWhatItsWindowsTouch() {
    var one = new Window3.Axes(1, 1, 1);
    var two = new Window3.Axes(1, 1, 2);
    var none = new Window3.Axes(0, 0, 0);
    try (Tensor weights = Tensor.zeros(Shape.of(3, 4, 1))) {
      var spec =
          new Spec.Conv(
              MapShape.dense(2, 1, 1, 5, 4),
              MapShape.dense(2, 1, 1, 3, 3),
              new Window3(one, two, one, none, none),
              1,
              weights,
              null,
              List.of(new Spec.Post.Add(3)));
      Work work = Work.of(spec);
      assertEquals("conv_gemm", work.kernel());
      assertEquals(2 * (2 * 3 * 3) * 4, work.flops());
      assertEquals(4 * (2 * 3 * 4 + 12 + 2 * (2 * 3 * 3)), work.bytes());
    }
  }

  @Test
  void theLeastTimeIsTheLargerOfBoth() {
    var gpu = new Gpu("one", "nowhere", 10, 100, 1000);
    assertEquals(2, new Work("k", 20, 100).seconds(gpu));
    assertEquals(3, new Work("k", 20, 300).seconds(gpu));
    assertTrue(new Work("k", 20, 300).isBoundByMemory(gpu));
  }
}
