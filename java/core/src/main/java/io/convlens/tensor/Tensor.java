package io.convlens.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A float32 array off the Java heap, row-major in its shape's order, 64-byte aligned.
 *
 * <p>Whoever creates a tensor closes it; closing twice is fine, using it after that throws {@link
 * IllegalStateException}. The memory is not owned by the garbage collector. Reading from several
 * threads is safe, writing is the caller's to order.
 *
 * <pre>{@code
 * try (var t = Tensor.of(Shape.of(2, 2), 1, 2, 3, 4)) {
 *   float last = t.get(3);
 * }
 * }</pre>
 */
public final class Tensor implements AutoCloseable {
  /** Alignment of every tensor's first element in bytes: a cache line, an AVX-512 register. */
  public static final long ALIGNMENT = 64;

  private static final AtomicLong LIVE = new AtomicLong();

  /** Views may start anywhere in a file; on this layout that costs nothing. */
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private final Shape shape;
  private final @Nullable Arena arena;
  private final MemorySegment segment;
  private boolean closed;

  private Tensor(Shape shape) {
    this.shape = shape;
    this.arena = Arena.ofShared();
    MemorySegment s;
    try {
      s = arena.allocate(Math.multiplyExact(shape.size(), Float.BYTES), ALIGNMENT);
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
    this.segment = s;
    LIVE.incrementAndGet();
  }

  private Tensor(Shape shape, MemorySegment view) {
    this.shape = shape;
    this.arena = null;
    this.segment = view;
  }

  /**
   * A view of float32 values that somebody else owns: closing it frees nothing, and it ends with
   * its owner.
   *
   * @param bytes a direct buffer in the machine's byte order; from its position on
   * @throws IllegalArgumentException if it holds too few bytes
   */
  public static Tensor view(Shape shape, ByteBuffer bytes) {
    MemorySegment all = MemorySegment.ofBuffer(bytes);
    long size = Math.multiplyExact(shape.size(), Float.BYTES);
    if (size > all.byteSize()) {
      throw new IllegalArgumentException(all.byteSize() + " bytes for shape " + shape);
    }
    return new Tensor(shape, all.asSlice(0, size));
  }

  /** The same elements under another shape of as many: a view, which ends with this tensor. */
  public Tensor reshaped(Shape to) {
    if (to.size() != size()) {
      throw new IllegalArgumentException("shape " + to + " for the elements of " + shape);
    }
    return new Tensor(to, segment());
  }

  /** A tensor of zeros. */
  public static Tensor zeros(Shape shape) {
    return new Tensor(shape);
  }

  /**
   * A tensor with a copy of these values in row-major order.
   *
   * @throws IllegalArgumentException if there are more or fewer values than the shape holds
   */
  public static Tensor of(Shape shape, float... values) {
    if (values.length != shape.size()) {
      throw new IllegalArgumentException(values.length + " values for shape " + shape);
    }
    var t = new Tensor(shape);
    MemorySegment.copy(values, 0, t.segment, FLOAT, 0, values.length);
    return t;
  }

  /** The number of tensors that are open in this process: what a leak test watches. */
  public static long live() {
    return LIVE.get();
  }

  /** The shape. */
  public Shape shape() {
    return shape;
  }

  /** The number of elements. */
  public long size() {
    return shape.size();
  }

  /** The memory, {@code size() * 4} bytes in the machine's byte order. */
  public MemorySegment segment() {
    if (closed) {
      throw new IllegalStateException("tensor " + shape + " is closed");
    }
    return segment;
  }

  /** The element at a row-major index. */
  public float get(long index) {
    return segment().getAtIndex(FLOAT, index);
  }

  /** Sets the element at a row-major index. */
  public void set(long index, float value) {
    segment().setAtIndex(FLOAT, index, value);
  }

  /** Copies an array's elements to a row-major index on. */
  public void copyFrom(float[] from, long index) {
    MemorySegment.copy(from, 0, segment(), FLOAT, index * Float.BYTES, from.length);
  }

  /** Copies {@code count} elements of another tensor, from an index on, to a row-major index on. */
  public void copyFrom(Tensor from, long fromIndex, long index, long count) {
    MemorySegment.copy(
        from.segment(),
        fromIndex * Float.BYTES,
        segment(),
        index * Float.BYTES,
        count * Float.BYTES);
  }

  /** The index of the first element that is NaN or infinite, or −1. */
  public long firstNotFinite() {
    for (long i = 0; i < size(); i++) {
      if (!Float.isFinite(get(i))) {
        return i;
      }
    }
    return -1;
  }

  /** Copies the first {@code count} elements into an array from an index on. */
  public void copyTo(float[] to, int at, int count) {
    MemorySegment.copy(segment(), FLOAT, 0, to, at, count);
  }

  /** A copy of all elements in row-major order. */
  public float[] toArray() {
    return segment().toArray(FLOAT);
  }

  /**
   * Writes this array, read as {@code [n, rows, columns]}, to another as {@code [n, columns,
   * rows]}.
   *
   * @throws IllegalArgumentException if the sizes don't fit
   */
  public void transposeRows(int rows, int columns, Tensor to) {
    long matrix = (long) rows * columns;
    if (matrix == 0 || size() % matrix != 0 || to.size() != size()) {
      throw new IllegalArgumentException(shape + " is no array of " + rows + "x" + columns);
    }
    MemorySegment src = segment();
    MemorySegment dst = to.segment();
    for (long start = 0; start < size(); start += matrix) {
      for (int c = 0; c < columns; c++) {
        for (int r = 0; r < rows; r++) {
          dst.setAtIndex(
              FLOAT,
              start + (long) c * rows + r,
              src.getAtIndex(FLOAT, start + (long) r * columns + c));
        }
      }
    }
  }

  /** A new tensor with the same values. */
  public Tensor copy() {
    var t = new Tensor(shape);
    t.segment.copyFrom(segment());
    return t;
  }

  /** Frees the memory. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      if (arena != null) {
        arena.close();
        LIVE.decrementAndGet();
      }
    }
  }

  @Override
  public String toString() {
    return "Tensor" + shape + (closed ? " (closed)" : "");
  }
}
