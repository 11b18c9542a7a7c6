package io.convlens.embed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fourier transforms against their definition, repulsion by a grid against that of all pairs. */
final class GridRepulsionTest {
  @ParameterizedTest
  @ValueSource(ints = {4, 12, 16, 24, 32, 48, 96, 192})
  void transformsAreWhatTheyAreDefinedAs(int size) {
    var random = new Random(size);
    int used = size - size / 4;
    float[][] re = new float[size][size];
    float[][] im = new float[size][size];
    float[][] givenRe = new float[size][size];
    float[][] givenIm = new float[size][size];
    for (int r = 0; r < used; r++) {
      for (int c = 0; c < used; c++) {
        givenRe[r][c] = re[r][c] = random.nextFloat() - 0.5f;
        givenIm[r][c] = im[r][c] = random.nextFloat() - 0.5f;
      }
    }
    float[][] toRe = new float[size][size];
    float[][] toIm = new float[size][size];
    new GridFourier(size).forward(re, im, used, toRe, toIm);
    for (int probe = 0; probe < 40; probe++) {
      int across = random.nextInt(size);
      int down = random.nextInt(size);
      double sumRe = 0;
      double sumIm = 0;
      for (int r = 0; r < used; r++) {
        for (int c = 0; c < used; c++) {
          double turn = -2 * Math.PI * ((long) r * down + (long) c * across) / size;
          sumRe += givenRe[r][c] * Math.cos(turn) - givenIm[r][c] * Math.sin(turn);
          sumIm += givenRe[r][c] * Math.sin(turn) + givenIm[r][c] * Math.cos(turn);
        }
      }
      String where = "size %d, across %d, down %d".formatted(size, across, down);
      assertEquals(sumRe, toRe[across][down], 1e-5 * size, where);
      assertEquals(sumIm, toIm[across][down], 1e-5 * size, where);
    }
    new GridFourier(size).inverse(toRe, toIm, used, re, im);
    for (int r = 0; r < used; r++) {
      for (int c = 0; c < used; c++) {
        assertEquals(givenRe[r][c], re[r][c] / size / size, 1e-5);
        assertEquals(givenIm[r][c], im[r][c] / size / size, 1e-5);
      }
    }
  }

  @Test
  void sizesAreTheLeastThereAre() {
    assertEquals(4, GridFourier.sizeFor(3));
    assertEquals(12, GridFourier.sizeFor(9));
    assertEquals(16, GridFourier.sizeFor(13));
    assertEquals(768, GridFourier.sizeFor(513));
    assertEquals(1024, GridFourier.sizeFor(1024));
  }

  /** Clouds as they grow: before the first step, half way, at the end, and one that is a line. */
  @ParameterizedTest
  @ValueSource(doubles = {1e-12, 1e-4, 0.3, 4, 50, -20})
  void theGridRepelsAsAllPairsDo(double spread) {
    var random = new Random(9);
    int n = 3000;
    float[] x = new float[n];
    float[] y = new float[n];
    for (int i = 0; i < n; i++) {
      // Some coincide, most lie in clumps.
      int of = i % 10 == 0 ? i / 2 : i;
      x[i] = of < i ? x[of] : (float) ((of % 5 + 0.2 * random.nextGaussian()) * spread);
      y[i] = of < i ? y[of] : (float) ((of % 3 + 0.2 * random.nextGaussian()) * spread);
      y[i] = spread < 0 ? 7 : y[i];
    }
    float[][] exact = new float[2][n];
    float[][] byGrid = new float[2][n];
    new ExactRepulsion(n).repel(x, y, exact[0], exact[1]);
    double z = ExactRepulsion.normalisation(x, y);
    assertEquals(z, new GridRepulsion().repel(x, y, byGrid[0], byGrid[1]), 3e-3 * z);
    double off = 0;
    double all = 0;
    for (int i = 0; i < n; i++) {
      off += Math.hypot(exact[0][i] - byGrid[0][i], exact[1][i] - byGrid[1][i]);
      all += Math.hypot(exact[0][i], exact[1][i]);
    }
    assertTrue(off <= 0.015 * all, "spread " + spread + ": " + off + " of " + all);
  }

  /** One grid after another, with another extent: nothing of the one before is left. */
  @Test
  void aGridIsUsedAgain() {
    var random = new Random(3);
    float[][] places = new float[2][500];
    var used = new GridRepulsion();
    for (float extent : new float[] {200, 3, 90, 90, 1e-3f, 40}) {
      for (int i = 0; i < 500; i++) {
        places[0][i] = extent * random.nextFloat();
        places[1][i] = extent * random.nextFloat();
      }
      float[][] again = new float[2][500];
      float[][] fresh = new float[2][500];
      double z = used.repel(places[0], places[1], again[0], again[1]);
      assertEquals(new GridRepulsion().repel(places[0], places[1], fresh[0], fresh[1]), z);
      assertArrayEquals(fresh, again);
    }
  }

  @Test
  void cloudsTooWideForAGridGoToTheTree() {
    float[] x = {-2e5f, 0, 0.5f, 1e5f};
    float[] y = {0, 0, 1, 3};
    float[][] tree = new float[2][4];
    float[][] grid = new float[2][4];
    double z = new BarnesHut().repel(x, y, tree[0], tree[1]);
    assertEquals(z, new GridRepulsion().repel(x, y, grid[0], grid[1]));
    assertArrayEquals(tree, grid);
  }

  @Test
  void theSameOnAnyNumberOfThreadsWithAGrid() {
    Points points = Clusters.of(Tsne.EXACT + 300, 9, 5, 2, 8).points();
    Embedding one = Embedding.of(points, new EmbeddingOptions(10, 40, 5, 6, 1), _ -> {});
    Embedding three = Embedding.of(points, new EmbeddingOptions(10, 40, 5, 6, 3), _ -> {});
    assertArrayEquals(one.x(), three.x());
    assertArrayEquals(one.y(), three.y());
    assertEquals(one.kl(), three.kl());
    assertEquals(one.trustworthiness(), three.trustworthiness());
  }

  /** More than one tile of points, equal distances among them. */
  @Test
  void theNearestAreThoseByBruteForce() {
    int n = 2 * Points.TILE + 77;
    var random = new Random(6);
    Points points = Points.zeros(n, 6);
    for (float[] column : points.columns()) {
      for (int i = 0; i < n; i++) {
        column[i] = random.nextInt(7);
      }
    }
    NearestNeighbours near = NearestNeighbours.of(points, 15);
    for (int i = 0; i < n; i += 13) {
      int own = i;
      int[] expected =
          IntStream.range(0, n)
              .filter(j -> j != own)
              .boxed()
              .sorted(
                  Comparator.comparingDouble(
                      (Integer j) -> Clusters.squaredDistance(points, own, j)))
              .limit(15)
              .mapToInt(j -> j)
              .toArray();
      for (int r = 0; r < 15; r++) {
        assertEquals(expected[r], near.indices()[i * 15 + r], "point " + i + ", neighbour " + r);
        assertEquals(
            Clusters.squaredDistance(points, i, expected[r]), near.distances()[i * 15 + r], 1e-3);
      }
    }
  }
}
