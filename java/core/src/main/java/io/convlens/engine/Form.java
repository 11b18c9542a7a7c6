package io.convlens.engine;

import io.convlens.device.MapShape;
import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * How an array's elements lie in memory: the element at index i is at Σ iₖ·strideₖ. Axes are in
 * ONNX's order; the strides say which of them is innermost.
 */
record Form(Shape extents, List<Long> strides) {
  Form {
    strides = List.copyOf(strides);
    if (strides.size() != extents.rank()) {
      throw new IllegalArgumentException(strides.size() + " strides for " + extents);
    }
  }

  /** The last axis innermost. */
  static Form rowMajor(Shape extents) {
    List<Long> strides = new ArrayList<>();
    for (long s : extents.strides()) {
      strides.add(s);
    }
    return new Form(extents, strides);
  }

  /** Axis 1 innermost, the others as they are; row-major below rank 3. */
  static Form channelsLast(Shape extents) {
    return extents.rank() < 3 ? rowMajor(extents) : channelsLast(extents, extents.dim(1));
  }

  /** Axis 1 innermost, with {@code pitch} elements from one place to the next. */
  static Form channelsLast(Shape extents, long pitch) {
    Long[] strides = new Long[extents.rank()];
    long s = pitch;
    for (int axis = extents.rank() - 1; axis >= 2; axis--) {
      strides[axis] = s;
      s *= extents.dim(axis);
    }
    strides[0] = s;
    strides[1] = 1L;
    return new Form(extents, List.of(strides));
  }

  /** The axes of extent over 1, from the outermost in memory to the innermost. */
  List<Integer> axesInMemoryOrder() {
    List<Integer> axes = new ArrayList<>();
    for (int i = 0; i < extents.rank(); i++) {
      if (extents.dim(i) > 1) {
        axes.add(i);
      }
    }
    axes.sort(Comparator.comparingLong((Integer axis) -> strides.get(axis)).reversed());
    return axes;
  }

  /** Elements from the first to the last, both included. */
  long span() {
    if (extents.size() == 0) {
      return 0;
    }
    long last = 0;
    for (int i = 0; i < extents.rank(); i++) {
      last += (extents.dim(i) - 1) * strides.get(i);
    }
    return last + 1;
  }

  /** Whether row-major order without gaps is what this is. */
  boolean isRowMajor() {
    return sameAs(rowMajor(extents));
  }

  /** Whether the elements fill their memory without gaps, in whichever order. */
  boolean isDense() {
    return span() == extents.size();
  }

  /**
   * Whether the elements lie as in another form of the same extents; axes of extent 1 don't count.
   */
  boolean sameAs(Form other) {
    if (!extents.equals(other.extents)) {
      return false;
    }
    for (int i = 0; i < extents.rank(); i++) {
      if (extents.dim(i) != 1 && !strides.get(i).equals(other.strides.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** This array as a map, if axis 1 is innermost and the others are in order and evenly spaced. */
  Optional<MapShape> asMap() {
    int rank = extents.rank();
    if (rank < 2 || rank > 5) {
      return Optional.empty();
    }
    for (int i = 0; i < rank; i++) {
      if (extents.dim(i) > Integer.MAX_VALUE) {
        return Optional.empty();
      }
    }
    long pitch = pitch();
    if (pitch < extents.dim(1) || pitch > Integer.MAX_VALUE) {
      return Optional.empty();
    }
    if (!sameAs(rank == 2 ? new Form(extents, List.of(pitch, 1L)) : channelsLast(extents, pitch))) {
      return Optional.empty();
    }
    return Optional.of(map((int) pitch));
  }

  /** The step from one place to the next: the stride of the innermost axis other than 1. */
  private long pitch() {
    for (int i = extents.rank() - 1; i >= 0; i--) {
      if (i != 1 && extents.dim(i) > 1) {
        return strides.get(i);
      }
    }
    return extents.dim(1);
  }

  private MapShape map(int pitch) {
    int rank = extents.rank();
    return new MapShape(
        extents.intDim(0),
        rank > 4 ? extents.intDim(rank - 3) : 1,
        rank > 3 ? extents.intDim(rank - 2) : 1,
        rank > 2 ? extents.intDim(rank - 1) : 1,
        extents.intDim(1),
        pitch);
  }
}
