package io.convlens.synthesis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.graph.NoGradientException;
import io.convlens.graph.OnnxBuilder;
import io.convlens.graph.UnknownLayerException;
import io.convlens.io.UnusableInputException;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import io.convlens.network.ScoreKind;
import io.convlens.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What excites networks that are small enough to know it beforehand. */
final class MaximizationTest {
  @TempDir private Path folder;

  /** The gradient as it is, from grey, without regularisers. */
  private static MaximizeOptions plain(MaximizeOptions o) {
    return o.bands(0).jitter(0).zoom(0).turn(0).decay(0).variation(0).noise(0);
  }

  private static Subject category(int index) {
    return new Subject.Category(index, ScoreKind.LOGIT);
  }

  @Test
  void firstStepsFollowTheWeights() throws IOException {
    float[] w = LinearNetwork.weights(3, 1);
    try (var net = LinearNetwork.load(folder, w)) {
      List<Excitation> made =
          Maximization.with(o -> plain(o).steps(4).rate(0.01))
              .of(net, LinearNetwork.INPUT, LinearNetwork.RANGE, List.of(category(2)));
      float[] x = made.getFirst().input();
      // Grey is 1 in this range. All pixels have gone as far as their weights say.
      double far = (x[0] - 1) / w[40];
      assertTrue(far > 0);
      for (int i = 0; i < x.length; i++) {
        assertEquals(far * w[40 + i], x[i] - 1, 1e-5);
      }
    }
  }

  @Test
  void endsAtTheCornerThatTheWeightsPointTo() throws IOException {
    float[] w = LinearNetwork.weights(3, 2);
    var what = List.of(category(1), new Subject.Channel("scores", 0));
    try (var net = LinearNetwork.load(folder, w)) {
      List<Excitation> made =
          Maximization.with(o -> plain(o).steps(200).rate(0.1))
              .of(net, LinearNetwork.INPUT, LinearNetwork.RANGE, what);
      checkCorner(made.get(0), w, LinearNetwork.PIXELS);
      checkCorner(made.get(1), w, 0);
    }
  }

  private static void checkCorner(Excitation made, float[] w, int from) {
    double best = 0;
    double grey = 0;
    for (int i = 0; i < LinearNetwork.PIXELS; i++) {
      float corner = w[from + i] > 0 ? 3 : -1;
      assertEquals(corner, made.input()[i], 1e-5);
      best += corner * w[from + i];
      grey += w[from + i];
    }
    assertEquals(grey, made.start(), 1e-4);
    assertEquals(best, made.end(), 1e-4);
    assertTrue(made.moved());
  }

  /** A convolution of ones, 3x3 without padding: a unit sees its window, a channel everything. */
  private Network convolution(boolean channelsLast) throws IOException {
    var b = new OnnxBuilder(13);
    String x = channelsLast ? b.input("x", -1, 7, 6, 3) : b.input("x", -1, 3, 7, 6);
    String planes = channelsLast ? b.node("Transpose", x).ints("perm", 0, 3, 1, 2).out() : x;
    float[] ones = new float[2 * 27];
    Arrays.fill(ones, 0, 27, 1);
    Arrays.fill(ones, 27, 54, -1);
    String conv = b.node("Conv", planes, b.floats(new long[] {2, 3, 3, 3}, ones)).named("c").out();
    String relu = b.node("Relu", conv).named("r").out();
    b.output(b.node("Flatten", b.node("GlobalAveragePool", relu).out()).out());
    return Network.load(
        b.write(folder.resolve("conv" + channelsLast + ".onnx")),
        NetworkOptions.DEFAULT.withDevice("cpu"));
  }

  @Test
  void unitSeesItsWindow() throws IOException {
    PixelRange range = PixelRange.of(3, 0, 1);
    for (boolean last : new boolean[] {false, true}) {
      Shape input = last ? Shape.of(1, 7, 6, 3) : Shape.of(1, 3, 7, 6);
      try (Network net = convolution(last)) {
        var what =
            List.of(
                new Subject.Unit("c", 0, 1, 3),
                new Subject.Middle("c", 1),
                new Subject.Channel("c", 1));
        List<Excitation> made =
            Maximization.with(o -> plain(o).steps(60).rate(0.1)).of(net, input, range, what);
        for (int y = 0; y < 7; y++) {
          for (int x = 0; x < 6; x++) {
            for (int c = 0; c < 3; c++) {
              int at = last ? (y * 6 + x) * 3 + c : (c * 7 + y) * 6 + x;
              boolean in = y >= 1 && y < 4 && x >= 3;
              assertEquals(in ? 1 : 0.5, made.get(0).input()[at], 1e-5);
              boolean middle = y >= 2 && y < 5 && x >= 2 && x < 5;
              assertEquals(middle ? 0 : 0.5, made.get(1).input()[at], 1e-5);
              assertEquals(0, made.get(2).input()[at], 1e-5);
            }
          }
        }
        assertEquals(27, made.get(0).end(), 1e-4);
        assertEquals(0, made.get(1).end(), 1e-4);
      }
    }
  }

  @Test
  void companyDoesNotMatter() throws IOException {
    PixelRange range = PixelRange.of(3, 0, 1);
    Shape input = Shape.of(1, 3, 7, 6);
    var how = Maximization.with(o -> o.steps(10).jitter(2));
    try (Network net = convolution(false)) {
      Subject second = new Subject.Channel("c", 1);
      var both = how.of(net, input, range, List.of(new Subject.Channel("c", 0), second));
      var alone = how.of(net, input, range, List.of(second));
      assertArrayEquals(alone.getFirst().input(), both.get(1).input(), 1e-4f);
      var again = how.of(net, input, range, List.of(second));
      assertArrayEquals(alone.getFirst().input(), again.getFirst().input());
      var other =
          Maximization.with(o -> o.steps(10).jitter(2).seed(1))
              .of(net, input, range, List.of(second));
      assertFalse(Arrays.equals(alone.getFirst().input(), other.getFirst().input()));
    }
  }

