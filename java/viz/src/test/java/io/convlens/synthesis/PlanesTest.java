package io.convlens.synthesis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Filters, total variation and views, against their definitions. */
final class PlanesTest {
  private static final int HEIGHT = 7;
  private static final int WIDTH = 9;
  private static final int SIZE = 2 * HEIGHT * WIDTH;
  private final Planes planes = new Planes(HEIGHT, WIDTH);

  private static float[] random(long seed) {
    var random = new Random(seed);
    float[] x = new float[SIZE];
    for (int i = 0; i < x.length; i++) {
      x[i] = random.nextFloat();
    }
    return x;
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  @Test
  void evenPicturesStayEven() {
    float[] even = Planes.filled(SIZE, 0.3f);
    assertArrayEquals(even, planes.blurred(even, 2.5), 1e-6f);
    for (int level = 0; level < 6; level++) {
      assertArrayEquals(even, planes.coarser(even, level), 1e-6f);
    }
    assertArrayEquals(new float[SIZE], planes.variationGradient(even, 1), 1e-6f);
  }

  @Test
  void blurIsAGaussian() {
    var wide = new Planes(1, 41);
    float[] point = new float[41];
    point[20] = 1;
    float[] blurred = wide.blurred(point, 2);
    for (int i = 15; i <= 25; i++) {
      double expected = Math.exp(-(i - 20) * (i - 20) / 8.0) / Math.sqrt(8 * Math.PI);
      assertEquals(expected, blurred[i], 1e-3);
    }
  }

  @Test
  void variationsGradientIsItsSlope() {
    for (double beta : new double[] {1, 2, 3}) {
      float[] x = random(3);
      float[] gradient = planes.variationGradient(x, beta);
      for (int i = 0; i < SIZE; i += 5) {
        float[] up = x.clone();
        float[] down = x.clone();
        up[i] += 1e-3f;
        down[i] -= 1e-3f;
        double slope =
            (planes.variation(up, beta) - planes.variation(down, beta)) / (up[i] - down[i]);
        assertEquals(slope, gradient[i], 2e-2 * Math.max(1, Math.abs(slope)));
      }
    }
  }

  /** The way back is the transposed of the way there: 〈view x, g〉 = 〈x, back g〉. */
  @Test
  void wayBackIsTransposed() {
    var draws = new SplittableRandom(5);
    for (int i = 0; i < 20; i++) {
      Warp warp = Warp.draw(HEIGHT, WIDTH, 3, 0.3, 40, draws);
      float[] x = random(i);
      float[] g = random(100 + i);
      assertEquals(dot(warp.view(x), g), dot(x, warp.back(g)), 1e-3);
      assertArrayEquals(Planes.filled(SIZE, 0.7f), warp.view(Planes.filled(SIZE, 0.7f)), 1e-6f);
    }
  }

  @Test
  void stillViewIsThePicture() {
    Warp warp = Warp.draw(HEIGHT, WIDTH, 0, 0, 0, new SplittableRandom(1));
    assertArrayEquals(random(8), warp.view(random(8)), 1e-6f);
  }

  @Test
  void shiftsByWholePixels() {
    float[] x = random(9);
    boolean shifted = false;
    for (int seed = 0; seed < 8; seed++) {
      float[] view = Warp.draw(HEIGHT, WIDTH, 2, 0, 0, new SplittableRandom(seed)).view(x);
      float middle = view[3 * WIDTH + 4];
      int found = 0;
      for (int y = 1; y <= 5; y++) {
        for (int xx = 2; xx <= 6; xx++) {
          found += x[y * WIDTH + xx] == middle ? 1 : 0;
        }
      }
      assertEquals(1, found);
      shifted |= middle != x[3 * WIDTH + 4];
    }
    assertTrue(shifted);
  }
}
