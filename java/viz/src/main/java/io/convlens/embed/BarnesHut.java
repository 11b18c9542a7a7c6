package io.convlens.embed;

import java.util.Arrays;

/**
 * Far groups of points repel as one: a quadtree whose cells stand for their points where they are
 * seen under a small angle. Van der Maaten, "Accelerating t-SNE using tree-based algorithms", JMLR
 * 2014.
 */
final class BarnesHut implements Repulsion {
  /** The ratio of a cell's side to its distance below which it stands for its points. */
  private static final double ANGLE = 0.5;

  /** Points nearer to each other than the plane's extent over 2 to this power are one. */
  private static final int DEEPEST = 40;

  private static final int BLOCK = 256;
  private static final int NONE = -1;

  private int cells;
  private int[] children = new int[0];
  private int[] counts = new int[0];
  private double[] sumX = new double[0];
  private double[] sumY = new double[0];
  private double[] sides = new double[0];

  /**
   * What a point sees of a cell, in one place: its centre of mass, the squared distance from which
   * on it stands for its points, and their number.
   */
  private double[] seen = new double[0];

  @Override
  public double repel(float[] x, float[] y, float[] fx, float[] fy) {
    build(x, y);
    return Blocks.sum(
        x.length,
        BLOCK,
        (from, to) -> {
          int[] stack = new int[4 * DEEPEST + 4];
          double z = 0;
          for (int i = from; i < to; i++) {
            z += repel(x, y, i, fx, fy, stack);
          }
          return z;
        });
  }

  private double repel(float[] x, float[] y, int i, float[] fx, float[] fy, int[] stack) {
    double atX = x[i];
    double atY = y[i];
    double forceX = 0;
    double forceY = 0;
    double z = 0;
    int depth = 0;
    stack[depth++] = 0;
    while (depth > 0) {
      int cell = stack[--depth];
      double dx = atX - seen[4 * cell];
      double dy = atY - seen[4 * cell + 1];
      double square = dx * dx + dy * dy;
      if (seen[4 * cell + 2] <= square) {
        double q = 1 / (1 + square);
        double all = seen[4 * cell + 3] * q;
        z += all;
        forceX += all * q * dx;
        forceY += all * q * dy;
      } else {
        for (int c = 4 * cell; c < 4 * cell + 4; c++) {
          if (counts[children[c]] > 0) {
            stack[depth++] = children[c];
          }
        }
      }
    }
    fx[i] = (float) forceX;
    fy[i] = (float) forceY;
    // It met itself, or was among those that a near leaf stands for.
    return z - 1;
  }

  private void build(float[] x, float[] y) {
    double left = Double.POSITIVE_INFINITY;
    double top = Double.POSITIVE_INFINITY;
    double right = Double.NEGATIVE_INFINITY;
    double bottom = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < x.length; i++) {
      left = Math.min(left, x[i]);
      right = Math.max(right, x[i]);
      top = Math.min(top, y[i]);
      bottom = Math.max(bottom, y[i]);
    }
    cells = 0;
    double side = Math.max(right - left, bottom - top) * (1 + 1e-6) + 1e-30;
    newCell(side);
    for (int i = 0; i < x.length; i++) {
      insert(x[i], y[i], left, top, side);
    }
    prepare();
  }

  private void prepare() {
    if (seen.length < 4 * cells) {
      seen = new double[4 * counts.length];
    }
    for (int cell = 0; cell < cells; cell++) {
      boolean leaf = children[4 * cell] == NONE;
      seen[4 * cell] = sumX[cell] / counts[cell];
      seen[4 * cell + 1] = sumY[cell] / counts[cell];
      seen[4 * cell + 2] = leaf ? 0 : sides[cell] * sides[cell] / (ANGLE * ANGLE);
      seen[4 * cell + 3] = counts[cell];
    }
  }

  private int newCell(double side) {
    if (cells == counts.length) {
      int room = Math.max(1024, 2 * cells);
      children = Arrays.copyOf(children, 4 * room);
      counts = Arrays.copyOf(counts, room);
      sumX = Arrays.copyOf(sumX, room);
      sumY = Arrays.copyOf(sumY, room);
      sides = Arrays.copyOf(sides, room);
    }
    children[4 * cells] = NONE;
    counts[cells] = 0;
    sumX[cells] = 0;
    sumY[cells] = 0;
    sides[cells] = side;
    return cells++;
  }

  /** Leaves hold one point, or several in one place. */
  private void insert(double x, double y, double left, double top, double whole) {
    int cell = 0;
    double cellLeft = left;
    double cellTop = top;
    double side = whole;
    for (int depth = 0; ; depth++) {
      boolean leaf = children[4 * cell] == NONE;
      if (leaf && counts[cell] > 0 && depth < DEEPEST && !isAt(cell, x, y)) {
        split(cell, cellLeft, cellTop, side / 2);
        leaf = false;
      }
      counts[cell]++;
      sumX[cell] += x;
      sumY[cell] += y;
      if (leaf) {
        return;
      }
      side /= 2;
      int quarter = (x >= cellLeft + side ? 1 : 0) + (y >= cellTop + side ? 2 : 0);
      cellLeft += (quarter & 1) * side;
      cellTop += (quarter >> 1) * side;
      cell = children[4 * cell + quarter];
    }
  }

  private boolean isAt(int cell, double x, double y) {
    return sumX[cell] == x * counts[cell] && sumY[cell] == y * counts[cell];
  }

  /** A leaf's points go to one of its four new children. */
  private void split(int cell, double left, double top, double side) {
    int first = newCell(side);
    for (int c = 1; c < 4; c++) {
      newCell(side);
    }
    for (int c = 0; c < 4; c++) {
      children[4 * cell + c] = first + c;
    }
    double x = sumX[cell] / counts[cell];
    double y = sumY[cell] / counts[cell];
    int quarter = (x >= left + side ? 1 : 0) + (y >= top + side ? 2 : 0);
    counts[first + quarter] = counts[cell];
    sumX[first + quarter] = sumX[cell];
    sumY[first + quarter] = sumY[cell];
  }
}
