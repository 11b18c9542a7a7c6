package io.convlens.occlusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.graph.Nets;
import io.convlens.graph.OnnxBuilder;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import io.convlens.network.ScoreKind;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Exact sweeps against full ones: every output, on networks that gain and on those that don't. */
final class ExactSweepTest {
  private static final float PROBABILITY = 1e-4f;
  private static final float LOGIT = 1e-3f;

  @TempDir Path folder;

  private Network load(Nets net, int side) throws Exception {
    Path file = net.write(folder.resolve("net.onnx"), net.options().size(side));
    return Network.load(file, NetworkOptions.DEFAULT.withDevice("cpu"));
  }

  private static Tensor picture(int side) {
    var random = new SplittableRandom(7);
    Tensor x = Tensor.zeros(Shape.of(1, 3, side, side));
    for (long i = 0; i < x.size(); i++) {
      x.set(i, (float) random.nextDouble(-2, 2));
    }
    return x;
  }

  private static OcclusionMap map(
      Network net, Tensor x, Mode mode, UnaryOperator<OcclusionOptions> changes) {
    return Occlusion.with(o -> changes.apply(o).mode(mode)).map(net, x);
  }

  private static void assertSame(OcclusionMap full, OcclusionMap exact, float tolerance) {
    assertEquals(full.target(), exact.target());
    assertEquals(full.base(), exact.base(), tolerance);
    assertArrayEquals(full.scores(), exact.scores(), tolerance);
    assertArrayEquals(full.attribution(), exact.attribution(), tolerance);
    assertEquals(full.classScores().isPresent(), exact.classScores().isPresent());
    full.classScores()
        .ifPresent(s -> assertArrayEquals(s, exact.classScores().orElseThrow(), tolerance));
  }

