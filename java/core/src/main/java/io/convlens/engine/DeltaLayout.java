package io.convlens.engine;

import io.convlens.graph.Value;
import io.convlens.graph.Windowing;
import io.convlens.window.Interval;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the windows of a plan lie along one axis, for positions that run together: each buffer has
 * one width for all of them, and a start for each. Windows may reach outside of their map where
 * positions of different places share a width.
 *
 * <p>A window of width w at i is taken by a convolution to one at o, where the first output sees
 * {@code o·stride − pad}: as one operation for all positions only if {@code i + pad − o·stride},
 * the padding before the window, is the same for all. Windows that are gathered are placed so that
 * it is; what a wider one holds besides is zeros.
 */
final class DeltaLayout {
  private final int axis;
  private final List<Map<Value, Interval>> reached;
  private final int[] widths;
  private final int[][] starts;
  private final Map<DeltaStep.Convolve, Integer> padding = new LinkedHashMap<>();

  /**
   * Lays out.
   *
   * @param axis 0 for rows, 1 for columns
   * @param reached for each position, which indices of each map change; empty where none do
   */
  DeltaLayout(DeltaPlan plan, int axis, List<Map<Value, Interval>> reached) {
    this.axis = axis;
    this.reached = reached;
    this.widths = new int[plan.buffers().size()];
    this.starts = new int[plan.buffers().size()][];
    for (DeltaStep step : plan.steps()) {
      switch (step) {
        case DeltaStep.Patch s -> place(s.to());
        case DeltaStep.Gather s -> place(s.to());
        case DeltaStep.Pool s -> place(s.to());
        case DeltaStep.Convolve s -> convolve(s);
        case DeltaStep.Seed _ -> {}
      }
    }
  }

  /** Widths and paddings: equal for positions that fit each other exactly. */
  List<Integer> signature() {
    List<Integer> all = new ArrayList<>();
    for (int w : widths) {
      all.add(w);
    }
    all.addAll(padding.values());
    return all;
  }

  int width(DeltaBuffer b) {
    return widths[b.index()];
  }

  int start(DeltaBuffer b, int position) {
    return starts[b.index()][position];
  }

  /** The zeros before a convolution's window. */
  int padBegin(DeltaStep.Convolve step) {
    return padding.get(step);
  }

  /** The zeros after a convolution's window that its last output reaches; may be negative. */
  int padEnd(DeltaStep.Convolve step) {
    Windowing w = step.node().windowing();
    int reach = (w.kernel().get(axis) - 1) * w.dilations().get(axis) + 1;
    return (width(step.to()) - 1) * w.strides().get(axis)
        + reach
        - width(step.from())
        - padBegin(step);
  }

  /** The pairs of an output and a tap that fall on the window, along this axis. */
  int taps(DeltaStep.Convolve step) {
    Windowing w = step.node().windowing();
    int count = 0;
    for (int o = 0; o < width(step.to()); o++) {
      for (int k = 0; k < w.kernel().get(axis); k++) {
        int i = o * w.strides().get(axis) - padBegin(step) + k * w.dilations().get(axis);
        count += i >= 0 && i < width(step.from()) ? 1 : 0;
      }
    }
    return count;
  }

  private Interval needed(Value v, int position) {
    return reached.get(position).getOrDefault(v, Interval.EMPTY);
  }

  /** Places windows freely, but for the steps of those that read them. */
  private void place(DeltaBuffer b) {
    int step = b.alignment(axis);
    int best = 0;
    int width = Integer.MAX_VALUE;
    for (int phase = 0; phase < step; phase++) {
      int w = width(b.value(), step, phase);
      if (w < width) {
        width = w;
        best = phase;
      }
    }
    int[] at = new int[reached.size()];
    for (int p = 0; p < at.length; p++) {
      at[p] = aligned(needed(b.value(), p).from(), step, best);
    }
    widths[b.index()] = width;
    starts[b.index()] = at;
  }

  private int width(Value v, int step, int phase) {
    int width = 1;
    for (int p = 0; p < reached.size(); p++) {
      Interval n = needed(v, p);
      if (!n.isEmpty()) {
        width = Math.max(width, n.to() - aligned(n.from(), step, phase));
      }
    }
    return width;
  }

  private static int aligned(int index, int step, int phase) {
    return index - Math.floorMod(index - phase, step);
  }

  /** Places the windows that a convolution makes of others. */
  private void convolve(DeltaStep.Convolve s) {
    Windowing w = s.node().windowing();
    int stride = w.strides().get(axis);
    int pad = w.padBegin().get(axis);
    int[] from = starts[s.from().index()];
    int before = Math.floorMod(from[0] + pad, stride);
    for (int p = 0; p < from.length; p++) {
      Interval n = needed(s.to().value(), p);
      if (!n.isEmpty()) {
        before = Math.max(before, from[p] + pad - stride * n.from());
      }
    }
    int[] to = new int[from.length];
    int width = 1;
    for (int p = 0; p < from.length; p++) {
      to[p] = Math.floorDiv(from[p] + pad - before, stride);
      Interval n = needed(s.to().value(), p);
      width = n.isEmpty() ? width : Math.max(width, n.to() - to[p]);
    }
    padding.put(s, before);
    widths[s.to().index()] = width;
    starts[s.to().index()] = to;
  }
}
