package io.convlens.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The extents of an array, outermost axis first. Immutable; every extent is at least 0 and the
 * number of elements fits in a {@code long}.
 *
 * <p>A shape says nothing about layout: graph shapes are in ONNX's order (N, C, H, W), device
 * buffers of activations are channels last (N, H, W, C).
 */
public final class Shape {
  /** The shape of a single number. */
  public static final Shape SCALAR = new Shape();

  private final long[] dims;
  private final long size;

  private Shape(long... dims) {
    long product = 1;
    for (long d : dims) {
      if (d < 0) {
        throw new IllegalArgumentException("negative extent in " + Arrays.toString(dims));
      }
      try {
        product = Math.multiplyExact(product, d);
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException("too many elements in " + Arrays.toString(dims), e);
      }
    }
    this.dims = dims;
    this.size = product;
  }

  /**
   * A shape with these extents.
   *
   * @throws IllegalArgumentException if an extent is negative or the element count overflows
   */
  public static Shape of(long... dims) {
    return dims.length == 0 ? SCALAR : new Shape(dims.clone());
  }

  /** Like {@link #of(long...)}. */
  public static Shape of(List<Long> dims) {
    return of(dims.stream().mapToLong(Long::longValue).toArray());
  }

  /** The number of axes. */
  public int rank() {
    return dims.length;
  }

  /** The extent of an axis; negative axes count from the end. */
  public long dim(int axis) {
    return dims[axis < 0 ? axis + dims.length : axis];
  }

  /**
   * The extent of an axis as an {@code int}.
   *
   * @throws ArithmeticException if it does not fit
   */
  public int intDim(int axis) {
    return Math.toIntExact(dim(axis));
  }

  /** A copy of all extents. */
  public long[] dims() {
    return dims.clone();
  }

  /** The number of elements; 1 for a scalar. */
  public long size() {
    return size;
  }

  /** The product of the extents of axes {@code from} (inclusive) to {@code to} (exclusive). */
  public long product(int from, int to) {
    long product = 1;
    for (int i = from; i < to; i++) {
      product *= dims[i];
    }
    return product;
  }

  /** Row-major strides in elements. */
  public long[] strides() {
    long[] strides = new long[dims.length];
    long s = 1;
    for (int i = dims.length - 1; i >= 0; i--) {
      strides[i] = s;
      s *= dims[i];
    }
    return strides;
  }

  /** This shape with one extent replaced. */
  public Shape with(int axis, long extent) {
    long[] copy = dims.clone();
    copy[axis < 0 ? axis + dims.length : axis] = extent;
    return new Shape(copy);
  }

  /** This shape with its axes in another order: result axis {@code i} is axis {@code order[i]}. */
  public Shape permute(int... order) {
    if (order.length != dims.length) {
      throw new IllegalArgumentException("order of " + order.length + " axes for " + this);
    }
    return new Shape(Arrays.stream(order).mapToLong(a -> dims[a]).toArray());
  }

  /**
   * The shape two operands broadcast to (ONNX's multidirectional rule), ranks aligned at the end.
   *
   * @throws IllegalArgumentException if they don't broadcast
   */
  public static Shape broadcast(Shape a, Shape b) {
    int rank = Math.max(a.rank(), b.rank());
    long[] out = new long[rank];
    for (int i = 0; i < rank; i++) {
      long da = i < rank - a.rank() ? 1 : a.dims[i - rank + a.rank()];
      long db = i < rank - b.rank() ? 1 : b.dims[i - rank + b.rank()];
      if (da != db && da != 1 && db != 1) {
        throw new IllegalArgumentException("shapes " + a + " and " + b + " do not broadcast");
      }
      out[i] = da == 1 ? db : da;
    }
    return of(out);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Shape s && Arrays.equals(dims, s.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** The extents as {@code [1,3,224,224]}. */
  @Override
  public String toString() {
    return Arrays.stream(dims).mapToObj(Long::toString).collect(Collectors.joining(",", "[", "]"));
  }
}
