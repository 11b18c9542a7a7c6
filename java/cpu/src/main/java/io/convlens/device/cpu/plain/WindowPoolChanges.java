package io.convlens.device.cpu.plain;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Window3;
import io.convlens.graph.Node.PoolKind;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * Pooling of windows that changed. Means are linear: they are taken of the change alone, and
 * nothing outside of its window is read. Maxima and norms are taken of the rebuilt rows.
 */
public final class WindowPoolChanges implements PlainKernel {
  /** Elements below which a share of the work costs more to hand over than to do. */
  private static final long FEW = 4096;

  private final Spec.PoolWindows spec;
  private final MapShape src;
  private final MapShape dst;
  private final Window3 window;
  private final int channels;
  private final boolean linear;
  private final int[] srcTops;
  private final int[] srcLefts;
  private final int[] dstTops;
  private final int[] dstLefts;

  private WindowPoolChanges(Spec.PoolWindows spec) {
    this.spec = spec;
    this.src = spec.src();
    this.dst = spec.dst();
    this.window = spec.window();
    this.channels = dst.c();
    this.linear = spec.kind() == PoolKind.AVERAGE || spec.kind() == PoolKind.AVERAGE_WITH_PADDING;
    this.srcTops = ints(spec.srcAt().tops());
    this.srcLefts = ints(spec.srcAt().lefts());
    this.dstTops = ints(spec.dstAt().tops());
    this.dstLefts = ints(spec.dstAt().lefts());
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.PoolWindows spec) {
    return new WindowPoolChanges(spec);
  }

  private static int[] ints(List<Integer> list) {
    return list.stream().mapToInt(Integer::intValue).toArray();
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    parallel.run(
        (long) dst.n() * dst.h(),
        Math.max(1, FEW / Math.max(1L, (long) dst.w() * channels)),
        (from, to) -> {
          var rows = new Rows(operands);
          for (long item = from; item < to; item++) {
            int n = (int) (item / dst.h());
            int y = (int) (item % dst.h());
            rows.compute(n, y);
            MapRows.write(rows.results, operands[3], dst, MapRows.row(dst, n, y), dst.w());
          }
        });
  }

  private int input(int axis, int output, int tap) {
    return output * window.stride().get(axis)
        - window.padBegin().get(axis)
        + tap * window.dilation().get(axis);
  }

  /** How many taps of an output count in a mean's divisor, along one axis. */
  private int counted(int axis, int output, int length) {
    boolean padding = spec.kind() == PoolKind.AVERAGE_WITH_PADDING;
    int low = padding ? -window.padBegin().get(axis) : 0;
    int high = length + (padding ? spec.filePadEnd().get(axis) : 0);
    int count = 0;
    for (int k = 0; k < window.kernel().get(axis); k++) {
      int i = input(axis, output, k);
      count += i >= low && i < high ? 1 : 0;
    }
    return count;
  }

  /** One thread's arrays. */
  private final class Rows {
    private final MemorySegment[] operands;
    private final float[] results = new float[dst.w() * channels];
    private final float[] seen;
    private final float[] changed = new float[src.w() * channels];
    private final float[] pooled = new float[results.length];

    /** The first column of the map that the outputs see, and how many. */
    private int firstSeen;

    private int columnsSeen;

    Rows(MemorySegment[] operands) {
      this.operands = operands;
      int reach = (window.kernel().w() - 1) * window.dilation().w() + 1;
      seen = new float[((dst.w() - 1) * window.stride().w() + reach) * channels];
    }

    void compute(int n, int y) {
      int row = dstTops[n] + y;
      int first = Math.clamp(-dstLefts[n], 0, dst.w());
      int end = Math.clamp(spec.pooled().w() - dstLefts[n], first, dst.w());
      Arrays.fill(results, 0);
      if (row < 0 || row >= spec.pooled().h() || first >= end) {
        return;
      }
      boolean max = spec.kind() == PoolKind.MAX;
      Arrays.fill(results, first * channels, end * channels, max ? Float.NEGATIVE_INFINITY : 0);
      see(n, first, end);
      for (int k = 0; k < window.kernel().h(); k++) {
        int in = input(1, row, k);
        if (in >= 0 && in < spec.base().h() && read(n, in)) {
          combine(n, first, end);
        }
      }
      finish(n, row, first, end);
    }

