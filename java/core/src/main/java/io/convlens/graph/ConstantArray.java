package io.convlens.graph;

import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * An array that is known before anything runs: weights, shape arithmetic. Floating-point types hold
 * float32 in a tensor that the {@link Model} owns; whole numbers and truth values are exact.
 */
final class ConstantArray {
  /** The largest array of whole numbers: the truth values of a large map. */
  private static final long MOST_WHOLES = 1L << 23;

  private final ElementType type;
  private final Shape shape;
  private final @Nullable Tensor floats;
  private final long @Nullable [] integers;

  private ConstantArray(
      ElementType type, Shape shape, @Nullable Tensor floats, long @Nullable [] integers) {
    this.type = type;
    this.shape = shape;
    this.floats = floats;
    this.integers = integers;
  }

  static ConstantArray of(ElementType type, Tensor floats) {
    return new ConstantArray(type, floats.shape(), floats, null);
  }

  static ConstantArray of(ElementType type, Shape shape, long... integers) {
    if (integers.length != shape.size()) {
      throw new IllegalArgumentException(integers.length + " numbers for " + shape);
    }
    return new ConstantArray(type, shape, null, integers);
  }

  static ConstantArray int64s(long... values) {
    return of(ElementType.INT64, Shape.of(values.length), values);
  }

  ElementType type() {
    return type;
  }

  Shape shape() {
    return shape;
  }

  boolean isFloat() {
    return floats != null;
  }

  /** The tensor of a floating-point array. */
  Tensor floats() {
    if (floats == null) {
      throw new IllegalStateException("an array of " + type);
    }
    return floats;
  }

  double at(long index) {
    return floats != null ? floats.get(index) : wholes()[Math.toIntExact(index)];
  }

  private long[] wholes() {
    if (integers == null) {
      throw new IllegalStateException("an array of " + type);
    }
    return integers;
  }

  long integer(long index) {
    return floats != null ? (long) floats.get(index) : wholes()[Math.toIntExact(index)];
  }

  long[] toIntegers() {
    long[] all = new long[Math.toIntExact(shape.size())];
    for (int i = 0; i < all.length; i++) {
      all[i] = integer(i);
    }
    return all;
  }

  /** Whether every element is the same number. */
  boolean isUniform() {
    for (long i = 1; i < shape.size(); i++) {
      if (at(i) != at(0)) {
        return false;
      }
    }
    return shape.size() > 0;
  }

  /** The same elements in another shape. */
  ConstantArray reshaped(Shape to, Owner owner) {
    if (floats == null) {
      return of(type, to, wholes());
    }
    if (floats.shape().equals(to)) {
      return this;
    }
    return of(
        type, owner.derived(List.of("reshaped", floats, to), () -> owner.own(floats.reshaped(to))));
  }

  /** Computes one element of an array that is being made. */
  interface Elements {
    double at(long index);
  }

  /** A new floating-point array. */
  static ConstantArray floats(Shape shape, Owner owner, Elements elements) {
    Tensor t = owner.zeros(shape);
    for (long i = 0; i < shape.size(); i++) {
      t.set(i, (float) elements.at(i));
    }
    return of(ElementType.FLOAT, t);
  }

  /** Computes one whole number of an array that is being made. */
  interface WholeElements {
    long at(long index);
  }

