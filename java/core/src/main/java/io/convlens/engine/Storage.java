package io.convlens.engine;

import io.convlens.device.Buffer;
import io.convlens.graph.Value;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run of elements that one or more values share: a concatenation and its parts, an array and its
 * reshaped view. Lives from the first step that touches it to the last.
 */
final class Storage {
  private final long size;
  private final List<Value> values = new ArrayList<>();
  private @Nullable Buffer buffer;
  private int firstStep = Integer.MAX_VALUE;
  private int lastStep = -1;

  /** Of this many elements. */
  Storage(long size) {
    this.size = size;
  }

  long size() {
    return size;
  }

  /** The values that lie here. */
  List<Value> values() {
    return values;
  }

  /** Notes that a step reads or writes this. */
  void use(int step) {
    firstStep = Math.min(firstStep, step);
    lastStep = Math.max(lastStep, step);
  }

  int firstStep() {
    return firstStep;
  }

  boolean overlaps(Storage other) {
    return firstStep <= other.lastStep && other.firstStep <= lastStep;
  }

  void placeIn(Buffer memory) {
    buffer = memory;
  }

  Buffer buffer() {
    if (buffer == null) {
      throw new IllegalStateException("storage of " + values + " has no memory yet");
    }
    return buffer;
  }
}
