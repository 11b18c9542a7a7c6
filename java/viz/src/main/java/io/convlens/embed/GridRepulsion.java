package io.convlens.embed;

import java.util.Arrays;

/**
 * Repulsion by interpolation: points give their charge to the nodes of a grid around them, the grid
 * repels itself by a convolution, which is a product of Fourier transforms, and points read what
 * the nodes around them feel (Linderman et al., "Fast interpolation-based t-SNE for improved
 * visualization of single-cell RNA-seq data", Nature Methods 2019). Here the interpolation is by
 * cubic splines through the kernel's values at the nodes, which is smoother than their piecewise
 * polynomials and does with a coarser grid. The sum of all q̃ needs no way back: it is that of the
 * charges' spectrum times the kernel's.
 */
final class GridRepulsion implements Repulsion {
  /** The most that nodes are apart. The kernel 1/(1 + d²) is 1 wide. */
  private static final float WIDEST = 0.4f;

  /** Points nearer than this are one: squares of it are still numbers. */
  private static final float FINEST = 1e-15f;

  /** Points in a small place are given at least so many nodes. */
  private static final int LEAST_NODES = 16;

  /** More would take more time than a tree does. */
  private static final int MOST_NODES = 700;

  /** A point's charge goes to four nodes along each axis: one before and two behind. */
  private static final int MARGIN = 3;

  /**
   * The convolution goes round: behind what points feel there are nodes that nobody feels, so that
   * the kernel's jump there has died down (to 0.27 a node, the root of the splines' equations).
   */
  private static final int APART = 24;

  /** Grids that charges are gathered on before they are added up; fixed, for the sums' order. */
  private static final int GRIDS = 4;

  private static final int BLOCK = 1024;
  private static final int ROWS = 16;

  private final BarnesHut tree = new BarnesHut();
  private GridFourier fourier = new GridFourier(GridFourier.sizeFor(1));
  private int size;
  private float spacing;

  /** The transform of (dx + i·dy)/(1 + d²)², transposed and divided by size². */
  private float[][] turnedRe = new float[0][];

  private float[][] turnedIm = new float[0][];

  /** The transform of 1/(1 + d²), likewise; it has no imaginary part. */
  private float[][] near = new float[0][];

  private float[][] re = new float[0][];
  private float[][] im = new float[0][];
  private float[][] toRe = new float[0][];
  private float[][] toIm = new float[0][];
  private float[][][] charges = new float[0][][];

  @Override
  public double repel(float[] x, float[] y, float[] fx, float[] fy) {
    float left = least(x);
    float top = least(y);
    float extent = Math.max(most(x) - left, most(y) - top);
    float wanted = spacing(extent);
    // A cloud that is no number wide fails the comparison, too.
    if (!(extent / wanted < MOST_NODES)) {
      return tree.repel(x, y, fx, fy);
    }
    int used = (int) (extent / wanted) + 1 + 2 * MARGIN;
    prepare(wanted, GridFourier.sizeFor(2 * used + APART));
    spread(x, y, left, top, used);
    fourier.forward(re, im, used, toRe, toIm);
    double z = convolve();
    fourier.inverse(toRe, toIm, used, re, im);
    gather(x, y, left, top, fx, fy);
    // Each met itself, too.
    return z - x.length;
  }

  /** Halved a few times, so that grids of a growing cloud are seldom new. */
  private static float spacing(float extent) {
    float fine = extent / LEAST_NODES;
    return fine >= WIDEST
        ? WIDEST
        : Math.max(FINEST, WIDEST * Math.scalb(1f, Math.getExponent(fine / WIDEST)));
  }

  private static float least(float[] values) {
    float least = Float.POSITIVE_INFINITY;
    for (float v : values) {
      least = Math.min(least, v);
    }
    return least;
  }

  private static float most(float[] values) {
    float most = Float.NEGATIVE_INFINITY;
    for (float v : values) {
      most = Math.max(most, v);
    }
    return most;
  }

  /** Transforms the kernels anew where nodes are apart, or as many, as they were not before. */
  private void prepare(float newSpacing, int newSize) {
    if (newSpacing == spacing && newSize == size) {
      return;
    }
    if (newSize != size) {
      fourier = new GridFourier(newSize);
      re = new float[newSize][newSize];
      im = new float[newSize][newSize];
      toRe = new float[newSize][newSize];
      toIm = new float[newSize][newSize];
      charges = new float[GRIDS][newSize / 2][newSize / 2];
    }
    size = newSize;
    spacing = newSpacing;
    float[][] ofDistance = new float[size][size];
    float[][] none = new float[size][size];
    float[][] across = new float[size][size];
    float[][] down = new float[size][size];
    for (int r = 0; r < size; r++) {
      double dy = apart(r);
      for (int c = 0; c < size; c++) {
        double dx = apart(c);
        double q = 1 / (1 + dx * dx + dy * dy);
        ofDistance[r][c] = (float) q;
        // Half way round is as far before as behind.
        across[r][c] = 2 * c == size ? 0 : (float) (dx * q * q);
        down[r][c] = 2 * r == size ? 0 : (float) (dy * q * q);
      }
    }
    near = new float[size][size];
    fourier.forward(ofDistance, none, size, near, new float[size][size]);
    turnedRe = new float[size][size];
    turnedIm = new float[size][size];
    fourier.forward(across, down, size, turnedRe, turnedIm);
    double[] splines = splines();
    for (int r = 0; r < size; r++) {
      for (int c = 0; c < size; c++) {
        double factor = 1 / (splines[r] * splines[c]);
        near[r][c] = (float) (near[r][c] * factor / ((double) size * size));
        turnedRe[r][c] = (float) (turnedRe[r][c] * factor / ((double) size * size));
        turnedIm[r][c] = (float) (turnedIm[r][c] * factor / ((double) size * size));
      }
    }
  }

