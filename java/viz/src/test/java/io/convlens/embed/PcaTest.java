package io.convlens.embed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Principal components, against what defines them. */
final class PcaTest {
  @Test
  void eigenvectorsOfASymmetricMatrix() {
    var random = new Random(1);
    int n = 9;
    double[][] m = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = i; j < n; j++) {
        m[i][j] = random.nextGaussian();
        m[j][i] = m[i][j];
      }
    }
    SymmetricEigen eigen = SymmetricEigen.of(m);
    for (int e = 0; e < n; e++) {
      double length = 0;
      for (int i = 0; i < n; i++) {
        double image = 0;
        for (int j = 0; j < n; j++) {
          image += m[i][j] * eigen.vectors()[e][j];
        }
        assertEquals(eigen.values()[e] * eigen.vectors()[e][i], image, 1e-9);
        length += eigen.vectors()[e][i] * eigen.vectors()[e][i];
      }
      assertEquals(1, length, 1e-9);
      assertTrue(e == 0 || eigen.values()[e] <= eigen.values()[e - 1]);
    }
  }

  @Test
  void allComponentsKeepAllDistances() {
    // More points than dimensions, and fewer: two ways to the same.
    for (int[] size : new int[][] {{60, 7}, {20, 300}}) {
      Points points = Clusters.of(size[0], size[1], 3, 2, 4).points();
      Points turned = Pca.of(points, Math.min(size[0], size[1]));
      for (int i = 0; i < size[0]; i += 3) {
        for (int j = 0; j < i; j++) {
          double before = Clusters.squaredDistance(points, i, j);
          assertEquals(before, Clusters.squaredDistance(turned, i, j), 1e-4 * before);
        }
      }
    }
  }

  @Test
  void componentsAreUncorrelatedAndTheStrongestFirst() {
    Points turned = Pca.of(Clusters.of(500, 40, 4, 3, 9).points(), 10);
    double before = Double.POSITIVE_INFINITY;
    for (int a = 0; a < 10; a++) {
      double variance = product(turned, a, a);
      assertTrue(variance <= before * (1 + 1e-9), "component " + a);
      before = variance;
      for (int b = 0; b < a; b++) {
        double correlation = product(turned, a, b) / Math.sqrt(variance * product(turned, b, b));
        assertEquals(0, correlation, 2e-3);
      }
    }
  }

  private static double product(Points points, int a, int b) {
    double sum = 0;
    for (int i = 0; i < points.count(); i++) {
      sum += (double) points.columns()[a][i] * points.columns()[b][i];
    }
    return sum;
  }

  @Test
  void bothWaysFindTheSame() {
    // Points along three directions of known strength, in many dimensions.
    var random = new Random(2);
    Points few = Points.zeros(30, 100);
    float[] row = new float[100];
    for (int i = 0; i < 30; i++) {
      float a = (float) random.nextGaussian() * 9;
      float b = (float) random.nextGaussian() * 4;
      for (int k = 0; k < 100; k++) {
        row[k] = 5 + (k < 50 ? a : b);
      }
      few.set(i, row, 0);
    }
    Points found = Pca.of(few, 4);
    for (int i = 0; i < 30; i++) {
      for (int j = 0; j < i; j++) {
        double before = Clusters.squaredDistance(few, i, j);
        assertEquals(before, Clusters.squaredDistance(found, i, j), 1e-3 * before);
      }
      assertEquals(0, found.columns()[2][i], 1e-2);
    }
  }
}
