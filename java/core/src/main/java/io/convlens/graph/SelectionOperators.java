package io.convlens.graph;

import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Operators that pick, repeat, join or surround elements. */
final class SelectionOperators {
  private static final long MAX_EXTENT = 1 << 24;

  private SelectionOperators() {}

  static void register(Map<String, Operator> all) {
    all.put("Concat", SelectionOperators::concat);
    all.put("Split", SelectionOperators::split);
    all.put("Slice", SelectionOperators::slice);
    all.put("Gather", SelectionOperators::gather);
    all.put("Pad", SelectionOperators::pad);
    all.put("Expand", SelectionOperators::expand);
    all.put("Tile", SelectionOperators::tile);
  }

  private static void concat(NodeReader n) {
    List<Operand> parts = n.allInputs();
    if (parts.isEmpty()) {
      throw n.refuse("has no inputs");
    }
    int axis = n.axis(n.integer("axis", 1), parts.getFirst().shape().rank());
    n.output(n.emit().concat(parts, axis));
  }

  private static void split(NodeReader n) {
    Operand x = n.input(0);
    int axis = n.axis(n.integer("axis", 0), x.shape().rank());
    long extent = x.shape().dim(axis);
    long[] sizes =
        n.has(1)
            ? n.integers(1, "sizes")
            : n.integers("split").orElseGet(() -> equalParts(extent, n.outputs()));
    if (Arrays.stream(sizes).anyMatch(s -> s < 0)
        || Arrays.stream(sizes).sum() != extent
        || sizes.length != n.outputs()) {
      throw n.refuse(
          "splits an extent of %d into %s for %d outputs"
              .formatted(extent, Arrays.toString(sizes), n.outputs()));
    }
    int start = 0;
    for (int i = 0; i < sizes.length; i++) {
      List<int[]> maps = Emitter.identities(x.shape());
      maps.set(axis, IntStream.range(start, start + (int) sizes[i]).toArray());
      if (n.wants(i)) {
        n.output(i, n.emit().remap(x, maps, 0));
      }
      start += (int) sizes[i];
    }
  }

  /** Equal parts; the last is smaller where the extent can't be divided. */
  private static long[] equalParts(long extent, int parts) {
    long size = Math.ceilDiv(extent, Math.max(1, parts));
    long[] sizes = new long[parts];
    for (int i = 0; i < parts; i++) {
      sizes[i] = Math.clamp(extent - i * size, 0, size);
    }
    return sizes;
  }

  private static void slice(NodeReader n) {
    Operand x = n.input(0);
    boolean inputs = n.opset() >= 10;
    long[] starts =
        inputs
            ? n.integers(1, "starts")
            : n.integers("starts").orElseThrow(() -> n.refuse("lacks its starts"));
    long[] ends =
        inputs
            ? n.integers(2, "ends")
            : n.integers("ends").orElseThrow(() -> n.refuse("lacks its ends"));
    long[] axes =
        inputs
            ? n.has(3) ? n.integers(3, "axes") : LongRange.upTo(starts.length)
            : n.integers("axes").orElseGet(() -> LongRange.upTo(starts.length));
    long[] steps = inputs && n.has(4) ? n.integers(4, "steps") : LongRange.ones(starts.length);
    if (ends.length != starts.length
        || axes.length != starts.length
        || steps.length != starts.length) {
      throw n.refuse("has starts, ends, axes and steps of different lengths");
    }
    List<int[]> maps = Emitter.identities(x.shape());
    for (int i = 0; i < axes.length; i++) {
      int axis = n.axis(axes[i], x.shape().rank());
      if (steps[i] == 0) {
        throw n.refuse("has a step of 0");
      }
      maps.set(axis, sliced(x.shape().dim(axis), starts[i], ends[i], steps[i]));
    }
    n.output(n.emit().remap(x, maps, 0));
  }