  private double apart(int nodes) {
    return (nodes <= size / 2 ? nodes : nodes - size) * (double) spacing;
  }

  /**
   * What a cubic spline's values at the nodes, 1/6, 4/6 and 1/6, do to each frequency; once for the
   * point that gives and once for the one that feels.
   */
  private double[] splines() {
    double[] splines = new double[size];
    for (int k = 0; k < size; k++) {
      double one = (2 + Math.cos(2 * Math.PI * k / size)) / 3;
      splines[k] = one * one;
    }
    return splines;
  }

  private static void weigh(float t, float[] weights) {
    float rest = 1 - t;
    weights[0] = rest * rest * rest / 6;
    weights[1] = 2f / 3 - t * t * (1 - t / 2);
    weights[2] = 2f / 3 - rest * rest * (1 - rest / 2);
    weights[3] = t * t * t / 6;
  }

  private void spread(float[] x, float[] y, float left, float top, int used) {
    Blocks.run(
        x.length,
        (x.length + GRIDS - 1) / GRIDS,
        (block, from, to) -> {
          float[][] grid = charges[block];
          for (int r = 0; r < used; r++) {
            Arrays.fill(grid[r], 0, used, 0);
          }
          float[] wx = new float[4];
          float[] wy = new float[4];
          for (int i = from; i < to; i++) {
            float u = (x[i] - left) / spacing + MARGIN;
            float v = (y[i] - top) / spacing + MARGIN;
            int column = (int) u;
            int row = (int) v;
            weigh(u - column, wx);
            weigh(v - row, wy);
            for (int r = 0; r < 4; r++) {
              float[] line = grid[row - 1 + r];
              for (int c = 0; c < 4; c++) {
                line[column - 1 + c] += wy[r] * wx[c];
              }
            }
          }
        });
    int grids = Blocks.count(x.length, (x.length + GRIDS - 1) / GRIDS);
    Blocks.run(
        size,
        ROWS,
        (_, from, to) -> {
          for (int r = from; r < to; r++) {
            Arrays.fill(re[r], 0, used, 0);
            Arrays.fill(im[r], 0, used, 0);
            for (int g = 0; g < grids && r < used; g++) {
              add(charges[g][r], re[r], used);
            }
          }
        });
  }

  private static void add(float[] what, float[] to, int count) {
    for (int i = 0; i < count; i++) {
      to[i] += what[i];
    }
  }

  /** Charges' spectrum times the kernel's, and Σ q̃ over all pairs, each with itself, too. */
  private double convolve() {
    return Blocks.sum(
        size,
        ROWS,
        (from, to) -> {
          double sum = 0;
          float[] powers = new float[size];
          for (int r = from; r < to; r++) {
            multiply(toRe[r], toIm[r], turnedRe[r], turnedIm[r], near[r], powers);
            for (float power : powers) {
              sum += power;
            }
          }
          return sum;
        });
  }

  private static void multiply(
      float[] re, float[] im, float[] byRe, float[] byIm, float[] near, float[] powers) {
    for (int c = 0; c < powers.length; c++) {
      float a = re[c];
      float b = im[c];
      powers[c] = (a * a + b * b) * near[c];
      re[c] = a * byRe[c] - b * byIm[c];
      im[c] = a * byIm[c] + b * byRe[c];
    }
  }

  private void gather(float[] x, float[] y, float left, float top, float[] fx, float[] fy) {
    Blocks.run(
        x.length,
        BLOCK,
        (_, from, to) -> {
          float[] wx = new float[4];
          float[] wy = new float[4];
          for (int i = from; i < to; i++) {
            float u = (x[i] - left) / spacing + MARGIN;
            float v = (y[i] - top) / spacing + MARGIN;
            int column = (int) u;
            int row = (int) v;
            weigh(u - column, wx);
            weigh(v - row, wy);
            float sumX = 0;
            float sumY = 0;
            for (int r = 0; r < 4; r++) {
              float[] across = re[row - 1 + r];
              float[] down = im[row - 1 + r];
              float lineX = 0;
              float lineY = 0;
              for (int c = 0; c < 4; c++) {
                lineX += wx[c] * across[column - 1 + c];
                lineY += wx[c] * down[column - 1 + c];
              }
              sumX += wy[r] * lineX;
              sumY += wy[r] * lineY;
            }
            fx[i] = sumX;
            fy[i] = sumY;
          }
        });
  }
}
