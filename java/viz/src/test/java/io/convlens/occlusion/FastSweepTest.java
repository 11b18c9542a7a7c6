package io.convlens.occlusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.Precision;
import io.convlens.engine.Accuracy;
import io.convlens.graph.Nets;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import io.convlens.network.ScoreKind;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Approximate sweeps: their real error, over all positions, against the one that is allowed. */
final class FastSweepTest {
  private static final int SIDE = 128;

  @TempDir Path folder;

  private Network load() throws Exception {
    Nets net = Nets.SQUEEZENET_1_1;
    Path file = net.write(folder.resolve("net.onnx"), net.options().size(SIDE));
    return Network.load(file, NetworkOptions.DEFAULT.withDevice("cpu"));
  }

  /** Something in the middle, on noise. */
  private static Tensor picture() {
    var random = new SplittableRandom(7);
    Tensor x = Tensor.zeros(Shape.of(1, 3, SIDE, SIDE));
    for (long i = 0; i < x.size(); i++) {
      long row = i / SIDE % SIDE;
      long column = i % SIDE;
      boolean middle = Math.hypot(row - 50.0, column - 70.0) < 25;
      x.set(i, (float) random.nextDouble(-0.2, 0.2) + (middle ? 2 : 0));
    }
    return x;
  }

  private static OcclusionOptions options(OcclusionOptions o) {
    return o.patch(12).stride(5).target(3).score(ScoreKind.LOGIT);
  }

  private static OcclusionMap map(Network net, Tensor x, UnaryOperator<OcclusionOptions> changes) {
    return Occlusion.with(o -> changes.apply(options(o))).map(net, x);
  }

