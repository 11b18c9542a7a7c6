package io.convlens.engine;

import io.convlens.graph.Value;

/**
 * Windows of one value's changes that a step of a {@link DeltaPlan} writes. Which rows and columns
 * they are is for {@link DeltaLayout} to say.
 */
final class DeltaBuffer {
  private final int index;
  private final Value value;
  private final boolean clean;
  private final int[] alignments;

  /**
   * Windows to be.
   *
   * @param index its number in the plan
   * @param value the map that they are windows of
   * @param clean whether places outside of the map are 0
   */
  DeltaBuffer(int index, Value value, boolean clean) {
    this(index, value, clean, new int[] {1, 1});
  }

  private DeltaBuffer(int index, Value value, boolean clean, int[] alignments) {
    this.index = index;
    this.value = value;
    this.clean = clean;
    this.alignments = alignments;
  }

  /** Windows of the same value that lie where these do, whatever steps over either. */
  DeltaBuffer beside(int index) {
    return new DeltaBuffer(index, value, clean, alignments);
  }

  int index() {
    return index;
  }

  Value value() {
    return value;
  }

  boolean clean() {
    return clean;
  }

  int channels() {
    return value.shape().intDim(1);
  }

  /** A reader steps over it so: windows of one batch must all begin alike between two steps. */
  void align(int axis, int stride) {
    int a = alignments[axis];
    alignments[axis] = a / greatestCommonDivisor(a, stride) * stride;
  }

  int alignment(int axis) {
    return alignments[axis];
  }

  private static int greatestCommonDivisor(int a, int b) {
    return b == 0 ? a : greatestCommonDivisor(b, a % b);
  }
}
