package io.convlens.device.cpu.plain;

import io.convlens.device.Spec;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Copies whose innermost loop writes neighbours and the one around it reads neighbours, like a
 * change between channels first and channels last, in square tiles. The loops around may pick.
 */
final class TransposedCopy implements PlainKernel {
  /** A tile's side: 4 KiB a tile, a few cache lines a row. */
  private static final int TILE = 32;

  /** Loops shorter than this leave most of a tile unused. */
  private static final int SHORT = 8;

  private static final long LEAST = 16384;

  private final long[] outer;
  private final List<int @Nullable []> maps;
  private final long[] src;
  private final long[][] dst;
  private final long rows;
  private final long columns;
  private final long columnSrc;
  private final long rowDst;
  private final float[] fill = new float[TILE];

  TransposedCopy(Spec.Copy spec) {
    int r = spec.dims().size();
    outer = longs(spec.dims(), r - 2);
    maps = spec.maps();
    src = longs(spec.strideSrc(), r - 2);
    dst = new long[][] {longs(spec.strideDst(), r - 2)};
    rows = spec.dims().get(r - 2);
    columns = spec.dims().get(r - 1);
    columnSrc = spec.strideSrc().get(r - 1);
    rowDst = spec.strideDst().get(r - 2);
    Arrays.fill(fill, spec.fill());
  }

  /** Whether the innermost loop is contiguous in dst and the one around it in src. */
  static boolean suits(Spec.Copy spec) {
    int r = spec.dims().size();
    return r >= 2
        && spec.maps().get(r - 1) == null
        && spec.maps().get(r - 2) == null
        && spec.strideDst().get(r - 1) == 1
        && spec.strideSrc().get(r - 1) != 1
        && spec.strideSrc().get(r - 2) == 1
        && spec.dims().get(r - 1) >= SHORT
        && spec.dims().get(r - 2) >= SHORT;
  }

  private static long[] longs(List<Long> list, int count) {
    return list.stream().limit(count).mapToLong(Long::longValue).toArray();
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    long bands = (rows + TILE - 1) / TILE;
    parallel.run(
        Odometer.steps(outer) * bands,
        Math.max(1, LEAST / (TILE * columns)),
        (first, end) -> {
          var odometer = new Odometer(outer, dst, first / bands);
          float[] tile = new float[TILE * TILE];
          for (long item = first; item < end; item++) {
            long row = item % bands * TILE;
            long from = source(odometer);
            long to = odometer.offset(0) + row * rowDst;
            int height = (int) Math.min(TILE, rows - row);
            if (from < 0) {
              fillBand(operands[1], to, height);
            } else {
              band(operands[0], from + row, operands[1], to, height, tile);
            }
            if (item % bands == bands - 1) {
              odometer.next();
            }
          }
        });
  }

  private long source(Odometer odometer) {
    long from = 0;
    for (int i = 0; i < src.length; i++) {
      int[] map = maps.get(i);
      long picked = map == null ? odometer.index(i) : map[(int) odometer.index(i)];
      if (picked < 0) {
        return -1;
      }
      from += picked * src[i];
    }
    return from;
  }

  private void fillBand(MemorySegment to, long at, int height) {
    for (int y = 0; y < height; y++) {
      for (long left = 0; left < columns; left += TILE) {
        int width = (int) Math.min(TILE, columns - left);
        Memory.write(fill, 0, to, at + y * rowDst + left, width);
      }
    }
  }

  private void band(
      MemorySegment from, long s, MemorySegment to, long d, int height, float[] tile) {
    float[] row = new float[TILE];
    for (long left = 0; left < columns; left += TILE) {
      int width = (int) Math.min(TILE, columns - left);
      for (int x = 0; x < width; x++) {
        Memory.read(from, s + (left + x) * columnSrc, tile, x * TILE, height);
      }
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          row[x] = tile[x * TILE + y];
        }
        Memory.write(row, 0, to, d + y * rowDst + left, width);
      }
    }
  }
}