  /** Strides and edges that leave patches cut off and positions of every phase. */
  @ParameterizedTest
  @EnumSource(Edge.class)
  void everyOutputOfANetworkThatGains(Edge edge) throws Exception {
    try (Network net = load(Nets.SQUEEZENET_1_1, 160);
        Tensor x = picture(160)) {
      UnaryOperator<OcclusionOptions> options =
          o ->
              o.patch(13, 9)
                  .stride(7, 6)
                  .edge(edge)
                  .fill(0.5f, -1, 2)
                  .allClasses(true)
                  .track("conv#12");
      OcclusionMap full = map(net, x, Mode.FULL, options);
      OcclusionMap exact = map(net, x, Mode.EXACT, options);
      assertEquals(Mode.EXACT, exact.work().engine());
      assertEquals(Optional.empty(), exact.work().why());
      assertTrue(exact.work().macsRun() < 0.6 * full.work().macsRun());
      assertEquals(full.work().macsFull(), exact.work().macsFull());
      assertSame(full, exact, PROBABILITY);
      float[] wanted = full.layerSums().orElseThrow();
      float[] found = exact.layerSums().orElseThrow();
      for (int i = 0; i < wanted.length; i++) {
        assertEquals(wanted[i], found[i], LOGIT * Math.max(1, Math.abs(wanted[i])));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Nets.class,
      names = {"RESNET_18", "RESNET_50", "GOOGLENET", "MOBILENET_V2", "DENSENET_121"})
  void logitsOfUsualNetworks(Nets kind) throws Exception {
    int side = 128;
    try (Network net = load(kind, side);
        Tensor x = picture(side)) {
      UnaryOperator<OcclusionOptions> options =
          o -> o.patch(8).stride(11).score(ScoreKind.LOGIT).allClasses(true);
      OcclusionMap full = map(net, x, Mode.FULL, options);
      OcclusionMap exact = map(net, x, Mode.EXACT, options);
      assertSame(full, exact, LOGIT);
    }
  }

  /** Sizes of one sweep share their plan, and each is what it is by itself. */
  @ParameterizedTest
  @EnumSource(
      value = Mode.class,
      names = {"EXACT", "FULL"})
  void severalPatchSizesAtOnce(Mode mode) throws Exception {
    List<Patch> sizes = List.of(new Patch(24, 9), new Patch(8, 8), new Patch(40, 40));
    try (Network net = load(Nets.SQUEEZENET_1_1, 160);
        Tensor x = picture(160)) {
      UnaryOperator<OcclusionOptions> options =
          o -> o.stride(13, 17).target(3).mode(mode).allClasses(true).track("conv#12");
      OcclusionMaps maps = Occlusion.with(o -> options.apply(o).patches(sizes)).maps(net, x);
      float[] sum = new float[160 * 160];
      for (int i = 0; i < sizes.size(); i++) {
        Patch size = sizes.get(i);
        OcclusionMap alone =
            Occlusion.with(o -> options.apply(o).patches(List.of(size))).map(net, x);
        OcclusionMap map = maps.each().get(i);
        assertEquals(size, map.patch());
        assertEquals(mode, map.work().engine());
        assertEquals(alone.rows(), map.rows());
        assertEquals(alone.cols(), map.cols());
        assertSame(alone, map, 1e-5f);
        assertArrayEquals(alone.layerSums().orElseThrow(), map.layerSums().orElseThrow(), 0.1f);
        for (int p = 0; p < sum.length; p++) {
          sum[p] += map.attribution()[p];
        }
      }
      for (int p = 0; p < sum.length; p++) {
        assertEquals(sum[p] / 3, maps.attribution()[p], 1e-6f);
      }
      assertThrows(IllegalStateException.class, maps::only);
    }
  }

  @Test
  void theSamePictureGivesTheSameBytes() throws Exception {
    try (Network net = load(Nets.SQUEEZENET_1_1, 160);
        Tensor x = picture(160);
        Sweep sweep =
            Occlusion.with(o -> o.patch(16).stride(8)).prepare(net, Shape.of(1, 3, 160, 160))) {
      OcclusionMap first = sweep.map(x, 0, OcclusionListener.NONE);
      OcclusionMap second = sweep.map(x, 0, OcclusionListener.NONE);
      assertEquals(Mode.EXACT, second.work().engine());
      assertArrayEquals(first.scores(), second.scores());
    }
  }

  /** A difference of two infinities is none: such a picture is run in full. */
  @Test
  void aPictureWithoutNumbersIsRunInFull() throws Exception {
    try (Network net = load(Nets.SQUEEZENET_1_1, 160);
        Tensor x = picture(160)) {
      x.set(0, Float.NaN);
      UnaryOperator<OcclusionOptions> options = o -> o.patch(24).stride(6).target(3);
      OcclusionMap exact = map(net, x, Mode.EXACT, options);
      assertEquals(Mode.FULL, exact.work().engine());
      assertEquals("differences of values that are no numbers", exact.work().why().orElseThrow());
      assertArrayEquals(map(net, x, Mode.FULL, options).scores(), exact.scores());
      assertTrue(Float.isFinite(exact.scores()[0]), "the patch hides what is no number");
    }
  }

  /** A dense layer sees everything at once. */
  @Test
  void whereNothingIsToBeGainedTheWholeNetworkRuns() throws Exception {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 1, 8, 8);
    float[] weights = new float[3 * 64];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (i % 7 - 3) * 0.1f;
    }
    b.output(
        b.node("Gemm", b.node("Flatten", x).out(), b.floats(new long[] {3, 64}, weights))
            .i("transB", 1)
            .out("y"));
    Path file = b.write(folder.resolve("dense.onnx"));
    try (Network net = Network.load(file, NetworkOptions.DEFAULT.withDevice("cpu"));
        Tensor picture = Tensor.of(Shape.of(1, 1, 8, 8), new float[64])) {
      OcclusionMap map = map(net, picture, Mode.EXACT, o -> o.patch(2).stride(2).fill(1));
      assertEquals(Mode.FULL, map.work().engine());
      assertTrue(map.work().why().isPresent());
    }
  }
}
