package io.convlens.synthesis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.graph.NoGradientException;
import io.convlens.graph.OnnxBuilder;
import io.convlens.graph.UnknownLayerException;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What codes of known layers lead back to. */
final class InversionTest {
  private static final int PIXELS = LinearNetwork.PIXELS;

  @TempDir private Path folder;

  /** A layer with as many numbers as pixels from which each pixel can be told. */
  private static float[] injective() {
    var random = new Random(4);
    float[] weights = new float[PIXELS * PIXELS];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (i % (PIXELS + 1) == 0 ? 1 : 0) + 0.1f * (float) random.nextGaussian();
    }
    return weights;
  }

  private static Tensor pictures(int count) {
    var random = new Random(6);
    float[] all = new float[count * PIXELS];
    for (int i = 0; i < all.length; i++) {
      all[i] = -1 + 4 * random.nextFloat();
    }
    return Tensor.of(LinearNetwork.INPUT.with(0, count), all);
  }

  @Test
  void injectiveLayerGivesThePictureBack() throws IOException {
    for (int bands : new int[] {0, 2}) {
      var exact = Inversion.with(o -> o.bands(bands).variation(0).size(0).steps(800).rate(0.05));
      try (var net = LinearNetwork.load(folder, injective());
          Tensor pictures = pictures(3)) {
        List<Reconstruction> found = exact.of(net, pictures, LinearNetwork.RANGE, "scores");
        float[] all = pictures.toArray();
        for (int n = 0; n < 3; n++) {
          Reconstruction r = found.get(n);
          assertTrue(r.start() > 0.3, "starts at " + r.start());
          assertTrue(r.error() < 0.01, "ends at " + r.error());
          for (int i = 0; i < PIXELS; i++) {
            assertEquals(all[n * PIXELS + i], r.input()[i], 0.04);
          }
        }
      }
    }
  }

  /** The error is that of the layer's values, worked out again outside. */
  @Test
  void errorIsThatOfTheCodes() throws IOException {
    float[] w = injective();
    try (var net = LinearNetwork.load(folder, w);
        Tensor pictures = pictures(1)) {
      Reconstruction r =
          Inversion.with(o -> o.steps(5))
              .of(net, pictures, LinearNetwork.RANGE, "scores")
              .getFirst();
      float[] original = pictures.toArray();
      double off = 0;
      double size = 0;
      for (int k = 0; k < PIXELS; k++) {
        double code = 0;
        double wanted = 0;
        for (int i = 0; i < PIXELS; i++) {
          code += w[k * PIXELS + i] * r.input()[i];
          wanted += w[k * PIXELS + i] * original[i];
        }
        off += (code - wanted) * (code - wanted);
        size += wanted * wanted;
      }
      assertEquals(Math.sqrt(off / size), r.error(), 1e-5);
    }
  }

  /** What a layer does not see is left to the regularisers: it stays grey and even. */
  @Test
  void unseenPixelsStayGrey() throws IOException {
    float[] first = new float[PIXELS];
    first[0] = 1;
    try (var net = LinearNetwork.load(folder, first);
        Tensor pictures = pictures(1)) {
      Reconstruction r =
          Inversion.with(o -> o.bands(0).variation(0).noise(0).steps(300).size(1e-9))
              .of(net, pictures, LinearNetwork.RANGE, "scores")
              .getFirst();
      assertEquals(pictures.get(0), r.input()[0], 0.02);
      for (int i = 1; i < PIXELS; i++) {
        assertEquals(1, r.input()[i], 1e-5);
      }
    }
  }

  /** More weight of the total variation, less of it. */
  @Test
  void variationSmooths() throws IOException {
    var planes = new Planes(LinearNetwork.HEIGHT, LinearNetwork.WIDTH);
    double rough = Double.POSITIVE_INFINITY;
    try (var net = LinearNetwork.load(folder, injective());
        Tensor pictures = pictures(1)) {
      for (double weight : new double[] {0, 0.01, 1}) {
        float[] x =
            Inversion.with(o -> o.variation(weight))
                .of(net, pictures, LinearNetwork.RANGE, "scores")
                .getFirst()
                .input();
        assertTrue(planes.variation(x, 2) < rough);
        rough = planes.variation(x, 2);
      }
    }
  }

  @Test
  void companyDoesNotMatter() throws IOException {
    var how = Inversion.with(o -> o.steps(10));
    try (var net = LinearNetwork.load(folder, injective());
        Tensor three = pictures(3);
        Tensor one = pictures(1)) {
      float[] together = how.of(net, three, LinearNetwork.RANGE, "scores").getFirst().input();
      float[] alone = how.of(net, one, LinearNetwork.RANGE, "scores").getFirst().input();
      float[] again = how.of(net, one, LinearNetwork.RANGE, "scores").getFirst().input();
      assertArrayEquals(alone, together, 1e-3f);
      assertArrayEquals(alone, again);
    }
  }

  @Test
  void listenerCountsAndStops() throws IOException {
    try (var net = LinearNetwork.load(folder, injective());
        Tensor pictures = pictures(2)) {
      long[] last = new long[2];
      var how = Inversion.with(o -> o.steps(4));
      SynthesisListener counts =
          (done, total) -> {
            assertTrue(done > last[0]);
            last[0] = done;
            last[1] = total;
            return true;
          };
      how.of(net, pictures, LinearNetwork.RANGE, "scores", counts);
      assertArrayEquals(new long[] {8, 8}, last);
      assertThrows(
          CancellationException.class,
          () -> how.of(net, pictures, LinearNetwork.RANGE, "scores", (_, _) -> false));
    }
  }

  @Test
  void whatCantBeInvertedIsRefused() throws IOException {
    var how = Inversion.with(o -> o.steps(1));
    SynthesisListener never =
        (_, _) -> {
          throw new AssertionError("work was done");
        };
    try (var net = LinearNetwork.load(folder, injective());
        Tensor dark = Tensor.zeros(LinearNetwork.INPUT)) {
      assertThrows(
          UnknownLayerException.class, () -> how.of(net, dark, LinearNetwork.RANGE, "none", never));
      var refused =
          assertThrows(
              UnusableOptionException.class,
              () -> how.of(net, dark, LinearNetwork.RANGE, "scores", never));
      assertTrue(refused.getMessage().contains("zero everywhere"), refused.getMessage());
    }
    var b = new OnnxBuilder(13);
    String steps = b.node("Floor", b.input("x", -1, 1, 4, 5)).named("steps").out();
    b.output(b.node("Flatten", b.node("GlobalAveragePool", steps).out()).out());
    try (var net =
            Network.load(
                b.write(folder.resolve("flat.onnx")), NetworkOptions.DEFAULT.withDevice("cpu"));
        Tensor picture = Tensor.of(Shape.of(1, 1, 4, 5), new float[20])) {
      assertThrows(
          NoGradientException.class,
          () -> how.of(net, picture, LinearNetwork.RANGE, "steps", never));
    }
  }
}