    /** Which columns of the map the outputs see. */
    private void see(int n, int first, int end) {
      int from = input(2, dstLefts[n] + first, 0);
      int to = input(2, dstLefts[n] + end - 1, window.kernel().w() - 1) + 1;
      firstSeen = Math.max(0, from);
      columnsSeen = Math.max(0, Math.min(spec.base().w(), to) - firstSeen);
    }

    /** Reads a row as the outputs see it; false where there is nothing in it. */
    private boolean read(int n, int row) {
      int y = row - srcTops[n];
      int first = Math.max(firstSeen, srcLefts[n]);
      int end = Math.min(firstSeen + columnsSeen, srcLefts[n] + src.w());
      boolean touched = y >= 0 && y < src.h() && first < end;
      if (linear) {
        Arrays.fill(seen, 0, columnsSeen * channels, 0);
        if (touched) {
          MapRows.read(operands[0], src, place(n, y, first), seen, first - firstSeen, end - first);
        }
        return touched;
      }
      long base = MapRows.row(spec.base(), 0, row) + firstSeen;
      MapRows.read(operands[1], spec.base(), base, seen, 0, columnsSeen);
      if (touched) {
        MapRows.read(operands[0], src, place(n, y, first), changed, 0, end - first);
        add(changed, seen, (first - firstSeen) * channels, (end - first) * channels);
      }
      if (spec.kind() == PoolKind.LP) {
        powers(seen, columnsSeen * channels, spec.p());
      }
      return true;
    }

    private long place(int n, int y, int column) {
      return MapRows.row(src, n, y) + column - srcLefts[n];
    }

    /** Takes the row that was read into every output, tap by tap. */
    private void combine(int n, int first, int end) {
      boolean max = spec.kind() == PoolKind.MAX;
      for (int x = first; x < end; x++) {
        for (int k = 0; k < window.kernel().w(); k++) {
          int column = input(2, dstLefts[n] + x, k) - firstSeen;
          if (column >= 0 && column < columnsSeen) {
            if (max) {
              max(seen, column * channels, results, x * channels, channels);
            } else {
              add(seen, column * channels, results, x * channels, channels);
            }
          }
        }
      }
    }

    private void finish(int n, int row, int first, int end) {
      if (linear) {
        int down = counted(1, row, spec.base().h());
        for (int x = first; x < end; x++) {
          float divisor = down * counted(2, dstLefts[n] + x, spec.base().w());
          divide(results, x * channels, channels, divisor);
        }
        return;
      }
      if (spec.kind() == PoolKind.LP) {
        roots(results, first * channels, end * channels, spec.p());
      }
      long place = MapRows.row(spec.pooled(), 0, row) + dstLefts[n] + first;
      MapRows.read(operands[2], spec.pooled(), place, pooled, first, end - first);
      subtract(pooled, results, first * channels, end * channels);
    }
  }

  private static void add(float[] from, float[] to, int at, int count) {
    for (int i = 0; i < count; i++) {
      to[at + i] += from[i];
    }
  }

  private static void add(float[] from, int fromAt, float[] to, int at, int count) {
    for (int i = 0; i < count; i++) {
      to[at + i] += from[fromAt + i];
    }
  }

  private static void max(float[] from, int fromAt, float[] to, int at, int count) {
    for (int i = 0; i < count; i++) {
      to[at + i] = Math.max(to[at + i], from[fromAt + i]);
    }
  }

  private static void subtract(float[] from, float[] to, int start, int end) {
    for (int i = start; i < end; i++) {
      to[i] -= from[i];
    }
  }

  private static void divide(float[] v, int at, int count, float by) {
    for (int i = at; i < at + count; i++) {
      v[i] /= by;
    }
  }

  private static void powers(float[] v, int count, int p) {
    for (int i = 0; i < count; i++) {
      float x = Math.abs(v[i]);
      float power = x;
      for (int k = 1; k < p; k++) {
        power *= x;
      }
      v[i] = power;
    }
  }

  private static void roots(float[] v, int start, int end, int p) {
    for (int i = start; i < end; i++) {
      v[i] = p == 1 ? v[i] : p == 2 ? (float) Math.sqrt(v[i]) : (float) Math.pow(v[i], 1.0 / p);
    }
  }
}
