package io.convlens.embed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Assignments against all that there are, and against the grid that is found soon. */
final class AssignmentTest {
  private static double total(double[][] costs, int[] columns) {
    double total = 0;
    for (int row = 0; row < columns.length; row++) {
      total += costs[row][columns[row]];
    }
    return total;
  }

  private static double least(double[][] costs, int row, boolean[] taken) {
    if (row == costs.length) {
      return 0;
    }
    double least = Double.POSITIVE_INFINITY;
    for (int column = 0; column < taken.length; column++) {
      if (!taken[column]) {
        taken[column] = true;
        least = Math.min(least, costs[row][column] + least(costs, row + 1, taken));
        taken[column] = false;
      }
    }
    return least;
  }

  @Test
  void theLeastOfAllThereAre() {
    for (int seed = 0; seed < 600; seed++) {
      var random = new Random(seed);
      int rows = 1 + random.nextInt(6);
      int columns = rows + random.nextInt(2);
      double[][] costs = new double[rows][columns];
      // Few different costs, so that there are draws; some negative.
      int kinds = seed % 3 == 0 ? 3 : 1000;
      for (double[] row : costs) {
        Arrays.setAll(row, _ -> random.nextInt(kinds) - kinds / 3.0);
      }
      int[] found = Assignment.least(rows, columns, (r, c) -> costs[r][c]);
      String problem = "seed " + seed + ": " + Arrays.deepToString(costs);
      assertEquals(rows, Arrays.stream(found).distinct().count(), problem);
      assertEquals(least(costs, 0, new boolean[columns]), total(costs, found), 1e-9, problem);
    }
    assertThrows(IllegalArgumentException.class, () -> Assignment.least(3, 2, (_, _) -> 1));
  }

  private static double moved(float[] x, float[] y, SnappedGrid grid) {
    double moved = 0;
    for (int i = 0; i < x.length; i++) {
      int cell = grid.cells()[i];
      double dx = x[i] * (grid.columns() - 1) - cell % grid.columns();
      double dy = y[i] * (grid.rows() - 1) - Math.floorDiv(cell, grid.columns());
      moved += dx * dx + dy * dy;
    }
    return moved;
  }

  /** Clumps: where the grid that is found soon is off by some per cent. */
  @Test
  void noGridIsNearer() {
    for (int n : new int[] {50, 211, 400}) {
      var random = new Random(n);
      float[] x = new float[n];
      float[] y = new float[n];
      for (int i = 2; i < n; i++) {
        x[i] = Math.clamp(i % 3 * 0.4f + (float) random.nextGaussian() * 0.05f, 0, 1);
        y[i] = Math.clamp(i % 2 * 0.8f + (float) random.nextGaussian() * 0.05f, 0, 1);
      }
      x[1] = 1;
      y[1] = 1;
      SnappedGrid exact = SnappedGrid.of(x, y);
      double soon = moved(x, y, SnappedGrid.near(x, y, exact.columns(), exact.rows()));
      double least = moved(x, y, exact);
      assertTrue(least <= soon + 1e-6, n + ": " + least + " against " + soon);
      assertTrue(n < 200 || least < soon - 1e-6, n + ": " + least + " against " + soon);
    }
  }
}
