package io.convlens.embed;

import java.util.Arrays;
import java.util.Random;

/**
 * Principal components by orthogonal iteration with Rayleigh and Ritz's step, on the covariance
 * matrix where that fits, else on the points themselves. Source: Halko, Martinsson and Tropp,
 * "Finding structure with randomness", 2011, with as many iterations as it takes.
 */
final class Pca {
  /** Extra directions that make the wanted ones converge faster. */
  private static final int MORE = 12;

  private static final int MOST_ITERATIONS = 201;

  /** Steps from one look at the eigenvalues to the next. */
  private static final int RITZ_EVERY = 4;

  /** More of them would cost minutes where no covariance matrix can be had. */
  private static final int ITERATIONS_ON_POINTS = 9;

  /** The relative change of the wanted eigenvalues that counts as none. */
  private static final double SETTLED = 1e-9;

  /** The most rows of a matrix of products. */
  private static final int MOST_ROWS = 3000;

  private static final int BLOCK = 64;
  private static final int ROWS = 16;

  /** Points whose products are added to a sum at once. */
  private static final int TOGETHER = 4;

  /** Times so many, points are turned into rows together. */
  private static final int TURNED = 64;

  /** Points whose places along an axis stay in the first cache. */
  private static final int TILE = 2048;

  private final Points points;
  private final double[] means;

  private Pca(Points points) {
    this.points = points;
    this.means = new double[points.dimensions()];
    Blocks.run(
        means.length,
        BLOCK,
        (_, from, to) -> {
          for (int k = from; k < to; k++) {
            for (float v : points.columns()[k]) {
              means[k] += v / points.count();
            }
          }
        });
  }

  /**
   * The points along their first principal components, the strongest first, each turned so that
   * what is farthest from the mean is positive.
   *
   * @param wanted how many components; fewer come back where there are fewer dimensions
   */
  static Points of(Points points, int wanted) {
    int components = Math.min(wanted, Math.min(points.dimensions(), points.count()));
    var pca = new Pca(points);
    boolean fewPoints = points.count() < points.dimensions() && points.count() <= MOST_ROWS;
    return pca.turned(fewPoints ? pca.byPoints(components) : pca.projections(pca.axes(components)));
  }

  /** Fewer points than dimensions: the products of points with each other say the same. */
  private double[][] byPoints(int components) {
    int n = points.count();
    double[][] gram = new double[n][n];
    Blocks.run(
        n,
        1,
        (i, _, _) -> {
          for (int k = 0; k < means.length; k++) {
            float[] column = points.columns()[k];
            double factor = (column[i] - means[k]) / n;
            for (int j = 0; j < n; j++) {
              gram[i][j] += factor * (column[j] - means[k]);
            }
          }
        });
    int block = Math.min(components + MORE, n);
    double[][] axes = iterate(n, block, components, MOST_ITERATIONS, v -> product(gram, v));
    double[][] images = product(gram, axes);
    for (int a = 0; a < axes.length; a++) {
      double variance = Math.max(0, dot(axes[a], images[a]));
      for (int i = 0; i < n; i++) {
        axes[a][i] *= Math.sqrt(variance * n);
      }
    }
    return axes;
  }

  private double[][] axes(int components) {
    int d = points.dimensions();
    int n = points.count();
    int block = Math.min(components + MORE, Math.min(d, n));
    if (d <= MOST_ROWS) {
      double[][] covariance = covariance();
      return iterate(d, block, components, MOST_ITERATIONS, v -> product(covariance, v));
    }
    return iterate(d, block, components, ITERATIONS_ON_POINTS, v -> spread(projections(v)));
  }

  private interface Operator {
    double[][] apply(double[][] vectors);
  }

  private static double[][] iterate(
      int length, int block, int wanted, int most, Operator operator) {
    var random = new Random(0);
    double[][] v = new double[block][length];
    for (double[] vector : v) {
      Arrays.setAll(vector, _ -> random.nextGaussian());
    }
    orthonormalise(v);
    double[] before = new double[block];
    for (int i = 0; i < most; i++) {
      double[][] w = operator.apply(v);
      if (i % RITZ_EVERY != 0) {
        v = w;
        orthonormalise(v);
        continue;
      }
      SymmetricEigen small = SymmetricEigen.of(products(v, w));
      boolean settled = settled(before, small.values(), wanted);
      before = small.values();
      if (settled) {
        v = combined(small.vectors(), v);
        break;
      }
      v = combined(small.vectors(), w);
      orthonormalise(v);
    }
    return Arrays.copyOf(v, wanted);
  }

  private static boolean settled(double[] before, double[] now, int wanted) {
    for (int i = 0; i < wanted; i++) {
      if (Math.abs(now[i] - before[i]) > SETTLED * Math.abs(now[0])) {
        return false;
      }
    }
    return true;
  }

  /** Gram and Schmidt, twice, in order: earlier vectors keep their direction. */
  private static void orthonormalise(double[][] v) {
    for (int i = 0; i < v.length; i++) {
      for (int pass = 0; pass < 2; pass++) {
        for (int j = 0; j < i; j++) {
          add(v[i], v[j], -dot(v[i], v[j]));
        }
      }
      double length = Math.sqrt(dot(v[i], v[i]));
      if (length > 0) {
        for (int k = 0; k < v[i].length; k++) {
          v[i][k] /= length;
        }
      }
    }
  }

