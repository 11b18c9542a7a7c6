package io.convlens.device.cpu.plain;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Spec.Windowed;
import io.convlens.graph.Activation;
import io.convlens.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Windows put together from changes in other windows of the same map, row by row: a row of a window
 * is a run of places in every map that takes part, so that all work is loops over arrays.
 */
public final class WindowChanges implements PlainWindows {
  /** Elements below which a share of the work costs more to hand over than to do. */
  private static final long FEW = 8192;

  /** One source with what is needed of it in each row. */
  private static final class Part {
    final MapShape map;
    final int[] tops;
    final int[] lefts;
    final int channel;
    final float[] scales;
    final boolean allChannels;

    /** Whether no earlier source has written to its channels: it need not be added. */
    final boolean first;

    Part(Spec.Source s, MapShape dst, boolean first) {
      map = s.map();
      tops = ints(s.at().tops());
      lefts = ints(s.at().lefts());
      channel = s.channel();
      scales = s.scale() == null ? new float[0] : repeated(s.scale(), map.w());
      allChannels = channel == 0 && map.c() == dst.c();
      this.first = first;
    }

    private static float[] repeated(Tensor scale, int times) {
      float[] once = scale.toArray();
      float[] all = new float[once.length * times];
      for (int i = 0; i < times; i++) {
        System.arraycopy(once, 0, all, i * once.length, once.length);
      }
      return all;
    }
  }

  private final Spec.Windows spec;
  private final MapShape dst;
  private final int[] tops;
  private final int[] lefts;
  private final Part[] parts;
  private final Optional<Activation.Clip> bounds;

  private WindowChanges(Spec.Windows spec) {
    this.spec = spec;
    this.dst = spec.dst();
    this.tops = ints(spec.at().tops());
    this.lefts = ints(spec.at().lefts());
    this.bounds = bounds(spec.functions());
    this.parts = new Part[spec.sources().size()];
    boolean[] written = new boolean[dst.c()];
    for (int i = 0; i < parts.length; i++) {
      Spec.Source s = spec.sources().get(i);
      boolean first = true;
      for (int c = s.channel(); c < s.channel() + s.map().c(); c++) {
        first &= !written[c];
        written[c] = true;
      }
      parts[i] = new Part(s, dst, first);
    }
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.Windows spec) {
    return new WindowChanges(spec);
  }

  private static int[] ints(List<Integer> list) {
    return list.stream().mapToInt(Integer::intValue).toArray();
  }

  @Override
  public int listed() {
    return spec.at().count();
  }

  @Override
  public int atOnce() {
    return dst.n();
  }

  @Override
  public void run(MemorySegment[] operands, int entry, Parallel parallel) {
    long row = (long) dst.w() * dst.c();
    parallel.run(
        (long) dst.n() * dst.h(),
        Math.max(1, FEW / Math.max(1, row)),
        (from, to) -> {
          var rows = new Rows(operands, entry);
          for (long item = from; item < to; item++) {
            rows.compute((int) (item / dst.h()), (int) (item % dst.h()));
          }
        });
  }

  /** One thread's arrays, each of one row. */
  private final class Rows {
    private final MemorySegment[] operands;
    private final int entry;
    private final int length = dst.w() * dst.c();
    private final float[] change;
    private final float[] base;
    private final float[] read;
    private final Activations activations;

    /**
     * For one run.
     *
     * @param entry the list's entry of the first window
     */
    Rows(MemorySegment[] operands, int entry) {
      this.operands = operands;
      this.entry = entry;
      int widest = length;
      for (Part p : parts) {
        widest = Math.max(widest, p.map.w() * p.map.c());
      }
      Room room = Room.ofThread();
      change = room.take(0, length);
      base = room.take(1, length);
      read = room.take(2, widest);
      activations = new Activations(spec.functions().isEmpty() || clipsDifference() ? 0 : length);
    }