  /** A new array of whole numbers. */
  static ConstantArray wholes(ElementType type, Shape shape, WholeElements elements) {
    if (shape.size() > MOST_WHOLES) {
      throw new RefusedNodeException("needs a constant of shape " + shape + ", which is too large");
    }
    long[] values = new long[Math.toIntExact(shape.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = type.wrap(elements.at(i));
    }
    return of(type, shape, values);
  }

  /** An array whose element i is this one's at {@code source}(i), or the fill where that is −1. */
  private ConstantArray picked(Shape to, Owner owner, double fill, WholeElements source) {
    if (isFloat()) {
      return floats(
          to,
          owner,
          i -> {
            long s = source.at(i);
            return s < 0 ? fill : at(s);
          });
    }
    return wholes(
        type,
        to,
        i -> {
          long s = source.at(i);
          return s < 0 ? (long) fill : integer(s);
        });
  }

  /** Element by element through one map an axis: see {@link Node.Remap}. */
  ConstantArray remapped(List<int[]> maps, double fill, Owner owner) {
    Shape to = Shape.of(maps.stream().map(m -> (long) m.length).toList());
    long[] strides = shape.strides();
    return picked(
        to,
        owner,
        fill,
        index -> {
          long rest = index;
          long at = 0;
          for (int axis = maps.size() - 1; axis >= 0; axis--) {
            int[] map = maps.get(axis);
            int from = map[(int) (rest % map.length)];
            rest /= map.length;
            if (from < 0) {
              return -1;
            }
            at += from * strides[axis];
          }
          return at;
        });
  }

  /** Axes in another order. */
  ConstantArray transposed(int[] order, Owner owner) {
    if (floats == null) {
      return permuted(order, owner);
    }
    List<Integer> axes = Arrays.stream(order).boxed().toList();
    return of(
        type,
        owner.derived(List.of("transposed", floats, axes), () -> permuted(order, owner).floats()));
  }

  private ConstantArray permuted(int[] order, Owner owner) {
    Shape to = shape.permute(order);
    if (floats != null && order.length == 2 && order[0] == 1 && shape.size() > 0) {
      Tensor turned = owner.zeros(to);
      floats.transposeRows(shape.intDim(0), shape.intDim(1), turned);
      return of(type, turned);
    }
    long[] strides = shape.strides();
    return picked(
        to,
        owner,
        0,
        index -> {
          long rest = index;
          long at = 0;
          for (int axis = order.length - 1; axis >= 0; axis--) {
            at += rest % to.dim(axis) * strides[order[axis]];
            rest /= to.dim(axis);
          }
          return at;
        });
  }

  /** The index of this array's element that broadcasting shows at an index of a larger shape. */
  long broadcastIndex(Shape to, long index) {
    long[] strides = shape.strides();
    int missing = to.rank() - shape.rank();
    long rest = index;
    long at = 0;
    for (int axis = to.rank() - 1; axis >= missing; axis--) {
      long i = rest % to.dim(axis);
      rest /= to.dim(axis);
      at += shape.dim(axis - missing) == 1 ? 0 : i * strides[axis - missing];
    }
    return at;
  }

  /** Arrays one after another along an axis. */
  static ConstantArray concatenated(List<ConstantArray> parts, int axis, Shape to, Owner owner) {
    long inner = to.product(axis + 1, to.rank());
    long length = to.dim(axis);
    IntFunction<long[]> find =
        at -> {
          int part = 0;
          long rest = at;
          while (rest >= parts.get(part).shape().dim(axis)) {
            rest -= parts.get(part).shape().dim(axis);
            part++;
          }
          return new long[] {part, rest};
        };
    return gathered(
        parts,
        to,
        owner,
        index -> {
          long outer = index / inner / length;
          long[] found = find.apply((int) (index / inner % length));
          long width = parts.get((int) found[0]).shape().dim(axis);
          return new long[] {found[0], (outer * width + found[1]) * inner + index % inner};
        });
  }

  private interface Source {
    long[] at(long index);
  }

  private static ConstantArray gathered(
      List<ConstantArray> parts, Shape to, Owner owner, Source source) {
    if (parts.stream().anyMatch(ConstantArray::isFloat)) {
      return floats(
          to,
          owner,
          i -> {
            long[] s = source.at(i);
            return parts.get((int) s[0]).at(s[1]);
          });
    }
    return wholes(
        parts.getFirst().type(),
        to,
        i -> {
          long[] s = source.at(i);
          return parts.get((int) s[0]).integer(s[1]);
        });
  }

  @Override
  public String toString() {
    return type + shape.toString();
  }
}