  private static double dot(double[] a, double[] b) {
    // Four sums at once: one would wait for each addition.
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int k = 0;
    for (; k + 3 < a.length; k += 4) {
      s0 += a[k] * b[k];
      s1 += a[k + 1] * b[k + 1];
      s2 += a[k + 2] * b[k + 2];
      s3 += a[k + 3] * b[k + 3];
    }
    for (; k < a.length; k++) {
      s0 += a[k] * b[k];
    }
    return s0 + s1 + (s2 + s3);
  }

  private static void add(double[] to, double[] what, double factor) {
    for (int k = 0; k < to.length; k++) {
      to[k] += factor * what[k];
    }
  }

  private static double[][] products(double[][] v, double[][] w) {
    int n = v.length;
    double[][] m = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = i; j < n; j++) {
        m[i][j] = dot(v[i], w[j]);
        m[j][i] = m[i][j];
      }
    }
    return m;
  }

  private static double[][] combined(double[][] factors, double[][] vectors) {
    double[][] sums = new double[factors.length][vectors[0].length];
    for (int i = 0; i < factors.length; i++) {
      for (int j = 0; j < vectors.length; j++) {
        add(sums[i], vectors[j], factors[i][j]);
      }
    }
    return sums;
  }

  /** A matrix times each vector. */
  private static double[][] product(double[][] matrix, double[][] vectors) {
    double[][] result = new double[vectors.length][matrix.length];
    Blocks.run(
        vectors.length,
        1,
        (i, _, _) -> {
          for (int k = 0; k < matrix.length; k++) {
            add(result[i], matrix[k], vectors[i][k]);
          }
        });
    return result;
  }

  /**
   * Of all coordinates with all, around their means. A few points at a time add their products to
   * all sums: side by side, where a sum over points would wait for each addition.
   */
  private double[][] covariance() {
    int d = points.dimensions();
    double[][] m = new double[d][d];
    double[][] batch = new double[TURNED * TOGETHER][d];
    for (int first = 0; first < points.count(); first += batch.length) {
      int here = Math.min(batch.length, points.count() - first);
      gather(first, here, batch);
      Blocks.run(
          d,
          ROWS,
          (_, from, to) -> {
            for (int p = 0; p < here; p += TOGETHER) {
              for (int i = from; i < to; i++) {
                addProducts(m[i], batch[p], batch[p + 1], batch[p + 2], batch[p + 3], i);
              }
            }
          });
    }
    for (int i = 0; i < d; i++) {
      for (int j = i; j < d; j++) {
        m[i][j] /= points.count();
        m[j][i] = m[i][j];
      }
    }
    return m;
  }

  /** Points as rows, around their means; what is left of the last few becomes zero. */
  private void gather(int first, int here, double[][] batch) {
    for (int k = 0; k < means.length; k++) {
      float[] column = points.columns()[k];
      for (int p = 0; p < batch.length; p++) {
        batch[p][k] = p < here ? column[first + p] - means[k] : 0;
      }
    }
  }

  private static void addProducts(
      double[] to, double[] a, double[] b, double[] c, double[] d, int i) {
    double ofA = a[i];
    double ofB = b[i];
    double ofC = c[i];
    double ofD = d[i];
    for (int j = i; j < to.length; j++) {
      to[j] += ofA * a[j] + ofB * b[j] + (ofC * c[j] + ofD * d[j]);
    }
  }

  private static double dot(double[] a, float[] b, double mean) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int k = 0;
    for (; k + 3 < a.length; k += 4) {
      s0 += a[k] * (b[k] - mean);
      s1 += a[k + 1] * (b[k + 1] - mean);
      s2 += a[k + 2] * (b[k + 2] - mean);
      s3 += a[k + 3] * (b[k + 3] - mean);
    }
    for (; k < a.length; k++) {
      s0 += a[k] * (b[k] - mean);
    }
    return s0 + s1 + (s2 + s3);
  }

  /** Each point's place along each axis: {@code [axes][points]}. */
  private double[][] projections(double[][] axes) {
    double[][] places = new double[axes.length][points.count()];
    Blocks.run(
        axes.length,
        1,
        (a, _, _) -> {
          for (int from = 0; from < points.count(); from += TILE) {
            int to = Math.min(points.count(), from + TILE);
            for (int k = 0; k < means.length; k++) {
              add(places[a], points.columns()[k], axes[a][k], means[k], from, to);
            }
          }
        });
    return places;
  }

  private static void add(
      double[] to, float[] column, double factor, double mean, int from, int end) {
    for (int i = from; i < end; i++) {
      to[i] += factor * (column[i] - mean);
    }
  }

  /** The other way: for each axis the sum over all points of place times point. */
  private double[][] spread(double[][] places) {
    double[][] axes = new double[places.length][means.length];
    Blocks.run(
        places.length,
        1,
        (a, _, _) -> {
          for (int k = 0; k < means.length; k++) {
            axes[a][k] = dot(places[a], points.columns()[k], means[k]) / points.count();
          }
        });
    return axes;
  }

  private Points turned(double[][] places) {
    float[][] columns = new float[places.length][points.count()];
    for (int a = 0; a < places.length; a++) {
      double most = 0;
      for (double v : places[a]) {
        most = Math.abs(v) > Math.abs(most) ? v : most;
      }
      for (int i = 0; i < columns[a].length; i++) {
        columns[a][i] = (float) (most < 0 ? -places[a][i] : places[a][i]);
      }
    }
    return new Points(points.count(), columns);
  }
}