    void compute(int n, int y) {
      int top = tops[entry + n];
      int left = lefts[entry + n];
      int row = top + y;
      int first = Math.clamp(-left, 0, dst.w());
      int end = Math.clamp(spec.map().w() - left, first, dst.w());
      Arrays.fill(change, 0, length, 0);
      if (row >= 0 && row < spec.map().h() && first < end) {
        for (int i = 0; i < parts.length; i++) {
          take(operands[i], parts[i], n, row, left, first, end);
        }
        if (spec.result() != Windowed.CHANGE) {
          long place = MapRows.row(spec.map(), 0, row) + left + first;
          MapRows.read(operands[parts.length], spec.map(), place, base, 0, end - first);
          finish(first * dst.c(), end * dst.c());
        }
      }
      MapRows.write(change, operands[operands.length - 1], dst, MapRows.row(dst, n, y), dst.w());
    }

    /** Takes in what a source has of a row of the map, between two columns of the window. */
    private void take(
        MemorySegment from, Part p, int n, int row, int left, int firstColumn, int endColumn) {
      int y = row - p.tops[entry + n];
      int begin = p.lefts[entry + n];
      int first = Math.max(left + firstColumn, begin);
      int end = Math.min(left + endColumn, begin + p.map.w());
      if (y < 0 || y >= p.map.h() || first >= end) {
        return;
      }
      int places = end - first;
      long place = MapRows.row(p.map, n, y) + first - begin;
      int at = first - left;
      if (p.allChannels && p.first && p.scales.length == 0) {
        MapRows.read(from, p.map, place, change, at, places);
        return;
      }
      int c = p.map.c();
      MapRows.read(from, p.map, place, read, 0, places);
      if (p.scales.length > 0) {
        multiply(read, p.scales, places * c);
      }
      if (p.allChannels) {
        add(read, change, at * c, places * c);
        return;
      }
      for (int x = 0; x < places; x++) {
        int to = (at + x) * dst.c() + p.channel;
        if (p.first) {
          System.arraycopy(read, x * c, change, to, c);
        } else {
          add(read, x * c, change, to, c);
        }
      }
    }

    /** The change becomes the result, between two elements of the row; base holds those alone. */
    private void finish(int from, int to) {
      int count = to - from;
      if (from > 0) {
        System.arraycopy(change, from, read, 0, count);
      }
      float[] value = from > 0 ? read : change;
      if (clipsDifference()) {
        clipDifference(bounds.get().min(), bounds.get().max(), base, value, count);
      } else {
        apply(value, count);
      }
      if (from > 0) {
        System.arraycopy(value, 0, change, from, count);
      }
    }

    private void apply(float[] value, int count) {
      add(base, value, 0, count);
      for (Activation f : spec.functions()) {
        activations.apply(f, value, count);
      }
      if (spec.result() == Windowed.DIFFERENCE) {
        for (Activation f : spec.functions()) {
          activations.apply(f, base, count);
        }
        subtract(base, value, count);
      }
    }
  }

  private boolean clipsDifference() {
    return bounds.isPresent() && spec.result() == Windowed.DIFFERENCE;
  }

  /** What most networks have between their layers, in one loop instead of four. */
  private static Optional<Activation.Clip> bounds(List<Activation> functions) {
    if (functions.size() != 1) {
      return Optional.empty();
    }
    return switch (functions.getFirst()) {
      case Activation.Relu() -> Optional.of(new Activation.Clip(0, Float.POSITIVE_INFINITY));
      case Activation.Clip clip -> Optional.of(clip);
      default -> Optional.empty();
    };
  }

  private static void clipDifference(
      float min, float max, float[] base, float[] change, int count) {
    for (int i = 0; i < count; i++) {
      change[i] =
          Math.min(Math.max(base[i] + change[i], min), max) - Math.min(Math.max(base[i], min), max);
    }
  }

  private static void multiply(float[] v, float[] by, int count) {
    for (int i = 0; i < count; i++) {
      v[i] *= by[i];
    }
  }

  /** Adds the first elements of one array to those of another from an index on. */
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

  private static void subtract(float[] from, float[] to, int count) {
    for (int i = 0; i < count; i++) {
      to[i] -= from[i];
    }
  }
}
