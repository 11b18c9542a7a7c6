package io.convlens.device.cpu.plain;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.convlens.device.Spec;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Copies that pick, transpose and fill. What is contiguous on both sides is copied as runs; what is
 * contiguous across (a change between channels first and channels last) in square tiles.
 */
public final class StridedCopy implements PlainKernel {
  /** A tile's side: 4 KiB a tile, a few cache lines a row. */
  private static final int TILE = 32;

  /** Elements below which a copy isn't worth another thread. */
  private static final long LEAST = 16384;

  private final long[] dims;
  private final List<int @Nullable []> maps;
  private final long[] src;
  private final long[] dst;
  private final float fill;

  private StridedCopy(Spec.Copy spec) {
    dims = spec.dims().stream().mapToLong(Long::longValue).toArray();
    maps = spec.maps();
    src = spec.strideSrc().stream().mapToLong(Long::longValue).toArray();
    dst = spec.strideDst().stream().mapToLong(Long::longValue).toArray();
    fill = spec.fill();
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.Copy spec) {
    return new StridedCopy(spec);
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    if (Odometer.steps(dims) == 0) {
      return;
    }
    if (crosses()) {
      tiles(operands[0], operands[1], parallel);
    } else if (dims.length == 1 && maps.getFirst() == null && src[0] == 1 && dst[0] == 1) {
      parallel.run(
          dims[0], LEAST, (from, to) -> copy(operands[0], from, operands[1], from, to - from));
    } else {
      rows(operands[0], operands[1], parallel);
    }
  }

  private static void copy(
      MemorySegment from, long fromIndex, MemorySegment to, long toIndex, long count) {
    MemorySegment.copy(
        from, fromIndex * Float.BYTES, to, toIndex * Float.BYTES, count * Float.BYTES);
  }

  /** Whether the innermost loop is contiguous in dst and the one around it in src. */
  private boolean crosses() {
    int r = dims.length;
    return r >= 2
        && maps.get(r - 1) == null
        && maps.get(r - 2) == null
        && dst[r - 1] == 1
        && src[r - 1] != 1
        && src[r - 2] == 1;
  }

  private void tiles(MemorySegment from, MemorySegment to, Parallel parallel) {
    int r = dims.length;
    long rows = dims[r - 2];
    long bands = (rows + TILE - 1) / TILE;
    long[] outer = Arrays.copyOf(dims, r - 2);
    long least = Math.max(1, LEAST / (TILE * dims[r - 1]));
    parallel.run(
        Odometer.steps(outer) * bands,
        least,
        (first, last) -> {
          float[] tile = new float[TILE * TILE];
          float[] row = new float[TILE];
          for (long item = first; item < last; item++) {
            long[] at = offsets(outer, item / bands);
            if (at.length == 0) {
              fillBand(to, outer, item / bands, item % bands * TILE);
            } else {
              band(from, at[0], to, at[1], item % bands * TILE, tile, row);
            }
          }
        });
  }

  /** Where an item of the outer loops starts in src and dst; empty where it is fill. */
  private long[] offsets(long[] outer, long item) {
    long rest = item;
    long s = 0;
    long d = 0;
    for (int i = outer.length - 1; i >= 0; i--) {
      long index = rest % outer[i];
      rest /= outer[i];
      int[] map = maps.get(i);
      long picked = map == null ? index : map[(int) index];
      if (picked < 0) {
        return new long[0];
      }
      s += picked * src[i];
      d += index * dst[i];
    }
    return new long[] {s, d};
  }

  private long dstOffset(long[] outer, long item) {
    long rest = item;
    long d = 0;
    for (int i = outer.length - 1; i >= 0; i--) {
      d += rest % outer[i] * dst[i];
      rest /= outer[i];
    }
    return d;
  }

  private void fillBand(MemorySegment to, long[] outer, long item, long firstRow) {
    int r = dims.length;
    long base = dstOffset(outer, item);
    for (long y = firstRow; y < Math.min(firstRow + TILE, dims[r - 2]); y++) {
      for (long x = 0; x < dims[r - 1]; x++) {
        to.setAtIndex(JAVA_FLOAT, base + y * dst[r - 2] + x, fill);
      }
    }
  }

  private void band(
      MemorySegment from,
      long s,
      MemorySegment to,
      long d,
      long firstRow,
      float[] tile,
      float[] row) {
    int r = dims.length;
    int height = (int) Math.min(TILE, dims[r - 2] - firstRow);
    for (long left = 0; left < dims[r - 1]; left += TILE) {
      int width = (int) Math.min(TILE, dims[r - 1] - left);
      for (int x = 0; x < width; x++) {
        long at = s + firstRow + (left + x) * src[r - 1];
        MemorySegment.copy(from, JAVA_FLOAT, at * Float.BYTES, tile, x * TILE, height);
      }
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          row[x] = tile[x * TILE + y];
        }
        long at = d + (firstRow + y) * dst[r - 2] + left;
        MemorySegment.copy(row, 0, to, JAVA_FLOAT, at * Float.BYTES, width);
      }
    }
  }

  private void rows(MemorySegment from, MemorySegment to, Parallel parallel) {
    int last = dims.length - 1;
    long[] outer = Arrays.copyOf(dims, last);
    parallel.run(
        Odometer.steps(outer),
        Math.max(1, LEAST / dims[last]),
        (first, end) -> {
          var odometer = new Odometer(outer, new long[][] {Arrays.copyOf(dst, last)}, first);
          for (long item = first; item < end; item++) {
            row(from, to, odometer, last);
            odometer.next();
          }
        });
  }

  private void row(MemorySegment from, MemorySegment to, Odometer odometer, int last) {
    long d = odometer.offset(0);
    long s = 0;
    boolean filled = false;
    for (int i = 0; i < last && !filled; i++) {
      int[] map = maps.get(i);
      long picked = map == null ? odometer.index(i) : map[(int) odometer.index(i)];
      filled = picked < 0;
      s += picked * src[i];
    }
    int[] map = maps.get(last);
    if (filled) {
      for (long i = 0; i < dims[last]; i++) {
        to.setAtIndex(JAVA_FLOAT, d + i * dst[last], fill);
      }
    } else if (map == null && src[last] == 1 && dst[last] == 1) {
      copy(from, s, to, d, dims[last]);
    } else {
      for (int i = 0; i < dims[last]; i++) {
        long picked = map == null ? i : map[i];
        to.setAtIndex(
            JAVA_FLOAT,
            d + i * dst[last],
            picked < 0 ? fill : from.getAtIndex(JAVA_FLOAT, s + picked * src[last]));
      }
    }
  }
}
