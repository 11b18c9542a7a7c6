package io.convlens.device.cpu.plain;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Window3;
import io.convlens.graph.Node.PoolKind;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pooling of windows that changed. Means are linear: they are taken of the change alone, and
 * nothing outside of its window is read. Maxima and norms are taken of the rebuilt rows. A row is
 * read and pooled across once, however many results it is part of: then rows are pooled downwards.
 */
public final class WindowPoolChanges implements PlainWindows {
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
  public int listed() {
    return spec.dstAt().count();
  }

  @Override
  public int atOnce() {
    return dst.n();
  }

  @Override
  public void run(MemorySegment[] operands, int entry, Parallel parallel) {
    parallel.run(
        (long) dst.n() * dst.h(),
        Math.max(1, FEW / Math.max(1L, (long) dst.w() * channels)),
        (from, to) -> {
          var rows = new Rows(operands, entry);
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

  /** From an output's first tap to its last, along one axis. */
  private int reach(int axis) {
    return (window.kernel().get(axis) - 1) * window.dilation().get(axis) + 1;
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
    private final int entry;
    private final int length = dst.w() * channels;
    private final float[] results;
    private final float[] seen;
    private final float[] changed;
    private final float[] pooled;

    /** Rows that were pooled across: row i of a window's map at i modulo the window's reach. */
    private final float[][] across;

    /** Which row of which window each of these is, or would be if there were anything in it. */
    private final long[] held;

    private final boolean[] touched;

    /** The rows of one result. */
    private final List<float[]> lines = new ArrayList<>();

    /** The first column of the map that the outputs see, and how many. */
    private int firstSeen;

    private int columnsSeen;

    /**
     * For one run.
     *
     * @param entry the list's entry of the first window
     */
    Rows(MemorySegment[] operands, int entry) {
      this.operands = operands;
      this.entry = entry;
      Room room = Room.ofThread();
      results = room.take(0, length);
      seen = room.take(1, ((dst.w() - 1) * window.stride().w() + reach(2)) * channels);
      changed = room.take(2, src.w() * channels);
      pooled = room.take(3, length);
      across = room.take(4, reach(1), length);
      held = new long[reach(1)];
      Arrays.fill(held, -1);
      touched = new boolean[held.length];
    }

    void compute(int n, int y) {
      int row = dstTops[entry + n] + y;
      int left = dstLefts[entry + n];
      int first = Math.clamp(-left, 0, dst.w());
      int end = Math.clamp(spec.pooled().w() - left, first, dst.w());
      Arrays.fill(results, 0, length, 0);
      if (row < 0 || row >= spec.pooled().h() || first >= end) {
        return;
      }
      see(left, first, end);
      lines.clear();
      for (int k = 0; k < window.kernel().h(); k++) {
        int in = input(1, row, k);
        float[] line = in < 0 || in >= spec.base().h() ? null : hold(n, in, left, first, end);
        if (line != null) {
          lines.add(line);
        }
      }
      poolDown(first * channels, end * channels);
      finish(row, left, first, end);
    }

    /** Pools rows that were pooled across, three at a time. */
    private void poolDown(int from, int to) {
      boolean max = spec.kind() == PoolKind.MAX;
      Arrays.fill(results, from, to, least());
      for (int i = 0; i < lines.size(); i += 3) {
        float[] a = lines.get(i);
        if (max && i + 1 < lines.size()) {
          max(a, lines.get(i + 1), lines.get(Math.min(i + 2, lines.size() - 1)), results, from, to);
          continue;
        }
        for (float[] line : lines.subList(i, Math.min(i + 3, lines.size()))) {
          combine(line, from, results, from, to - from);
        }
      }
    }

    /** What pooling begins with. */
    private float least() {
      return spec.kind() == PoolKind.MAX ? Float.NEGATIVE_INFINITY : 0;
    }

    /** Which columns of the map the outputs see. */
    private void see(int left, int first, int end) {
      int from = input(2, left + first, 0);
      int to = input(2, left + end - 1, window.kernel().w() - 1) + 1;
      firstSeen = Math.max(0, from);
      columnsSeen = Math.max(0, Math.min(spec.base().w(), to) - firstSeen);
    }

    /** A row of a window's map, pooled across; null where there is nothing in it. */
    private float @Nullable [] hold(int n, int row, int left, int first, int end) {
      int at = row % held.length;
      long key = (long) n * spec.base().h() + row;
      if (held[at] != key) {
        held[at] = key;
        touched[at] = read(n, row);
        if (touched[at]) {
          poolAcross(across[at], left, first, end);
        }
      }
      return touched[at] ? across[at] : null;
    }

    /** Reads a row as the outputs see it; false where there is nothing in it. */
    private boolean read(int n, int row) {
      int y = row - srcTops[entry + n];
      int begin = srcLefts[entry + n];
      int first = Math.max(firstSeen, begin);
      int end = Math.min(firstSeen + columnsSeen, begin + src.w());
      boolean changes = y >= 0 && y < src.h() && first < end;
      long place = MapRows.row(src, n, y) + first - begin;
      if (linear) {
        if (changes) {
          Arrays.fill(seen, 0, (first - firstSeen) * channels, 0);
          Arrays.fill(seen, (end - firstSeen) * channels, columnsSeen * channels, 0);
          MapRows.read(operands[0], src, place, seen, first - firstSeen, end - first);
        }
        return changes;
      }
      long base = MapRows.row(spec.base(), 0, row) + firstSeen;
      MapRows.read(operands[1], spec.base(), base, seen, 0, columnsSeen);
      if (changes) {
        MapRows.read(operands[0], src, place, changed, 0, end - first);
        add(changed, 0, seen, (first - firstSeen) * channels, (end - first) * channels);
      }
      if (spec.kind() == PoolKind.LP) {
        powers(seen, columnsSeen * channels, spec.p());
      }
      return true;
    }

    /** Pools the row that was read into the places of the outputs, tap by tap. */
    private void poolAcross(float[] line, int left, int first, int end) {
      if (spec.kind() == PoolKind.MAX && window.kernel().w() == 3) {
        maxAcross(line, left, first, end);
        return;
      }
      Arrays.fill(line, first * channels, end * channels, least());
      for (int k = 0; k < window.kernel().w(); k++) {
        // The outputs whose column lies in what was read.
        int offset = input(2, left, k) - firstSeen;
        int stride = window.stride().w();
        int from = Math.max(first, Math.ceilDiv(-offset, stride));
        int to = Math.min(end, Math.ceilDiv(columnsSeen - offset, stride));
        if (stride == 1 && from < to) {
          int count = (to - from) * channels;
          combine(seen, (from + offset) * channels, line, from * channels, count);
          continue;
        }
        for (int x = from; x < to; x++) {
          combine(seen, (x * stride + offset) * channels, line, x * channels, channels);
        }
      }
    }

    /** Maxima of three columns, in one loop where all three are there. */
    private void maxAcross(float[] line, int left, int first, int end) {
      int stride = window.stride().w();
      int dilation = window.dilation().w();
      int offset = input(2, left, 0) - firstSeen;
      for (int x = first; x < end; ) {
        int a = x * stride + offset;
        boolean all = a >= 0 && a + 2 * dilation < columnsSeen;
        int run = all && stride == 1 ? Math.min(end, columnsSeen - 2 * dilation - offset) - x : 1;
        if (all) {
          int step = dilation * channels;
          max(seen, a * channels, step, line, x * channels, run * channels);
        } else {
          Arrays.fill(line, x * channels, (x + 1) * channels, least());
          for (int k = 0; k < 3; k++) {
            int column = a + k * dilation;
            if (column >= 0 && column < columnsSeen) {
              max(seen, column * channels, line, x * channels, channels);
            }
          }
        }
        x += run;
      }
    }

    private void combine(float[] from, int fromAt, float[] to, int at, int count) {
      if (spec.kind() == PoolKind.MAX) {
        max(from, fromAt, to, at, count);
      } else {
        add(from, fromAt, to, at, count);
      }
    }

    private void finish(int row, int left, int first, int end) {
      if (linear) {
        int down = counted(1, row, spec.base().h());
        for (int x = first; x < end; x++) {
          float divisor = down * counted(2, left + x, spec.base().w());
          divide(results, x * channels, channels, divisor);
        }
        return;
      }
      if (spec.kind() == PoolKind.LP) {
        roots(results, first * channels, end * channels, spec.p());
      }
      long place = MapRows.row(spec.pooled(), 0, row) + left + first;
      MapRows.read(operands[2], spec.pooled(), place, pooled, first, end - first);
      subtract(pooled, results, first * channels, end * channels);
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

  /** Largest of three elements that lie a step apart. */
  private static void max(float[] from, int fromAt, int step, float[] to, int at, int count) {
    int second = fromAt + step;
    int third = second + step;
    for (int i = 0; i < count; i++) {
      to[at + i] = Math.max(Math.max(from[fromAt + i], from[second + i]), from[third + i]);
    }
  }

  private static void max(float[] a, float[] b, float[] c, float[] to, int start, int end) {
    for (int i = start; i < end; i++) {
      to[i] = Math.max(Math.max(Math.max(a[i], b[i]), c[i]), to[i]);
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
