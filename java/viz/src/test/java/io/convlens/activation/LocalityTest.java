package io.convlens.activation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The share of a map's mass in its densest tenth. */
final class LocalityTest {
  private final Locality locality = new Locality();

  @Test
  void knownMaps() {
    float[] flat = new float[50];
    Arrays.fill(flat, 3);
    assertEquals(0.1, locality.of(flat, 0, 50), 1e-12);
    float[] point = new float[50];
    point[17] = -2;
    assertEquals(1, locality.of(point, 0, 50));
    assertTrue(Double.isNaN(locality.of(new float[50], 0, 50)));
    // 4 places: one of them is the tenth, rounded up.
    assertEquals(0.4, locality.of(new float[] {9, 1, 2, 4, 3}, 1, 4), 1e-12);
  }

  @Test
  void asSortingSays() {
    for (int seed = 0; seed < 300; seed++) {
      var random = new Random(seed);
      int places = 1 + random.nextInt(200);
      float[] map = new float[places];
      for (int i = 0; i < places; i++) {
        // Whole numbers: many are equal, which is what selection stumbles over.
        map[i] = random.nextInt(1 + random.nextInt(20)) - 5;
      }
      assertEquals(sorted(map), locality.of(map, 0, places), 1e-9, "seed " + seed);
    }
  }

  private static double sorted(float[] map) {
    double[] magnitudes = new double[map.length];
    Arrays.setAll(magnitudes, i -> -Math.abs(map[i]));
    Arrays.sort(magnitudes);
    double dense = Arrays.stream(magnitudes).limit((map.length + 9) / 10).sum();
    return dense / Arrays.stream(magnitudes).sum();
  }
}
