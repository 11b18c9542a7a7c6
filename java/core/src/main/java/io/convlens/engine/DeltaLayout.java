package io.convlens.engine;

import io.convlens.graph.Windowing;
import io.convlens.window.Interval;
import java.util.ArrayList;
import java.util.List;

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
  private final int positions;
  private final int[][] from;
  private final int[][] to;
  private final int[] widths;
  private final int[][] starts;
  private final int[] padding;
  private final int[] taps;

  /**
   * Lays out.
   *
   * @param axis 0 for rows, 1 for columns
   * @param reached for each buffer and each position, which indices of its map change; empty where
   *     none do
   */
  DeltaLayout(DeltaPlan plan, int axis, Interval[][] reached) {
    int buffers = plan.buffers().size();
    this.axis = axis;
    this.positions = reached[0].length;
    this.from = new int[buffers][positions];
    this.to = new int[buffers][positions];
    for (int b = 0; b < buffers; b++) {
      for (int p = 0; p < positions; p++) {
        from[b][p] = reached[b][p].from();
        to[b][p] = reached[b][p].to();
      }
    }
    this.widths = new int[buffers];
    this.starts = new int[buffers][];
    this.padding = new int[buffers];
    this.taps = new int[buffers];
    for (DeltaStep step : plan.steps()) {
      switch (step) {
        case DeltaStep.Patch s -> place(s.to());
        case DeltaStep.Gather s -> place(s.to());
        case DeltaStep.Placewise s -> place(s.to());
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
    for (int p : padding) {
      all.add(p);
    }
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
    return padding[step.to().index()];
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
    return taps[step.to().index()];
  }

  private int countTaps(DeltaStep.Convolve step) {
    Windowing w = step.node().windowing();
    int stride = w.strides().get(axis);
    int dilation = w.dilations().get(axis);
    int count = 0;
    for (int k = 0; k < w.kernel().get(axis); k++) {
      // Outputs o with 0 ≤ o·stride + first < the window's width.
      int first = k * dilation - padBegin(step);
      int low = Math.max(0, Math.ceilDiv(-first, stride));
      int high = Math.min(width(step.to()), Math.ceilDiv(width(step.from()) - first, stride));
      count += Math.max(0, high - low);
    }
    return count;
  }

  /** Places windows freely, but for the steps of those that read them. */
  private void place(DeltaBuffer buffer) {
    int b = buffer.index();
    int step = buffer.alignment(axis);
    int best = 0;
    int width = Integer.MAX_VALUE;
    for (int phase = 0; phase < step; phase++) {
      int w = width(b, step, phase);
      if (w < width) {
        width = w;
        best = phase;
      }
    }
    int[] at = new int[positions];
    for (int p = 0; p < positions; p++) {
      at[p] = aligned(from[b][p], step, best);
    }
    widths[b] = width;
    starts[b] = at;
  }

  private int width(int b, int step, int phase) {
    int width = 1;
    for (int p = 0; p < positions; p++) {
      if (from[b][p] < to[b][p]) {
        width = Math.max(width, to[b][p] - aligned(from[b][p], step, phase));
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
    int b = s.to().index();
    int[] in = starts[s.from().index()];
    int before = Math.floorMod(in[0] + pad, stride);
    for (int p = 0; p < positions; p++) {
      if (from[b][p] < to[b][p]) {
        before = Math.max(before, in[p] + pad - stride * from[b][p]);
      }
    }
    int[] out = new int[positions];
    int width = 1;
    for (int p = 0; p < positions; p++) {
      out[p] = Math.floorDiv(in[p] + pad - before, stride);
      width = from[b][p] < to[b][p] ? Math.max(width, to[b][p] - out[p]) : width;
    }
    padding[b] = before;
    widths[b] = width;
    starts[b] = out;
    taps[b] = countTaps(s);
  }
}
