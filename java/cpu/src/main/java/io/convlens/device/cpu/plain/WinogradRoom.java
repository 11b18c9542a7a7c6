package io.convlens.device.cpu.plain;

import java.util.ArrayList;
import java.util.List;

/** A thread's arrays, kept from one run to the next. */
final class WinogradRoom {
  private static final ThreadLocal<WinogradRoom> OF_THREAD =
      ThreadLocal.withInitial(WinogradRoom::new);

  private final List<float[][]> arrays = new ArrayList<>();

  private WinogradRoom() {}

  static WinogradRoom ofThread() {
    return OF_THREAD.get();
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
