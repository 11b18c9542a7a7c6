package io.convlens.device.cpu.plain;

import io.convlens.device.MapShape;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Transforms the input of some rows of tiles: Bᵀ·d·B for the 4x4 places d that a tile reads, with
 * Bᵀ = [1 0 −1 0; 0 1 1 0; 0 −1 1 0; 0 1 0 −1] of Lavin and Gray. Operands: the input, the result
 * {@code [16][tiles][channels]}.
 *
 * <p>The four columns of all tiles of a run are put into arrays of their own first: the compiler
 * makes vector instructions only of loops that use one index for all arrays, since arrays may be
 * the same. Lines of the input that two rows of tiles share are transformed along the line once.
 *
 * @param firstRow the first row of tiles
 * @param rows how many
 */
public record WinogradInput(WinogradTiles tiles, int firstRow, int rows) implements PlainKernel {
  private static final int SIDE = 4;

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    int run = tiles.run(tiles.src().c());
    int runs = (tiles.columns() + run - 1) / run;
    parallel.run(
        (long) runs * rows,
        1,
        (from, to) -> {
          var lines = new Lines(operands, run);
          for (long item = from; item < to; item++) {
            lines.transform((int) (item % rows), (int) (item / rows) * run);
          }
        });
  }

  /** Lines of the input below each other, transformed along the line, for one run of tiles. */
  private final class Lines {
    private final MemorySegment[] operands;
    private final int run;
    private final float[] line;
    private final float[] result;
    private final float[][] columns;
    private final float[][] points;

    /** Which line of which picture from which tile on each quarter of {@code points} holds. */
    private final long[] held = {-1, -1, -1, -1};

    Lines(MemorySegment[] operands, int run) {
      int c = tiles.src().c();
      this.operands = operands;
      this.run = run;
      Room room = Room.ofThread();
      line = room.take(0, (2 * run + 2) * c);
      result = room.take(1, run * c);
      columns = room.take(2, SIDE, run * c);
      points = room.take(3, SIDE * SIDE, run * c);
    }

    /** Transforms some tiles of a row of the strip. */
    void transform(int row, int first) {
      int c = tiles.src().c();
      int count = Math.min(run, tiles.columns() - first);
      int picture = (firstRow + row) / tiles.rowsAPicture();
      int y = (firstRow + row) % tiles.rowsAPicture() * 2;
      for (int i = 0; i < SIDE; i++) {
        hold(picture, y + i, first, count);
      }
      long plane = (long) rows * tiles.columns() * c;
      long at = ((long) row * tiles.columns() + first) * c;
      int n = count * c;
      for (int j = 0; j < SIDE; j++) {
        float[] second = point(y + 1, j);
        float[] third = point(y + 2, j);
        subtract(point(y, j), third, result, n);
        Memory.write(result, 0, operands[1], at + j * plane, n);
        add(second, third, result, n);
        Memory.write(result, 0, operands[1], at + (SIDE + j) * plane, n);
        subtract(third, second, result, n);
        Memory.write(result, 0, operands[1], at + (2L * SIDE + j) * plane, n);
        subtract(second, point(y + 3, j), result, n);
        Memory.write(result, 0, operands[1], at + (3L * SIDE + j) * plane, n);
      }
    }

    private float[] point(int y, int j) {
      return points[y % SIDE * SIDE + j];
    }

    /** Sees to it that line y of the padded picture is there, transformed. */
    private void hold(int picture, int y, int first, int count) {
      long height = 2L * tiles.rowsAPicture() + 2;
      long key = (picture * height + y) * tiles.columns() + first;
      if (held[y % SIDE] == key) {
        return;
      }
      held[y % SIDE] = key;
      int c = tiles.src().c();
      read(picture, y - tiles.top(), 2 * first - tiles.left(), 2 * count + 2);
      for (int i = 0; i < count; i++) {
        for (int j = 0; j < SIDE; j++) {
          System.arraycopy(line, (2 * i + j) * c, columns[j], i * c, c);
        }
      }
      int n = count * c;
      subtract(columns[0], columns[2], point(y, 0), n);
      add(columns[1], columns[2], point(y, 1), n);
      subtract(columns[2], columns[1], point(y, 2), n);
      subtract(columns[1], columns[3], point(y, 3), n);
    }

    /** Reads places of a line, zeros where there are none. */
    private void read(int picture, int y, int x, int count) {
      MapShape src = tiles.src();
      int c = src.c();
      boolean inside = y >= 0 && y < src.h();
      int begin = inside ? Math.clamp(-(long) x, 0, count) : count;
      int end = inside ? Math.clamp((long) src.w() - x, begin, count) : count;
      Arrays.fill(line, 0, begin * c, 0);
      Arrays.fill(line, end * c, count * c, 0);
      long place = ((long) picture * src.h() + y) * src.w() + x + begin;
      if (src.isDense()) {
        Memory.read(operands[0], place * c, line, begin * c, (end - begin) * c);
        return;
      }
      for (int i = begin; i < end; i++) {
        Memory.read(operands[0], (place + i - begin) * src.pitch(), line, i * c, c);
      }
    }
  }

  private static void add(float[] a, float[] b, float[] to, int count) {
    for (int i = 0; i < count; i++) {
      to[i] = a[i] + b[i];
    }
  }

  private static void subtract(float[] a, float[] b, float[] to, int count) {
    for (int i = 0; i < count; i++) {
      to[i] = a[i] - b[i];
    }
  }
}
