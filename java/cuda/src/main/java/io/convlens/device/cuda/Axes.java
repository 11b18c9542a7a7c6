package io.convlens.device.cuda;

import java.util.ArrayList;
import java.util.List;

/**
 * The axes that several arrays are walked along together, as few as possible: axes of extent 1 are
 * left out, and neighbours that every array walks through as one are merged.
 *
 * @param strides a list for each array
 */
record Axes(List<Long> dims, List<List<Long>> strides) {

  static Axes of(KernelPlan plan, List<Long> dims, List<List<Long>> strides) {
    List<Long> merged = new ArrayList<>();
    List<List<Long>> steps = new ArrayList<>();
    strides.forEach(_ -> steps.add(new ArrayList<>()));
    for (int axis = 0; axis < dims.size(); axis++) {
      if (dims.get(axis) == 1) {
        continue;
      }
      if (!merged.isEmpty() && merges(dims, strides, axis, steps)) {
        merged.set(merged.size() - 1, merged.getLast() * dims.get(axis));
        steps.forEach(List::removeLast);
      } else {
        merged.add(dims.get(axis));
      }
      for (int a = 0; a < strides.size(); a++) {
        steps.get(a).add(strides.get(a).get(axis));
      }
    }
    if (merged.size() > Words.AXES) {
      throw ArrayKernels.tooManyAxes(plan, merged.size());
    }
    if (merged.isEmpty()) {
      merged.add(1L);
      steps.forEach(list -> list.add(1L));
    }
    return new Axes(merged, steps);
  }

  private static boolean merges(
      List<Long> dims, List<List<Long>> strides, int axis, List<List<Long>> steps) {
    for (int a = 0; a < strides.size(); a++) {
      if (steps.get(a).getLast() != strides.get(a).get(axis) * dims.get(axis)) {
        return false;
      }
    }
    return true;
  }

  int count() {
    return dims.size();
  }

  /** From the last array to itself, and one number for all. */
  Axes inPlace() {
    List<Long> dst = strides.getLast();
    return new Axes(dims, List.of(dst, java.util.Collections.nCopies(dims.size(), 0L), dst));
  }
}
