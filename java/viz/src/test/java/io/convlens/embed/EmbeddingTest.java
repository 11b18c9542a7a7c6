package io.convlens.embed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.io.UnusableOptionException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** t-SNE: its figures against plain loops, its quality on clusters, and what is degenerate. */
final class EmbeddingTest {
  private static final EmbeddingOptions SHORT = new EmbeddingOptions(10, 400, 0, 50, 0);

  private static Embedding embed(Points points, EmbeddingOptions options) {
    return Embedding.of(points, options, _ -> {});
  }

  /** P as it is defined, by bisection in double precision. */
  private static double[][] affinities(Points points, double perplexity) {
    int n = points.count();
    double[][] p = new double[n][n];
    for (int i = 0; i < n; i++) {
      double low = 0;
      double high = 1e6;
      for (int step = 0; step < 200; step++) {
        double beta = (low + high) / 2;
        double sum = 0;
        for (int j = 0; j < n; j++) {
          p[i][j] = i == j ? 0 : Math.exp(-beta * Clusters.squaredDistance(points, i, j));
          sum += p[i][j];
        }
        double entropy = 0;
        for (int j = 0; j < n; j++) {
          p[i][j] /= sum;
          entropy -= p[i][j] > 0 ? p[i][j] * Math.log(p[i][j]) : 0;
        }
        if (sum > 0 && entropy > Math.log(perplexity)) {
          low = beta;
        } else {
          high = beta;
        }
      }
    }
    double[][] joint = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        joint[i][j] = (p[i][j] + p[j][i]) / (2 * n);
      }
    }
    return joint;
  }

  private static double divergence(double[][] p, Embedding e) {
    int n = p.length;
    double z = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        z += i == j ? 0 : near(e, i, j);
      }
    }
    double kl = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        kl += p[i][j] > 0 ? p[i][j] * Math.log(p[i][j] / (near(e, i, j) / z)) : 0;
      }
    }
    return kl;
  }

  private static double near(Embedding e, int i, int j) {
    double dx = (double) e.x()[i] - e.x()[j];
    double dy = (double) e.y()[i] - e.y()[j];
    return 1 / (1 + dx * dx + dy * dy);
  }

  @Test
  void theDivergenceIsWhatItIsDefinedAs() {
    Points points = Clusters.of(150, 6, 3, 1, 3).points();
    Embedding e = embed(points, SHORT);
    double expected = divergence(affinities(points, 10), e);
    assertEquals(expected, e.kl(), 1e-3 * expected);
  }

  @Test
  void theDivergenceFallsFarBelowThatOfTheFirstPlaces() {
    Clusters clusters = Clusters.of(300, 10, 5, 3, 1);
    double before = embed(clusters.points(), new EmbeddingOptions(20, 0, 0, 50, 0)).kl();
    Embedding after = embed(clusters.points(), new EmbeddingOptions(20, 750, 0, 50, 0));
    assertTrue(after.kl() < before / 3, before + " to " + after.kl());
    assertTrue(after.purity(clusters.classes()) > 0.99);
    assertTrue(after.trustworthiness() > 0.9, "trustworthiness " + after.trustworthiness());
  }

  private static List<Integer> ranked(Points points, int i) {
    return IntStream.range(0, points.count())
        .filter(j -> j != i)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer j) -> Clusters.squaredDistance(points, i, j)))
        .toList();
  }

  @Test
  void faithfulnessIsWhatItIsDefinedAs() {
    Points points = Clusters.of(90, 8, 4, 1, 6).points();
    Embedding e = embed(points, SHORT);
    Points plane = new Points(90, new float[][] {e.x(), e.y()});
    int k = 12;
    double penalty = 0;
    double kept = 0;
    for (int i = 0; i < 90; i++) {
      List<Integer> ranks = ranked(points, i);
      for (int j : ranked(plane, i).subList(0, k)) {
        int rank = ranks.indexOf(j) + 1;
        penalty += Math.max(0, rank - k);
        kept += rank <= k ? 1 : 0;
      }
    }
    assertEquals(k, e.k());
    assertEquals(1 - 2 * penalty / (90.0 * k * (2 * 90 - 3 * k - 1)), e.trustworthiness(), 1e-9);
    assertEquals(kept / 90 / k, e.neighboursKept(), 1e-9);
  }

  @Test
  void theSameOnAnyNumberOfThreads() {
    Points points = Clusters.of(700, 20, 5, 2, 8).points();
    Embedding one = embed(points, new EmbeddingOptions(30, 300, 5, 10, 1));
    Embedding four = embed(points, new EmbeddingOptions(30, 300, 5, 10, 4));
    assertArrayEquals(one.x(), four.x());
    assertArrayEquals(one.y(), four.y());
    assertEquals(one.kl(), four.kl());
    Embedding other = embed(points, new EmbeddingOptions(30, 300, 6, 10, 4));
    assertTrue(one.x()[0] != other.x()[0], "the seed does nothing");
  }

  @Test
  void groupsFarAwayRepelAlmostAsTheirPoints() {
    var random = new Random(4);
    int n = 3000;
    float[] x = new float[n];
    float[] y = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) random.nextGaussian() * 20;
      // Some coincide.
      y[i] = i % 10 == 0 ? y[i / 2] : (float) random.nextGaussian() * 8;
      x[i] = i % 10 == 0 ? x[i / 2] : x[i];
    }
    float[][] exact = new float[2][n];
    float[][] grouped = new float[2][n];
    double z = new ExactRepulsion(n).repel(x, y, exact[0], exact[1]);
    assertEquals(ExactRepulsion.normalisation(x, y), z, 1e-4 * z);
    assertEquals(z, new BarnesHut().repel(x, y, grouped[0], grouped[1]), 0.02 * z);
    double off = 0;
    double all = 0;
    for (int i = 0; i < n; i++) {
      off += Math.hypot(exact[0][i] - grouped[0][i], exact[1][i] - grouped[1][i]);
      all += Math.hypot(exact[0][i], exact[1][i]);
    }
    assertTrue(off < 0.03 * all, off + " of " + all);
  }

  @Test
  void nearNeighboursAttractAlmostAsAll() {
    Points points = Clusters.of(400, 10, 4, 2, 2).points();
    var random = new Random(1);
    float[] x = new float[400];
    float[] y = new float[400];
    for (int i = 0; i < 400; i++) {
      x[i] = (float) random.nextGaussian() * 5;
      y[i] = (float) random.nextGaussian() * 5;
    }
    float[][] all = new float[2][400];
    float[][] near = new float[2][400];
    new DenseAffinities(points, 30, true).attract(x, y, all[0], all[1]);
    new SparseAffinities(NearestNeighbours.of(points, 90), 30).attract(x, y, near[0], near[1]);
    double off = 0;
    double sum = 0;
    for (int i = 0; i < 400; i++) {
      off += Math.hypot(all[0][i] - near[0][i], all[1][i] - near[1][i]);
      sum += Math.hypot(all[0][i], all[1][i]);
    }
    assertTrue(off < 0.1 * sum, off + " of " + sum);
  }

  /** Above the sizes where all pairs are looked at, clusters still come out as clusters. */
  @Test
  void manyPoints() {
    Clusters clusters = Clusters.of(Tsne.EXACT + 100, 12, 6, 4, 5);
    Embedding e = embed(clusters.points(), new EmbeddingOptions(15, 350, 0, 50, 0));
    assertTrue(e.purity(clusters.classes()) > 0.99);
    assertTrue(e.trustworthiness() > 0.9, "trustworthiness " + e.trustworthiness());
    assertTrue(e.kl() > 0);
  }

  private static void assertFinite(Embedding e) {
    for (int i = 0; i < e.x().length; i++) {
      assertTrue(Float.isFinite(e.x()[i]) && Float.isFinite(e.y()[i]), "point " + i);
    }
    assertTrue(Double.isFinite(e.kl()) && e.kl() > -1e-6, "kl " + e.kl());
    assertTrue(e.trustworthiness() >= 0 && e.trustworthiness() <= 1);
  }

  @Test
  void fewPoints() {
    for (int n = 1; n < 12; n++) {
      Embedding e = embed(Clusters.of(n, 4, 2, 3, n).points(), EmbeddingOptions.DEFAULT);
      assertFinite(e);
      assertEquals(n, e.x().length);
      assertEquals(n == 1 ? 0 : (n - 1) / 3.0, e.perplexity(), 1e-12);
    }
  }

  @Test
  void pointsThatAreEqual() {
    assertFinite(embed(Points.zeros(40, 5), SHORT));
    Points pairs = Clusters.of(60, 5, 3, 2, 1).points();
    float[] row = new float[5];
    for (int i = 0; i < 30; i++) {
      for (int k = 0; k < 5; k++) {
        // Every other point is one and the same, the rest have a constant coordinate.
        row[k] = k == 2 ? 7 : 1;
        pairs.columns()[2][2 * i + 1] = 7;
      }
      pairs.set(2 * i, row, 0);
    }
    Embedding e = embed(pairs, SHORT);
    assertFinite(e);
    assertTrue(e.neighboursKept() > 0.2);
  }

  @Test
  void largeNumbers() {
    Points points = Clusters.of(50, 5, 3, 2, 1).points();
    for (float[] column : points.columns()) {
      for (int i = 0; i < column.length; i++) {
        column[i] *= 1e12f;
      }
    }
    assertFinite(embed(points, SHORT));
  }

  @Test
  void optionsThatMakeNoSense() {
    for (double perplexity : new double[] {0.5, -3, Double.NaN}) {
      assertThrows(
          UnusableOptionException.class, () -> new EmbeddingOptions(perplexity, 10, 0, 5, 0));
    }
    assertThrows(UnusableOptionException.class, () -> new EmbeddingOptions(5, -1, 0, 5, 0));
    assertThrows(UnusableOptionException.class, () -> new EmbeddingOptions(5, 1, 0, 0, 0));
  }

  @Test
  void snappedWithoutOverlapAndNear() {
    for (int n : new int[] {1, 2, 3, 7, 64, 250}) {
      var random = new Random(n);
      float[] x = new float[n];
      float[] y = new float[n];
      for (int i = 0; i < n; i++) {
        x[i] = random.nextFloat();
        y[i] = random.nextFloat();
      }
      SnappedGrid grid = SnappedGrid.of(x, y);
      List<Integer> cells = new ArrayList<>();
      double moved = 0;
      for (int i = 0; i < n; i++) {
        cells.add(grid.cells()[i]);
        assertTrue(grid.cells()[i] >= 0 && grid.cells()[i] < grid.columns() * grid.rows());
        moved += Math.abs(grid.cells()[i] % grid.columns() - x[i] * (grid.columns() - 1));
      }
      assertEquals(n, cells.stream().distinct().count());
      assertTrue(n < 64 || moved / n < 0.2 * grid.columns(), n + ": " + moved / n);
    }
    // What is a grid stays one.
    float[] x = new float[25];
    float[] y = new float[25];
    for (int i = 0; i < 25; i++) {
      x[i] = i % 5;
      y[i] = (float) Math.floor(i / 5.0);
    }
    int[] cells = SnappedGrid.of(x, y).cells();
    for (int i = 0; i < 25; i++) {
      assertEquals(i, cells[i]);
    }
  }
}
