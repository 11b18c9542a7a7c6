package io.convlens.device.cpu.plain;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.convlens.device.Spec;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the inner loops of a copy do: element i is written at {@code i·stride} and read at {@code
 * picks[i]}, both from where the piece begins; −1 is fill. Where elements to read are neighbours,
 * they are copied as runs, else gathered from a source that is read whole.
 */
final class CopyPiece {
  /** Elements of a piece at most, but for a single loop that picks by a map. */
  private static final int MOST = 8192;

  /** Runs shorter than this on average are gathered. */
  private static final int LONG_RUN = 24;

  /** A source with this many elements for each one picked is not read whole. */
  private static final long SPARSE = 4;

  /** One thread's arrays: what is read, with the fill behind it, and what is written. */
  static final class Room {
    private final float[] source;
    private final float[] result;

    private Room(float[] source, float[] result) {
      this.source = source;
      this.result = result;
    }
  }

  /** Neighbours, or fill where {@code from} is −1. */
  private record Run(int from, int to, int count) {}

  private final int axis;
  private final int part;
  private final int[] picks;
  private final long stride;
  private final float fill;
  private final int span;
  private final boolean sparse;
  private final List<Run> runs;

  private CopyPiece(int axis, int part, int[] picks, long stride, float fill) {
    this.axis = axis;
    this.part = part;
    this.stride = stride;
    this.fill = fill;
    this.span = Arrays.stream(picks).max().orElse(-1) + 1;
    this.sparse = span > SPARSE * picks.length;
    List<Run> all = stride == 1 ? runs(picks) : List.of();
    this.runs = (long) all.size() * LONG_RUN <= picks.length ? all : List.of();
    this.picks = Arrays.stream(picks).map(p -> p < 0 && !sparse ? span : p).toArray();
  }

  /**
   * The piece that the inner loops make: as many as write neighbours and are not too large, the
   * outermost of them in part.
   */
  static CopyPiece of(Spec.Copy spec) {
    int rank = spec.dims().size();
    boolean neighbours = spec.strideDst().get(rank - 1) == 1;
    long size = 1;
    int axis = rank;
    int part = 1;
    while (axis > 0 && (axis == rank || (neighbours && spec.strideDst().get(axis - 1) == size))) {
      int next = part(spec, axis - 1, size);
      if (next == 0) {
        break;
      }
      axis--;
      part = next;
      size *= part;
      if (part < spec.dims().get(axis)) {
        break;
      }
    }
    long[] picks = {0};
    for (int a = axis; a < rank; a++) {
      picks = inside(picks, spec, a, a == axis ? part : Math.toIntExact(spec.dims().get(a)));
    }
    int[] all = Arrays.stream(picks).mapToInt(Math::toIntExact).toArray();
    return new CopyPiece(axis, part, all, spec.strideDst().get(rank - 1), spec.fill());
  }

  /** How much of a loop a piece takes in that has so many elements already; 0 for none. */
  private static int part(Spec.Copy spec, int axis, long size) {
    long extent = spec.dims().get(axis);
    boolean innermost = axis == spec.dims().size() - 1;
    if (spec.maps().get(axis) != null) {
      return innermost || extent * size <= MOST ? Math.toIntExact(extent) : 0;
    }
    long part = Math.min(extent, MOST / size);
    return (int) (part > 1 || extent == 1 ? part : 0);
  }

  private static long[] inside(long[] around, Spec.Copy spec, int axis, int extent) {
    int[] map = spec.maps().get(axis);
    long stride = spec.strideSrc().get(axis);
    long[] all = new long[Math.multiplyExact(around.length, extent)];
    for (int i = 0; i < all.length; i++) {
      long base = around[i / extent];
      int picked = map == null ? i % extent : map[i % extent];
      all[i] = base < 0 || picked < 0 ? -1 : base + picked * stride;
    }
    return all;
  }

  private static List<Run> runs(int[] picks) {
    var runs = new ArrayList<Run>();
    int start = 0;
    for (int i = 1; i <= picks.length; i++) {
      int first = picks[start];
      boolean goesOn =
          i < picks.length && (first < 0 ? picks[i] < 0 : picks[i] == first + (i - start));
      if (!goesOn) {
        runs.add(new Run(first, start, i - start));
        start = i;
      }
    }
    return runs;
  }

  /** The outermost of the loops that it takes in. */
  int axis() {
    return axis;
  }

  /** How many turns of that loop it takes in. */
  int part() {
    return part;
  }

  /** How many elements it has. */
  int size() {
    return picks.length;
  }

  /** Arrays for a thread. */
  Room room() {
    float[] source = new float[runs.isEmpty() && !sparse ? span + 1 : 0];
    if (source.length > 0) {
      source[span] = fill;
    }
    float[] result = new float[picks.length];
    Arrays.fill(result, fill);
    return new Room(source, result);
  }

  /** Writes the first {@code count} elements as fill. */
  void fill(MemorySegment to, long at, int count, Room room) {
    if (runs.isEmpty()) {
      Arrays.fill(room.result, 0, count, fill);
    }
    Memory.write(room.result, 0, to, at, stride, count);
  }

  /** Writes the first {@code count} elements. */
  void copy(MemorySegment from, long source, MemorySegment to, long at, int count, Room room) {
    if (!runs.isEmpty()) {
      for (Run r : runs) {
        if (r.to >= count) {
          return;
        }
        copy(from, source, to, at, r, Math.min(r.count, count - r.to), room);
      }
      return;
    }
    if (sparse) {
      pick(from, source, room.result, count);
    } else {
      Memory.read(from, source, room.source, 0, count == picks.length ? span : span(count));
      gather(room.source, room.result, count);
    }
    Memory.write(room.result, 0, to, at, stride, count);
  }

  /** What the first elements read: less than a whole piece, which may not be there. */
  private int span(int count) {
    int last = -1;
    for (int i = 0; i < count; i++) {
      last = picks[i] < span ? Math.max(last, picks[i]) : last;
    }
    return last + 1;
  }

  private static void copy(
      MemorySegment from, long source, MemorySegment to, long at, Run r, int count, Room room) {
    if (r.from < 0) {
      // Nothing is gathered where there are runs: the array is all fill.
      Memory.write(room.result, 0, to, at + r.to, count);
    } else {
      Memory.copy(from, source + r.from, to, at + r.to, count);
    }
  }

  private void pick(MemorySegment from, long source, float[] result, int count) {
    for (int i = 0; i < count; i++) {
      int p = picks[i];
      result[i] = p < 0 ? fill : from.getAtIndex(JAVA_FLOAT, source + p);
    }
  }

  private void gather(float[] source, float[] result, int count) {
    for (int i = 0; i < count; i++) {
      result[i] = source[picks[i]];
    }
  }
}