  private static double meanError(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Math.abs((double) a[i] - b[i]);
    }
    return sum / a.length;
  }

  private static double spread(float[] scores) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (float s : scores) {
      low = Math.min(low, s);
      high = Math.max(high, s);
    }
    return high - low;
  }

  @Test
  void theErrorIsWhatIsAllowedAndWhatIsSaid() throws Exception {
    try (Network net = load();
        Tensor x = picture()) {
      OcclusionMap full = map(net, x, o -> o.mode(Mode.FULL));
      OcclusionMap exact = map(net, x, o -> o);
      double range = spread(full.scores());
      long before = 0;
      for (double share : new double[] {0.2, 0.03, 0.003}) {
        double allowed = share * range;
        OcclusionMap fast = map(net, x, o -> o.mode(Mode.FAST).fastError(allowed));
        double error = meanError(full.scores(), fast.scores());
        Approximation said = fast.work().approximation().orElseThrow();
        assertTrue(error <= 1.5 * allowed, error + " where " + allowed + " is allowed");
        assertTrue(said.meanError() <= allowed);
        assertEquals(allowed, said.allowed());
        assertTrue(said.maxError() >= said.meanError());
        assertTrue(error < 4 * said.meanError() + 1e-6, error + ", said " + said.meanError());
        assertTrue(fast.work().macsRun() >= before, fast.work() + " after " + before);
        before = fast.work().macsRun();
        if (share > 0.1) {
          assertEquals(Mode.FAST, fast.work().engine());
          assertTrue(said.computed() < full.scores().length / 2, said.toString());
          assertTrue(before < exact.work().macsRun());
        }
      }
    }
  }

  @Test
  void whereNoErrorIsAllowedItIsExact() throws Exception {
    try (Network net = load();
        Tensor x = picture()) {
      OcclusionMap exact = map(net, x, o -> o);
      OcclusionMap fast = map(net, x, o -> o.mode(Mode.FAST).fastError(0));
      assertEquals(Mode.EXACT, fast.work().engine());
      assertArrayEquals(exact.scores(), fast.scores());
      assertTrue(fast.work().why().isPresent());
      assertTrue(fast.work().approximation().orElseThrow().meanError() < 1e-4);
    }
    assertThrows(
        UnusableOptionException.class, () -> OcclusionOptions.DEFAULT.fastError(Double.NaN));
    assertThrows(UnusableOptionException.class, () -> OcclusionOptions.DEFAULT.fastError(-1));
  }

  /** Windows by themselves: the smaller their share, the less work and the larger the error. */
  @Test
  void windowsThatStopGrowing() throws Exception {
    try (Network net = load();
        Tensor x = picture()) {
      var setup = new SweepSetup(net, x.shape(), options(OcclusionOptions.DEFAULT));
      List<List<Integer>> all = setup.positions().shown();
      OcclusionMap exact = map(net, x, o -> o);
      double error = Double.POSITIVE_INFINITY;
      long macs = 0;
      for (double share : new double[] {0.3, 0.6, 1}) {
        try (var part = new SweepPart(setup, all, Mode.EXACT, new Accuracy(share, false))) {
          OcclusionMap map = part.maps(x, 0, OcclusionListener.NONE).only();
          double its = meanError(exact.scores(), map.scores());
          assertTrue(its < error, share + ": " + its + " is not less than " + error);
          assertTrue(map.work().macsRun() > macs);
          error = its;
          macs = map.work().macsRun();
        }
      }
      assertEquals(0, error);
      assertEquals(exact.work().macsRun(), macs);
    }
  }

  /** Rounding by itself: the same work, and an error that is small beside what patches change. */
  @Test
  void differencesThatAreRounded() throws Exception {
    try (Network net = load();
        Tensor x = picture()) {
      var setup = new SweepSetup(net, x.shape(), options(OcclusionOptions.DEFAULT));
      boolean lower = net.device().lower().isPresent();
      OcclusionMap exact = map(net, x, o -> o);
      List<List<Integer>> all = setup.positions().shown();
      try (var part = new SweepPart(setup, all, Mode.EXACT, new Accuracy(1, true))) {
        OcclusionMap map = part.maps(x, 0, OcclusionListener.NONE).only();
        assertEquals(exact.work().macsRun(), map.work().macsRun());
        assertEquals(lower, meanError(exact.scores(), map.scores()) > 0);
        float changed = 0;
        for (float score : exact.scores()) {
          changed = Math.max(changed, Math.abs(score - exact.base()));
        }
        assertArrayEquals(exact.scores(), map.scores(), 0.03f * changed);
      }
      Approximation how = map(net, x, o -> o.mode(Mode.FAST)).work().approximation().orElseThrow();
      assertEquals(net.device().lower().orElse(Precision.FP32), how.precision());
    }
  }

  @Test
  void everyOutputOfSeveralPatchSizesTwice() throws Exception {
    try (Network net = load();
        Tensor x = picture();
        Sweep sweep =
            Occlusion.with(
                    o ->
                        options(o)
                            .patches(List.of(new Patch(12, 12), new Patch(30, 20)))
                            .mode(Mode.FAST)
                            .fastError(1)
                            .allClasses(true)
                            .track("conv#12"))
                .prepare(net, x.shape())) {
      OcclusionMaps first = sweep.maps(x, 0, OcclusionListener.NONE);
      OcclusionMaps second = sweep.maps(x, 0, OcclusionListener.NONE);
      assertEquals(Mode.FAST, first.work().engine());
      for (int i = 0; i < 2; i++) {
        OcclusionMap map = first.each().get(i);
        OcclusionMap again = second.each().get(i);
        assertArrayEquals(map.scores(), again.scores());
        float[] classes = map.classScores().orElseThrow();
        for (int p = 0; p < map.scores().length; p++) {
          assertEquals(map.scores()[p], classes[p * sweep.classes() + 3], 1e-4f);
        }
        assertEquals(map.scores().length, map.layerSums().orElseThrow().length);
        assertArrayEquals(map.layerSums().orElseThrow(), again.layerSums().orElseThrow());
      }
    }
  }

  /** The sample alone would be a good part of the work. */
  @Test
  void fewPositionsAreRunExactly() throws Exception {
    try (Network net = load();
        Tensor x = picture()) {
      OcclusionMap fast = map(net, x, o -> o.stride(20).mode(Mode.FAST));
      OcclusionMap exact = map(net, x, o -> o.stride(20));
      assertEquals(exact.work().engine(), fast.work().engine());
      assertArrayEquals(exact.scores(), fast.scores());
    }
  }
}