  /** The elements of a slice, by the rules of Python. */
  private static int[] sliced(long extent, long start, long end, long step) {
    boolean forward = step > 0;
    long low = forward ? 0 : -1;
    long high = forward ? extent : extent - 1;
    long from = Math.clamp(start < 0 ? start + extent : start, low, high);
    long to = Math.clamp(end < 0 ? end + extent : end, low, high);
    List<Integer> picked = new ArrayList<>();
    for (long i = from; forward ? i < to : i > to; i += step) {
      picked.add((int) i);
      if (Math.abs(step) > extent) {
        break;
      }
    }
    return picked.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Small whole-number sequences. */
  private static final class LongRange {
    static long[] upTo(int n) {
      return IntStream.range(0, n).mapToLong(i -> i).toArray();
    }

    static long[] ones(int n) {
      long[] ones = new long[n];
      Arrays.fill(ones, 1);
      return ones;
    }
  }

  private static void gather(NodeReader n) {
    Operand x = n.input(0);
    ConstantArray indices = n.constant(1, "indices");
    int axis = n.axis(n.integer("axis", 0), x.shape().rank());
    long extent = x.shape().dim(axis);
    int[] map = new int[Math.toIntExact(indices.shape().size())];
    for (int i = 0; i < map.length; i++) {
      long at = indices.integer(i);
      if (at < -extent || at >= extent) {
        throw n.refuse("has index " + at + " for an extent of " + extent);
      }
      map[i] = (int) (at < 0 ? at + extent : at);
    }
    List<int[]> maps = Emitter.identities(x.shape());
    maps.set(axis, map);
    Operand picked = n.emit().remap(x, maps, 0);
    List<Long> dims = new ArrayList<>();
    for (int i = 0; i < x.shape().rank(); i++) {
      if (i == axis) {
        Arrays.stream(indices.shape().dims()).forEach(dims::add);
      } else {
        dims.add(x.shape().dim(i));
      }
    }
    Emitter.keepApart(x, axis != 0);
    n.output(n.emit().reshape(picked, Shape.of(dims)));
  }

  private static void pad(NodeReader n) {
    Operand x = n.input(0);
    int rank = x.shape().rank();
    long[] pads =
        n.opset() >= 11
            ? n.integers(1, "pads")
            : n.integers("pads").orElseThrow(() -> n.refuse("lacks its pads"));
    double fill =
        n.opset() < 11 ? n.number("value", 0) : n.has(2) ? n.constant(2, "a fill").at(0) : 0;
    int[] axes =
        n.has(3)
            ? Arrays.stream(n.integers(3, "axes")).mapToInt(a -> n.axis(a, rank)).toArray()
            : IntStream.range(0, rank).toArray();
    if (pads.length != 2 * axes.length) {
      throw n.refuse("has " + pads.length + " pads for " + axes.length + " axes");
    }
    String mode = n.text("mode", "constant");
    n.since(2);
    List<int[]> maps = Emitter.identities(x.shape());
    for (int i = 0; i < axes.length; i++) {
      int axis = axes[i];
      maps.set(axis, padded(n, mode, x.shape().intDim(axis), pads[i], pads[axes.length + i]));
    }
    n.output(n.emit().remap(x, maps, fill));
  }

  private static int[] padded(NodeReader n, String mode, int extent, long begin, long end) {
    long length = extent + begin + end;
    if (length < 0 || length > MAX_EXTENT || Math.abs(begin) > MAX_EXTENT) {
      throw n.refuse("has pads " + begin + " and " + end + " for an extent of " + extent);
    }
    int[] map = new int[(int) length];
    for (int i = 0; i < map.length; i++) {
      int at = (int) (i - begin);
      boolean inside = at >= 0 && at < extent;
      map[i] =
          inside
              ? at
              : switch (mode) {
                case "constant" -> -1;
                case "edge" -> Math.clamp(at, 0, extent - 1);
                case "reflect" -> reflected(n, at, extent);
                case "wrap" -> Math.floorMod(at, extent);
                default -> throw n.refuse("has mode " + mode);
              };
    }
    return map;
  }

  private static int reflected(NodeReader n, int at, int extent) {
    if (extent < 2) {
      throw n.refuse("reflects an extent of " + extent);
    }
    int period = 2 * (extent - 1);
    int phase = Math.floorMod(at, period);
    return phase < extent ? phase : period - phase;
  }

  private static void expand(NodeReader n) {
    Operand x = n.input(0);
    Shape to;
    try {
      to = Emitter.broadcast(x.shape(), Shape.of(n.integers(1, "a shape")));
    } catch (IllegalArgumentException e) {
      throw n.refuse("expands to a shape that is none");
    }
    n.output(n.emit().expand(x, to));
  }

  private static void tile(NodeReader n) {
    Operand x = n.input(0);
    n.since(6);
    long[] repeats = n.integers(1, "repeats");
    if (repeats.length != x.shape().rank()) {
      throw n.refuse("has " + repeats.length + " repeats for " + x.shape());
    }
    List<int[]> maps = new ArrayList<>();
    for (int axis = 0; axis < repeats.length; axis++) {
      int extent = x.shape().intDim(axis);
      if (repeats[axis] < 0 || extent * repeats[axis] > MAX_EXTENT) {
        throw n.refuse("repeats an axis " + repeats[axis] + " times");
      }
      maps.add(IntStream.range(0, (int) (extent * repeats[axis])).map(i -> i % extent).toArray());
    }
    n.output(n.emit().remap(x, maps, 0));
  }
}
