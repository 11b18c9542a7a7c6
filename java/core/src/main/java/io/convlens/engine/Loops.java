package io.convlens.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Nested loops over arrays of the same extents, with as few loops as possible: neighbours that
 * every array walks through as one are merged.
 *
 * @param axes the first axis of each loop, outermost first; −1 for the only loop of a single
 *     element
 * @param dims the loops' extents
 * @param strides a list of strides for each array
 */
record Loops(List<Integer> axes, List<Long> dims, List<List<Long>> strides) {

  /**
   * Loops over some axes.
   *
   * @param axes the axes in the order of the loops, outermost first
   * @param extents the extent of each axis of the arrays
   * @param arrays strides by axis, one list an array
   * @param alone the axes that are not to be merged with a neighbour
   */
  static Loops over(
      List<Integer> axes, List<Long> extents, List<List<Long>> arrays, IntPredicate alone) {
    List<Integer> first = new ArrayList<>();
    List<Long> dims = new ArrayList<>();
    List<List<Long>> strides = new ArrayList<>();
    arrays.forEach(_ -> strides.add(new ArrayList<>()));
    int last = -1;
    for (int axis : axes) {
      long extent = extents.get(axis);
      boolean merges = !dims.isEmpty() && !alone.test(axis) && !alone.test(last);
      for (int a = 0; a < arrays.size() && merges; a++) {
        merges = strides.get(a).getLast() == arrays.get(a).get(axis) * extent;
      }
      if (merges) {
        dims.set(dims.size() - 1, dims.getLast() * extent);
        strides.forEach(List::removeLast);
      } else {
        first.add(axis);
        dims.add(extent);
      }
      for (int a = 0; a < arrays.size(); a++) {
        strides.get(a).add(arrays.get(a).get(axis));
      }
      last = axis;
    }
    if (dims.isEmpty()) {
      first.add(-1);
      dims.add(1L);
      strides.forEach(list -> list.add(1L));
    }
    return new Loops(first, dims, strides);
  }
}
