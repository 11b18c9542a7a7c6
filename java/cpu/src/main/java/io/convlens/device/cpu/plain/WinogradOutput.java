package io.convlens.device.cpu.plain;

import io.convlens.device.MapShape;
import io.convlens.device.Spec.Post;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Transforms the products of some rows of tiles back: Aᵀ·m·A with Aᵀ = [1 1 1 0; 0 1 −1 −1] of
 * Lavin and Gray; adds the bias and applies the posts. Operands: the products {@code
 * [16][tiles][channels]}, one for each {@link Post.Add}, the result.
 */
public final class WinogradOutput implements PlainKernel {
  private final WinogradTiles tiles;
  private final int firstRow;
  private final int rows;
  private final float @Nullable [] bias;
  private final List<Post> posts;
  private final int run;

  /**
   * Some rows of tiles.
   *
   * @param firstRow the first row of tiles
   * @param rows how many
   * @param bias one number a channel, or none
   * @param posts what is done last
   */
  public WinogradOutput(
      WinogradTiles tiles, int firstRow, int rows, float @Nullable [] bias, List<Post> posts) {
    this.tiles = tiles;
    this.firstRow = firstRow;
    this.rows = rows;
    this.posts = List.copyOf(posts);
    this.run = tiles.run(tiles.dst().c());
    this.bias = bias == null ? null : repeated(bias, run);
  }

  private static float[] repeated(float[] values, int times) {
    float[] all = new float[values.length * times];
    for (int i = 0; i < times; i++) {
      System.arraycopy(values, 0, all, i * values.length, values.length);
    }
    return all;
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    int runs = (tiles.columns() + run - 1) / run;
    parallel.run(
        (long) rows * runs,
        1,
        (from, to) -> {
          var activations = new Activations(2 * run * tiles.dst().c());
          for (long item = from; item < to; item++) {
            int first = (int) (item % runs) * run;
            int count = Math.min(run, tiles.columns() - first);
            transform(operands, (int) (item / runs), first, count, activations);
          }
        });
  }

  private void transform(
      MemorySegment[] operands, int row, int first, int count, Activations activations) {
    int c = tiles.dst().c();
    int n = count * c;
    Room room = Room.ofThread();
    float[][] products = room.take(4, 4, n);
    float[][] upper = room.take(5, 4, n);
    float[][] lower = room.take(6, 4, n);
    long plane = (long) rows * tiles.columns() * c;
    long at = ((long) row * tiles.columns() + first) * c;
    for (int j = 0; j < 4; j++) {
      for (int i = 0; i < 4; i++) {
        Memory.read(operands[0], at + (4L * i + j) * plane, products[i], 0, n);
      }
      sum(products[0], products[1], products[2], upper[j], n);
      difference(products[1], products[2], products[3], lower[j], n);
    }
    int picture = (firstRow + row) / tiles.rowsAPicture();
    int y = (firstRow + row) % tiles.rowsAPicture() * 2;
    finish(operands, upper, picture, y, 2 * first, count, activations);
    if (y + 1 < tiles.dst().h()) {
      finish(operands, lower, picture, y + 1, 2 * first, count, activations);
    }
  }

  /** One row of the result from four sums a tile. */
  private void finish(
      MemorySegment[] operands,
      float[][] sums,
      int picture,
      int y,
      int x,
      int count,
      Activations activations) {
    MapShape dst = tiles.dst();
    int c = dst.c();
    int n = count * c;
    Room room = Room.ofThread();
    float[][] halves = room.take(7, 2, n);
    // What is added to the second sum comes out at both places.
    if (bias != null) {
      add(bias, sums[1], n);
    }
    sum(sums[0], sums[1], sums[2], halves[0], n);
    difference(sums[1], sums[2], sums[3], halves[1], n);
    float[][] lines = room.take(8, 2, 2 * n);
    float[] line = lines[0];
    for (int i = 0; i < count; i++) {
      System.arraycopy(halves[0], i * c, line, 2 * i * c, c);
      System.arraycopy(halves[1], i * c, line, (2 * i + 1) * c, c);
    }
    int places = Math.min(2 * count, dst.w() - x);
    long place = ((long) picture * dst.h() + y) * dst.w() + x;
    int next = 1;
    for (Post post : posts) {
      switch (post) {
        case Post.Act(var function) -> activations.apply(function, line, places * c);
        case Post.Add(int pitch) -> {
          Memory.readPlaces(operands[next++], place, pitch, c, lines[1], places);
          add(lines[1], line, places * c);
        }
      }
    }
    Memory.writePlaces(line, operands[next], place, dst.pitch(), c, places);
  }

  private static void add(float[] from, float[] to, int count) {
    for (int i = 0; i < count; i++) {
      to[i] += from[i];
    }
  }

  private static void sum(float[] a, float[] b, float[] c, float[] to, int count) {
    for (int i = 0; i < count; i++) {
      to[i] = a[i] + b[i] + c[i];
    }
  }

  private static void difference(float[] a, float[] b, float[] c, float[] to, int count) {
    for (int i = 0; i < count; i++) {
      to[i] = a[i] - b[i] - c[i];
    }
  }
}
