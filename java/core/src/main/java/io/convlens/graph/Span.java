package io.convlens.graph;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/**
 * Which pixels of one input axis reach the elements of a value.
 *
 * @param axis the value's axis whose index decides; −1 where every element sees the same
 * @param stride pixels from one index to the next
 * @param low the first pixel under each index of that axis (one entry without an axis)
 * @param high the last one
 */
@SuppressWarnings("ArrayRecordComponent") // Made here, read here, compared by nobody.
record Span(int axis, double stride, int[] low, int[] high) {
  /** Each index sees its own pixel. */
  static Span identity(int axis, int length) {
    int[] own = new int[length];
    Arrays.setAll(own, i -> i);
    return new Span(axis, 1, own, own);
  }

  /** Everything sees all pixels. */
  static Span whole(int length) {
    return new Span(-1, 0, new int[] {0}, new int[] {length - 1});
  }

  boolean isWhole() {
    return axis < 0;
  }

  int length() {
    return low.length;
  }

  /** The first pixel under an index, as if the axis went on beyond its ends. */
  int lowAt(int index) {
    return beyond(low, index);
  }

  /** The last pixel under an index, as if the axis went on beyond its ends. */
  int highAt(int index) {
    return beyond(high, index);
  }

  private int beyond(int[] ends, int index) {
    if (index < 0) {
      return ends[0] + (int) Math.floor(index * stride);
    }
    int last = ends.length - 1;
    return index <= last ? ends[index] : ends[last] + (int) Math.ceil((index - last) * stride);
  }

  /** The same pixels under another axis. */
  Span onAxis(int other) {
    return new Span(other, stride, low, high);
  }

  /**
   * What an axis of another length sees, each index all of this one's from {@code first} to {@code
   * last}, in either order.
   */
  Span through(
      int toAxis, int length, double newStride, IntUnaryOperator first, IntUnaryOperator last) {
    int[] lows = new int[length];
    int[] highs = new int[length];
    for (int i = 0; i < length; i++) {
      int a = first.applyAsInt(i);
      int b = last.applyAsInt(i);
      lows[i] = Math.min(lowAt(a), lowAt(b));
      highs[i] = Math.max(highAt(a), highAt(b));
    }
    return new Span(toAxis, newStride, lows, highs);
  }

  /** What sees both; spans of one length, or of length 1 that goes with any. */
  Span union(Span other) {
    if (other.length() > length()) {
      return other.union(this);
    }
    int[] lows = low.clone();
    int[] highs = high.clone();
    for (int i = 0; i < lows.length; i++) {
      int j = other.length() == 1 ? 0 : i;
      lows[i] = Math.min(lows[i], other.low[j]);
      highs[i] = Math.max(highs[i], other.high[j]);
    }
    return new Span(axis, stride, lows, highs);
  }

  ReceptiveField.Side side() {
    int size = 0;
    for (int i = 0; i < low.length; i++) {
      size = Math.max(size, high[i] - low[i] + 1);
    }
    return new ReceptiveField.Side(size, stride, low[0]);
  }
}
