package io.convlens.embed;

import java.util.Arrays;

/**
 * Points moved to the cells of a grid, one a cell, near to where they were. Up to {@value #EXACT}
 * points the sum of squared distances is the least there is. Above, cells and points are halved
 * along the longer side again and again, points by their order along it; then neighbours that would
 * both be nearer to their places change cells.
 *
 * @param columns of the grid
 * @param rows of the grid
 * @param cells one a point: row times columns plus column
 */
@SuppressWarnings("ArrayRecordComponent") // Made here, read here, compared by nobody.
public record SnappedGrid(int columns, int rows, int[] cells) {
  /** Above this many points an exact assignment takes too long. */
  static final int EXACT = 2000;

  /** Rounds of exchanges; the first few bring nearly all that there is to gain. */
  private static final int ROUNDS = 30;

  /** Exchanges are tried with cells at most this far away. */
  private static final int REACH = 3;

  /** The smallest grid as square as can be that holds all. */
  public static SnappedGrid of(float[] x, float[] y) {
    int columns = (int) Math.ceil(Math.sqrt(x.length));
    int rows = (x.length + columns - 1) / columns;
    return x.length <= EXACT ? exact(x, y, columns, rows) : near(x, y, columns, rows);
  }

  /** Not exactly, but soon. */
  static SnappedGrid near(float[] x, float[] y, int columns, int rows) {
    var snap = new Snap(x, y, columns, rows);
    Integer[] all = new Integer[x.length];
    Arrays.setAll(all, i -> i);
    snap.place(all, 0, 0, columns, rows);
    snap.exchange();
    return new SnappedGrid(columns, rows, snap.cells);
  }

  private static SnappedGrid exact(float[] x, float[] y, int columns, int rows) {
    double[] toX = Snap.scaled(x, columns);
    double[] toY = Snap.scaled(y, rows);
    double[] cellX = new double[x.length];
    double[] cellY = new double[x.length];
    for (int cell = 0; cell < x.length; cell++) {
      cellX[cell] = cell % columns;
      cellY[cell] = Math.floorDiv(cell, columns);
    }
    int[] cells =
        Assignment.least(
            x.length,
            x.length,
            (point, cell) -> {
              double dx = toX[point] - cellX[cell];
              double dy = toY[point] - cellY[cell];
              return dx * dx + dy * dy;
            });
    return new SnappedGrid(columns, rows, cells);
  }

  private static final class Snap {
    private final float[] x;
    private final float[] y;
    private final int columns;
    private final int rows;
    private final int[] cells;

    Snap(float[] x, float[] y, int columns, int rows) {
      this.x = x;
      this.y = y;
      this.columns = columns;
      this.rows = rows;
      this.cells = new int[x.length];
    }

    /** Cells of a rectangle that exist: the last row may be shorter than the others. */
    private int room(int left, int top, int width, int height) {
      int room = 0;
      for (int r = top; r < top + height; r++) {
        int inRow = r == rows - 1 ? x.length - r * columns : columns;
        room += Math.clamp(inRow - left, 0, width);
      }
      return room;
    }

    void place(Integer[] points, int left, int top, int width, int height) {
      if (points.length == 0) {
        return;
      }
      if (width == 1 && height == 1) {
        cells[points[0]] = top * columns + left;
        return;
      }
      boolean across = width >= height;
      float[] along = across ? x : y;
      Arrays.sort(
          points,
          (a, b) ->
              along[a] != along[b] ? Float.compare(along[a], along[b]) : Integer.compare(a, b));
      int half = (across ? width : height) / 2;
      int first = across ? room(left, top, half, height) : room(left, top, width, half);
      Integer[] before = Arrays.copyOfRange(points, 0, first);
      Integer[] after = Arrays.copyOfRange(points, first, points.length);
      if (across) {
        place(before, left, top, half, height);
        place(after, left + half, top, width - half, height);
      } else {
        place(before, left, top, width, half);
        place(after, left, top + half, width, height - half);
      }
    }

    /** Exchanges that make the sum of squared distances smaller, until there are none. */
    void exchange() {
      int[] points = new int[columns * rows];
      Arrays.fill(points, -1);
      for (int i = 0; i < cells.length; i++) {
        points[cells[i]] = i;
      }
      double[] toX = scaled(x, columns);
      double[] toY = scaled(y, rows);
      boolean changed = true;
      for (int round = 0; round < ROUNDS && changed; round++) {
        changed = false;
        for (int cell = 0; cell < points.length; cell++) {
          for (int dy = 0; dy <= REACH; dy++) {
            for (int dx = dy == 0 ? 1 : -REACH; dx <= REACH; dx++) {
              changed |= exchange(points, toX, toY, cell, dx, dy);
            }
          }
        }
      }
    }

    private boolean exchange(int[] points, double[] toX, double[] toY, int cell, int dx, int dy) {
      int column = cell % columns + dx;
      int row = cell / columns + dy;
      if (column < 0 || column >= columns || row >= rows) {
        return false;
      }
      int other = row * columns + column;
      int a = points[cell];
      int b = points[other];
      if (a < 0 || b < 0) {
        return false;
      }
      double now = far(toX, toY, a, cell) + far(toX, toY, b, other);
      double then = far(toX, toY, a, other) + far(toX, toY, b, cell);
      if (then >= now - 1e-9) {
        return false;
      }
      points[cell] = b;
      points[other] = a;
      cells[a] = other;
      cells[b] = cell;
      return true;
    }

    private double far(double[] toX, double[] toY, int point, int cell) {
      int row = cell / columns;
      double dx = toX[point] - (cell - row * columns);
      double dy = toY[point] - row;
      return dx * dx + dy * dy;
    }

    private static double[] scaled(float[] values, int length) {
      double low = Double.POSITIVE_INFINITY;
      double high = Double.NEGATIVE_INFINITY;
      for (float v : values) {
        low = Math.min(low, v);
        high = Math.max(high, v);
      }
      double[] scaled = new double[values.length];
      for (int i = 0; i < scaled.length; i++) {
        scaled[i] = high > low ? (values[i] - low) / (high - low) * (length - 1) : 0;
      }
      return scaled;
    }
  }
}
