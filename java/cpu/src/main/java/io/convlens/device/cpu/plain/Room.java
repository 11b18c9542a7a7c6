package io.convlens.device.cpu.plain;

import java.util.ArrayList;
import java.util.List;

/**
 * A thread's arrays, kept from one run to the next, so that kernels that run thousands of times
 * leave nothing to collect and find their arrays in the cache. What they hold is not kept: the next
 * kernel takes the same ones.
 */
final class Room {
  private static final ThreadLocal<Room> OF_THREAD = ThreadLocal.withInitial(Room::new);

  private final List<float[][]> arrays = new ArrayList<>();

  private Room() {}

  static Room ofThread() {
    return OF_THREAD.get();
  }

  /** Array number {@code index}, of at least this length, with any content. */
  float[] take(int index, int length) {
    return take(index, 1, length)[0];
  }

  /** Set number {@code index}: so many arrays of at least this length, with any content. */
  float[][] take(int index, int count, int length) {
    while (arrays.size() <= index) {
      arrays.add(new float[0][]);
    }
    float[][] set = arrays.get(index);
    if (set.length < count || set[0].length < length) {
      set = new float[count][length];
      arrays.set(index, set);
    }
    return set;
  }
}
