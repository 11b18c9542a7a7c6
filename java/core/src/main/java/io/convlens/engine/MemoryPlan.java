package io.convlens.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Offsets in one arena for storages that live at different times, so that those that live together
 * don't overlap. Greedy by size (Pisarchyk and Lee, 2020, "Efficient Memory Management for Deep
 * Neural Net Inference"): the largest first, each at the lowest gap that holds it.
 */
final class MemoryPlan {
  /** Every storage starts on a cache line of its own: 64 bytes in floats. */
  private static final long ALIGNMENT = 16;

  private final Map<Storage, Long> offsets = new HashMap<>();
  private long total;

  MemoryPlan(List<Storage> storages) {
    List<Storage> bySize = new ArrayList<>(storages);
    bySize.sort(
        Comparator.comparingLong(Storage::size).reversed().thenComparingInt(Storage::firstStep));
    List<Storage> placed = new ArrayList<>();
    for (Storage s : bySize) {
      long offset = lowestGap(s, placed);
      offsets.put(s, offset);
      total = Math.max(total, offset + aligned(s.size()));
      placed.add(s);
      placed.sort(Comparator.comparingLong(offsets::get));
    }
  }

  private long lowestGap(Storage s, List<Storage> placed) {
    long at = 0;
    for (Storage other : placed) {
      if (s.overlaps(other)) {
        if (at + s.size() <= offsets.get(other)) {
          return at;
        }
        at = Math.max(at, offsets.get(other) + aligned(other.size()));
      }
    }
    return at;
  }

  private static long aligned(long size) {
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** The arena's size in elements. */
  long total() {
    return total;
  }

  long offset(Storage s) {
    return offsets.get(s);
  }
}