  /** A unit that is off everywhere near the start has no gradient, and that is said. */
  @Test
  void whatNothingExcitesStaysAsItWas() throws IOException {
    try (Network net = convolution(false)) {
      Excitation dark =
          Maximization.with(o -> plain(o).steps(3))
              .of(
                  net,
                  Shape.of(1, 3, 7, 6),
                  PixelRange.of(3, 0, 1),
                  List.of(new Subject.Channel("r", 1)))
              .getFirst();
      assertFalse(dark.moved());
      assertEquals(0, dark.end());
      assertEquals(0.5f, dark.input()[17]);
    }
  }

  @Test
  void clippingMakesPixelsGrey() throws IOException {
    float[] w = LinearNetwork.weights(1, 3);
    try (var net = LinearNetwork.load(folder, w)) {
      var made =
          Maximization.with(o -> plain(o).steps(8).rate(0.02).clipNorm(30))
              .of(net, LinearNetwork.INPUT, LinearNetwork.RANGE, List.of(category(0)))
              .getFirst();
      int grey = 0;
      float largest = 0;
      float least = Float.POSITIVE_INFINITY;
      for (int i = 0; i < w.length; i++) {
        boolean isGrey = made.input()[i] == 1;
        grey += isGrey ? 1 : 0;
        largest = isGrey ? Math.max(largest, Math.abs(w[i])) : largest;
        least = isGrey ? least : Math.min(least, Math.abs(w[i]));
      }
      assertEquals(6, grey);
      assertTrue(largest <= least, "pixels of the smallest weights are those that are clipped");
      var none =
          Maximization.with(o -> plain(o).steps(3).clipContribution(100))
              .of(net, LinearNetwork.INPUT, LinearNetwork.RANGE, List.of(category(0)))
              .getFirst();
      assertArrayEquals(Planes.filled(20, 1), none.input());
    }
  }

  @Test
  void listenerCountsAndStops() throws IOException {
    try (Network net = convolution(false)) {
      var what = List.<Subject>of(new Subject.Channel("c", 0), new Subject.Channel("r", 0));
      long[] last = new long[2];
      var how = Maximization.with(o -> o.steps(5));
      how.of(
          net,
          Shape.of(1, 3, 7, 6),
          PixelRange.of(3, 0, 1),
          what,
          (done, total) -> {
            assertTrue(done > last[0]);
            last[0] = done;
            last[1] = total;
            return true;
          });
      assertArrayEquals(new long[] {10, 10}, last);
      assertThrows(
          CancellationException.class,
          () ->
              how.of(
                  net, Shape.of(1, 3, 7, 6), PixelRange.of(3, 0, 1), what, (done, _) -> done < 3));
    }
  }

  @Test
  void wrongWishesAreRefusedBeforeTheWork() throws IOException {
    Shape input = Shape.of(1, 3, 7, 6);
    PixelRange range = PixelRange.of(3, 0, 1);
    try (Network net = convolution(false)) {
      SynthesisListener never =
          (_, _) -> {
            throw new AssertionError("work was done");
          };
      var how = Maximization.with(o -> o.steps(1));
      for (Subject wrong :
          List.of(
              new Subject.Channel("c", 2),
              new Subject.Channel("c", -1),
              new Subject.Unit("c", 0, 5, 0),
              new Subject.Unit("c", 0, 0, 4),
              category(2))) {
        assertThrows(
            UnusableOptionException.class,
            () -> how.of(net, input, range, List.of(new Subject.Channel("c", 0), wrong), never));
      }
      assertThrows(
          UnknownLayerException.class,
          () -> how.of(net, input, range, List.of(new Subject.Middle("q", 0)), never));
      assertThrows(
          UnusableInputException.class,
          () ->
              how.of(
                  net, input, PixelRange.of(1, 0, 1), List.of(new Subject.Middle("c", 0)), never));
    }
  }

  @Test
  void whatHasNoGradientIsNamed() throws IOException {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 3, 7, 6);
    String steps = b.node("Floor", x).named("steps").out();
    b.output(b.node("Flatten", b.node("GlobalAveragePool", steps).out()).out());
    try (var net =
        Network.load(
            b.write(folder.resolve("flat.onnx")), NetworkOptions.DEFAULT.withDevice("cpu"))) {
      var refused =
          assertThrows(
              NoGradientException.class,
              () ->
                  Maximization.with(o -> o)
                      .of(net, Shape.of(1, 3, 7, 6), PixelRange.of(3, 0, 1), List.of(category(0))));
      assertTrue(refused.getMessage().contains("Floor (node 'steps')"), refused.getMessage());
    }
  }

  @Test
  void optionsRefuseWrongValues() {
    MaximizeOptions o = MaximizeOptions.DEFAULT;
    assertThrows(UnusableOptionException.class, () -> o.steps(0));
    assertThrows(UnusableOptionException.class, () -> o.rate(0));
    assertThrows(UnusableOptionException.class, () -> o.rate(Double.NaN));
    assertThrows(UnusableOptionException.class, () -> o.zoom(1));
    assertThrows(UnusableOptionException.class, () -> o.decay(-0.1));
    assertThrows(UnusableOptionException.class, () -> o.clipNorm(101));
    assertThrows(UnusableOptionException.class, () -> o.blur(Double.POSITIVE_INFINITY));
    assertThrows(UnusableOptionException.class, () -> PixelRange.of(3, 1, 1));
  }
}
