package io.convlens.occlusion;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/**
 * The positions of a grid, of which some are known and the others lie between them. It begins with
 * every second, fourth or eighth row and column and the last ones; a cell between four known
 * corners is refined at its middles where the corners differ much, and what is left is interpolated
 * linearly.
 *
 * <p>Values are row-major in (y, x); for one thread.
 */
final class Mesh {
  private static final int MOST_REFINEMENTS = 3;

  private final int rows;
  private final int cols;
  private final boolean[] known;

  /** Of each refinement: the rows, and the columns, whose crossings may be known. */
  private final List<int[]> down = new ArrayList<>();

  private final List<int[]> across = new ArrayList<>();

  private final int refinements;

  /**
   * Nothing is known yet.
   *
   * @param refinements how often cells can be refined: the first step is 2 to this power
   */
  Mesh(int rows, int cols, int refinements) {
    this.rows = rows;
    this.cols = cols;
    this.known = new boolean[Math.multiplyExact(rows, cols)];
    this.refinements = refinements;
    for (int level = 0; level <= refinements; level++) {
      down.add(knots(rows, 1 << (refinements - level)));
      across.add(knots(cols, 1 << (refinements - level)));
    }
  }

  /**
   * A mesh for a grid. Known positions are at most a patch apart at first, so that every pixel was
   * hidden once and nothing can lie between them unseen.
   */
  static Mesh of(Grid grid, OcclusionOptions options) {
    int patch =
        Math.min(
            grid.patch().height() / options.strideHeight(),
            grid.patch().width() / options.strideWidth());
    int halvings = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(Math.max(1, patch));
    return new Mesh(grid.rows(), grid.cols(), Math.clamp(halvings, 1, MOST_REFINEMENTS));
  }

  private static int[] knots(int length, int step) {
    var knots = new TreeSet<Integer>();
    for (int i = 0; i < length; i += step) {
      knots.add(i);
    }
    // What ends the coarsest step ends the finer ones, too.
    knots.add(length - 1);
    return knots.stream().mapToInt(Integer::intValue).toArray();
  }

  /** The positions to begin with. */
  List<Integer> first() {
    List<Integer> all = new ArrayList<>();
    for (int y : down.getFirst()) {
      for (int x : across.getFirst()) {
        all.add(y * cols + x);
      }
    }
    return all;
  }

  /** These are known from now on. */
  void know(List<Integer> positions) {
    positions.forEach(p -> known[p] = true);
  }

  /** How many are known. */
  int count() {
    int count = 0;
    for (boolean k : known) {
      count += k ? 1 : 0;
    }
    return count;
  }

  /** All that are not known. */
  List<Integer> unknown() {
    List<Integer> all = new ArrayList<>();
    for (int p = 0; p < known.length; p++) {
      if (!known[p]) {
        all.add(p);
      }
    }
    return all;
  }

  /** A cell that can be refined, and how much its corners differ. */
  private record Coarse(Cell cell, int level, double spread) {}

  private List<Coarse> coarse(float[] values) {
    List<Coarse> all = new ArrayList<>();
    for (int level = 0; level < refinements; level++) {
      int[] ys = down.get(level);
      int[] xs = across.get(level);
      for (int i = 0; i + 1 < Math.max(2, ys.length); i++) {
        for (int j = 0; j + 1 < Math.max(2, xs.length); j++) {
          var cell = new Cell(ys[i], end(ys, i), xs[j], end(xs, j));
          if (isKnown(cell, level) && !isKnown(cell, level + 1)) {
            all.add(new Coarse(cell, level, spread(cell, values)));
          }
        }
      }
    }
    return all;
  }

  /** How much corners differ, of all cells that can be refined. */
  List<Double> spreads(float[] values) {
    return coarse(values).stream().map(Coarse::spread).toList();
  }

