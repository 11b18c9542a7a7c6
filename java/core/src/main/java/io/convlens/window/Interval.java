package io.convlens.window;

/**
 * Indices {@code from} to {@code to}, the end exclusive; empty where they are equal.
 *
 * @param from the first index
 * @param to the index after the last, at least {@code from}
 */
public record Interval(int from, int to) {
  /** Nothing. */
  public static final Interval EMPTY = new Interval(0, 0);

  /** Checks the order. */
  public Interval {
    if (to < from) {
      throw new IllegalArgumentException("interval " + from + " to " + to);
    }
  }

  /** The number of indices. */
  public int length() {
    return to - from;
  }

  /** Whether there is none. */
  public boolean isEmpty() {
    return to == from;
  }

  /** Whether an index is inside. */
  public boolean contains(int index) {
    return index >= from && index < to;
  }

  /** The smallest interval that holds both. */
  public Interval union(Interval other) {
    if (isEmpty()) {
      return other;
    }
    return other.isEmpty()
        ? this
        : new Interval(Math.min(from, other.from), Math.max(to, other.to));
  }

  /** What lies between 0 and a length. */
  public Interval clip(int length) {
    int low = Math.clamp(from, 0, length);
    return new Interval(low, Math.clamp(to, low, length));
  }

  /** Moved by so many indices. */
  public Interval shift(int by) {
    return new Interval(from + by, to + by);
  }

  /**
   * The outputs of a sliding window that see an index of this interval: {@code o·stride − padBegin
   * + dilation·(kernel−1) ≥ from} and {@code o·stride − padBegin < to}.
   *
   * @param outputs the number of outputs
   */
  public Interval through(int kernel, int stride, int dilation, int padBegin, int outputs) {
    if (isEmpty()) {
      return EMPTY;
    }
    int low = Math.ceilDiv(from + padBegin - dilation * (kernel - 1), stride);
    int high = Math.ceilDiv(to + padBegin, stride);
    return new Interval(low, Math.max(low, high)).clip(outputs);
  }
}
