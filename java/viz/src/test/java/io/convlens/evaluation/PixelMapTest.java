package io.convlens.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.evaluation.PixelMap.Joining;
import io.convlens.gradient.GaussianBlur;
import io.convlens.graph.PixelBox;
import io.convlens.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Maps, their orders, the controls and what is computed of them. */
final class PixelMapTest {
  @Test
  void channelsAreJoined() {
    Shape shape = Shape.of(2, 1, 2);
    float[] values = {1, -3, -2, 2};
    assertArrayEquals(new float[] {-1, -1}, PixelMap.of(shape, values, Joining.SUM, 1, 2).values());
    assertArrayEquals(
        new float[] {2, 3}, PixelMap.of(shape, values, Joining.LARGEST, 1, 2).values());
  }

  /** Middles of 4 pixels over 2: at −0.25, 0.25, 0.75 and 1.25 of the coarse ones. */
  @Test
  void enlargedBetweenMiddles() {
    float[] row = PixelMap.of(Shape.of(1, 1, 2), new float[] {0, 4}, Joining.SUM, 1, 4).values();
    assertArrayEquals(new float[] {0, 1, 3, 4}, row);
    float[] column = PixelMap.of(Shape.of(1, 2, 1), new float[] {0, 4}, Joining.SUM, 4, 2).values();
    assertArrayEquals(new float[] {0, 0, 1, 1, 3, 3, 4, 4}, column);
  }

  @Test
  void mostRelevantFirst() {
    var map = new PixelMap(1, 5, new float[] {-1, 7, -3, 0.5f, 2});
    assertArrayEquals(new int[] {1, 4, 3, 0, 2}, map.order(0));
    assertEquals(1, map.peak());
    int[] flat = new PixelMap(10, 10, new float[100]).order(5);
    int[] sorted = flat.clone();
    Arrays.sort(sorted);
    assertFalse(Arrays.equals(sorted, flat), "equal places come by chance");
    assertEquals(99, sorted[99]);
    assertArrayEquals(flat, new PixelMap(10, 10, new float[100]).order(5));
  }

  @Test
  void correlations() {
    assertEquals(
        0.8, Correlation.spearman(new float[] {1, 2, 3, 4}, new float[] {1, 9, 99, 30}), 1e-12);
    assertEquals(-1, Correlation.spearman(new float[] {1, 2, 3}, new float[] {5, 0, -5}), 1e-12);
    // Ranks 0.5, 0.5, 2 against 0, 1, 2: 1.5 / √(1.5·2).
    double tied = Correlation.spearman(new float[] {1, 1, 2}, new float[] {1, 2, 3});
    assertEquals(1.5 / Math.sqrt(3), tied, 1e-12);
    assertEquals(0, Correlation.spearman(new float[] {1, 1}, new float[] {1, 2}));
  }

  @Test
  void infidelityTakesTheBestFactor() {
    int[][] sets = {{0}, {1}};
    var removals = new Removals(sets, new double[] {2, 4});
    assertEquals(0, removals.infidelity(new PixelMap(1, 2, new float[] {1, 2})), 1e-12);
    assertEquals(1, removals.correlation(new PixelMap(1, 2, new float[] {1, 2})), 1e-12);
    var even = new Removals(sets, new double[] {1, 1});
    assertEquals(1, even.infidelity(new PixelMap(1, 2, new float[] {1, -1})), 1e-12);
    assertEquals(0.5, even.infidelity(new PixelMap(1, 2, new float[] {1, 0})), 1e-12);
    assertEquals(0, even.correlation(new PixelMap(1, 2, new float[] {1, 0})), 1e-12);
  }

  @Test
  void areaByTrapezoids() {
    assertEquals(0.5, new Curve(new float[] {1, 0}).area(), 1e-12);
    assertEquals((0.5 + 0.6 + 0.1) / 2, new Curve(new float[] {1, 0.6f, 0.2f}).area(), 1e-7);
  }

  @Test
  void pointing() {
    float[] values = new float[100];
    values[34] = 1;
    var map = new PixelMap(10, 10, values);
    var box = new PixelBox(6, 3, 9, 5);
    assertFalse(new Pointing(1).hits(map, List.of(box)), "the peak is at (4, 3): two off");
    assertTrue(new Pointing(2).hits(map, List.of(box)));
    assertTrue(new Pointing(0).hits(map, List.of(box, new PixelBox(4, 3, 5, 4))));
    assertFalse(new Pointing(0).hits(map, List.of(new PixelBox(2, 3, 4, 4))), "ends are exclusive");
  }

  /** A step of 3 across: Sobel's weights 1, 2, 1 make 12 beside it. */
  @Test
  void edges() {
    var places = new Places(3, 4, 2, true);
    float[] input = new float[24];
    for (int i = 0; i < 12; i++) {
      // The mean over channels is 0 left of the middle and 3 right of it.
      input[2 * i] = i % 4 < 2 ? 1 : 4;
      input[2 * i + 1] = i % 4 < 2 ? -1 : 2;
    }
    float[] map = new EdgeExplainer(places).explain(new Query(0, 0, input, 0)).relevance().values();
    assertArrayEquals(new float[] {0, 12, 12, 0, 0, 12, 12, 0, 0, 12, 12, 0}, map, 1e-5f);
  }

  @Test
  void randomMapsDiffer() {
    var places = new Places(4, 4, 1, false);
    var random = new RandomExplainer(places, 3);
    float[] first = random.explain(new Query(0, 0, new float[16], 0)).values();
    assertArrayEquals(first, random.explain(new Query(0, 0, new float[16], 0)).values());
    assertFalse(Arrays.equals(first, random.explain(new Query(1, 0, new float[16], 0)).values()));
    assertFalse(Arrays.equals(first, random.explain(new Query(0, 1, new float[16], 0)).values()));
  }

  /** Weights 1 and e^−½ where there are neighbours, made to add up to 1. */
  @Test
  void blur() {
    double side = Math.exp(-0.5);
    float[] row = {0, 1, 0, 0};
    new GaussianBlur(1, 1).blur(row, 0, 1, 1, 4);
    float edge = (float) (side / (1 + side));
    float middle = (float) (1 / (1 + 2 * side));
    assertArrayEquals(new float[] {edge, middle, (float) (side / (1 + 2 * side)), 0}, row, 1e-6f);
    float[] planes = {5, 0, 5, 9};
    new GaussianBlur(1, 1).blur(planes, 0, 2, 1, 2);
    assertArrayEquals(new float[] {5, 0, 5, 9}, planes, 1e-6f);
  }
}
