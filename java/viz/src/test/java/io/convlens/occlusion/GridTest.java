package io.convlens.occlusion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.convlens.device.OcclusionSpec.Rectangle;
import io.convlens.io.UnusableOptionException;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

final class GridTest {
  private static Grid grid(int h, int w, UnaryOperator<OcclusionOptions> changes) {
    OcclusionOptions options = changes.apply(OcclusionOptions.DEFAULT);
    return Grid.of(h, w, options.patches().getFirst(), options);
  }

  @Test
  void aSweepOfThePaperHas53TimesWindows() {
    assertEquals(53 * 53, grid(224, 224, o -> o.patch(16).stride(4)).positions());
  }

  @Test
  void theThreeEdgeRules() {
    UnaryOperator<OcclusionOptions> o = x -> x.patch(3).stride(4);
    assertEquals(3, grid(10, 10, x -> o.apply(x).edge(Edge.CLIP)).cols());
    assertEquals(2, grid(10, 10, x -> o.apply(x).edge(Edge.DROP)).cols());
    Grid shift = grid(10, 10, x -> o.apply(x).edge(Edge.SHIFT));
    assertEquals(new Rectangle(0, 7, 3, 10), shift.window(2));
    assertEquals(
        new Rectangle(8, 8, 10, 10), grid(10, 10, x -> o.apply(x).edge(Edge.CLIP)).window(8));
  }

  @Test
  void aWindowOutsideThePictureIsEmpty() {
    Grid grid = grid(5, 5, x -> x.patch(2).stride(7));
    assertEquals(2, grid.cols());
    assertEquals(true, Grid.isEmpty(grid.window(1)));
  }

  @Test
  void aPatchLargerThanThePictureIsRefused() {
    var e = assertThrows(UnusableOptionException.class, () -> grid(8, 20, x -> x.patch(9, 3)));
    assertEquals("patch 9x3 is larger than the network's picture of 8x20", e.getMessage());
  }

  @Test
  void attributionIsTheMeanOverTheCoveringWindows() {
    var random = new Random(5);
    for (int round = 0; round < 200; round++) {
      int h = 1 + random.nextInt(12);
      int w = 1 + random.nextInt(12);
      Edge edge = List.of(Edge.CLIP, Edge.DROP, Edge.SHIFT).get(random.nextInt(3));
      int ph = 1 + random.nextInt(h);
      int pw = 1 + random.nextInt(w);
      int sh = 1 + random.nextInt(6);
      int sw = 1 + random.nextInt(6);
      Grid grid = grid(h, w, o -> o.patch(ph, pw).stride(sh, sw).edge(edge));
      float[] scores = new float[grid.positions()];
      for (int i = 0; i < scores.length; i++) {
        scores[i] = random.nextFloat();
      }
      float base = random.nextFloat();
      float[] found = grid.attribution(base, scores);
      boolean[] covered = grid.covered();
      for (int p = 0; p < h * w; p++) {
        double sum = 0;
        int n = 0;
        for (int i = 0; i < scores.length; i++) {
          Rectangle r = grid.window(i);
          if (p / w >= r.top() && p / w < r.bottom() && p % w >= r.left() && p % w < r.right()) {
            sum += base - scores[i];
            n++;
          }
        }
        assertEquals(n > 0, covered[p]);
        assertEquals(n == 0 ? 0 : sum / n, found[p], 1e-6, grid.toString());
      }
    }
  }
}