  /** The positions to know next: in the cells whose corners differ by {@code least} or more. */
  List<Integer> refine(float[] values, double least) {
    boolean[] wanted = new boolean[known.length];
    for (Coarse c : coarse(values)) {
      // Differences that are no numbers are the worst.
      if (!(c.spread < least)) {
        want(c.cell, c.level + 1, wanted);
      }
    }
    List<Integer> all = new ArrayList<>();
    for (int p = 0; p < wanted.length; p++) {
      if (wanted[p]) {
        all.add(p);
      }
    }
    return all;
  }

  /** A side of one position is a cell of its own. */
  private static int end(int[] knots, int index) {
    return knots[Math.min(index + 1, knots.length - 1)];
  }

  /** Rows and columns, both ends inclusive. */
  private record Cell(int top, int bottom, int left, int right) {
    boolean holds(int y, int x) {
      return y >= top && y <= bottom && x >= left && x <= right;
    }
  }

  private double spread(Cell c, float[] values) {
    float[] corners = {
      values[c.top * cols + c.left],
      values[c.top * cols + c.right],
      values[c.bottom * cols + c.left],
      values[c.bottom * cols + c.right]
    };
    Arrays.sort(corners);
    return (double) corners[3] - corners[0];
  }

  /** Whether all crossings of a level in a cell are known. */
  private boolean isKnown(Cell c, int level) {
    for (int y : down.get(level)) {
      for (int x : across.get(level)) {
        if (c.holds(y, x) && !known[y * cols + x]) {
          return false;
        }
      }
    }
    return true;
  }

  private void want(Cell c, int level, boolean[] wanted) {
    for (int y : down.get(level)) {
      for (int x : across.get(level)) {
        if (c.holds(y, x) && !known[y * cols + x]) {
          wanted[y * cols + x] = true;
        }
      }
    }
  }

  /**
   * Values of all positions: those that are known as they are, the others between them.
   *
   * @param values {@code [rows][cols][each]}, of which those that are known count
   */
  float[] filled(float[] values, int each) {
    float[] all = new float[values.length];
    boolean[] done = known.clone();
    for (int p = 0; p < known.length; p++) {
      if (known[p]) {
        System.arraycopy(values, p * each, all, p * each, each);
      }
    }
    fill(new Cell(0, rows - 1, 0, cols - 1), 0, all, each, done);
    return all;
  }

  /** Fills the cells of a level within a cell of the one before. */
  private void fill(Cell within, int level, float[] all, int each, boolean[] done) {
    int[] ys = down.get(level);
    int[] xs = across.get(level);
    for (int i = 0; i + 1 < Math.max(2, ys.length); i++) {
      for (int j = 0; j + 1 < Math.max(2, xs.length); j++) {
        var cell = new Cell(ys[i], end(ys, i), xs[j], end(xs, j));
        if (within.holds(cell.top, cell.left) && within.holds(cell.bottom, cell.right)) {
          if (level < refinements && isKnown(cell, level + 1)) {
            fill(cell, level + 1, all, each, done);
          } else {
            interpolate(cell, all, each, done);
          }
        }
      }
    }
  }

  private void interpolate(Cell c, float[] all, int each, boolean[] done) {
    for (int y = c.top; y <= c.bottom; y++) {
      for (int x = c.left; x <= c.right; x++) {
        int p = y * cols + x;
        if (!done[p]) {
          double v = c.bottom == c.top ? 0 : (double) (y - c.top) / (c.bottom - c.top);
          double u = c.right == c.left ? 0 : (double) (x - c.left) / (c.right - c.left);
          for (int k = 0; k < each; k++) {
            double upper =
                mix(at(all, c.top, c.left, each, k), at(all, c.top, c.right, each, k), u);
            double lower =
                mix(at(all, c.bottom, c.left, each, k), at(all, c.bottom, c.right, each, k), u);
            all[p * each + k] = (float) mix(upper, lower, v);
          }
          done[p] = true;
        }
      }
    }
  }

  private static double mix(double a, double b, double t) {
    return a + t * (b - a);
  }

  private double at(float[] all, int y, int x, int each, int k) {
    return all[(y * cols + x) * each + k];
  }
}
