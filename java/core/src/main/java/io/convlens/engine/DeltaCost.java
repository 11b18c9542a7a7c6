package io.convlens.engine;

import io.convlens.graph.Graph;
import io.convlens.graph.Node;
import io.convlens.graph.Value;

/**
 * What things cost, counted in multiply-adds that take as long: an estimate that decides which
 * positions run together, and whether differences pay. Numbers from timing eight usual networks on
 * two cores with AVX-512, where a convolution does 190 multiply-adds a nanosecond.
 */
final class DeltaCost {
  /** An element that a convolution reads or writes. */
  static final double ELEMENT = 40;

  /** An element that is gathered from windows and the base, or pooled. */
  static final double GATHERED = 90;

  /** An operation's start. */
  static final double START = 4e6;

  /** Preparing a convolution of a new shape: about 1 ms, but shapes recur. */
  static final double PREPARATION = 1e8;

  /** A weight, read from memory once a batch. */
  static final double WEIGHT = 50;

  private DeltaCost() {}

  /** The whole network, once. */
  static double of(Graph graph) {
    double sum = DeltaProgram.macs(graph);
    for (Node n : graph.nodes()) {
      if (n instanceof Node.Conv c) {
        sum += ELEMENT * (elements(c.x()) + elements(c.output()));
      }
    }
    return sum;
  }

  private static double elements(Value v) {
    return v.shape().with(0, 1).size();
  }

  /** What a batch costs besides its positions: starts of operations, and reading of weights. */
  static double batch(DeltaPlan plan) {
    double sum = 0;
    for (DeltaStep step : plan.steps()) {
      sum += START;
      if (step instanceof DeltaStep.Convolve c) {
        sum += WEIGHT * c.node().weights().size();
      }
    }
    return sum;
  }

  /** Preparing a group's kernels. */
  static double preparation(DeltaPlan plan) {
    return PREPARATION * plan.steps().stream().filter(s -> s instanceof DeltaStep.Convolve).count();
  }

  /** One step of a position, given the extents along both axes. */
  interface Extents {
    /** Indices of a buffer's windows; a mean for several. */
    double width(DeltaBuffer b);

    /** Pairs of an output and a tap that falls on the window. */
    double taps(DeltaStep.Convolve step);
  }

  /** A position's way through windows. */
  static double position(DeltaPlan plan, Extents rows, Extents columns) {
    double sum = 0;
    for (DeltaStep step : plan.steps()) {
      sum +=
          switch (step) {
            case DeltaStep.Patch s -> GATHERED * elements(s.to(), rows, columns);
            case DeltaStep.Gather s -> GATHERED * elements(s.to(), rows, columns);
            case DeltaStep.Placewise s -> GATHERED * elements(s.to(), rows, columns);
            case DeltaStep.Pool s -> GATHERED * elements(s.from(), rows, columns);
            case DeltaStep.Convolve s ->
                DeltaProgram.perTap(s.node()) * rows.taps(s) * columns.taps(s)
                    + ELEMENT
                        * (elements(s.from(), rows, columns) + elements(s.to(), rows, columns));
            case DeltaStep.Seed s -> ELEMENT * elements(s.seed());
          };
    }
    return sum;
  }

  private static double elements(DeltaBuffer b, Extents rows, Extents columns) {
    return b.channels() * rows.width(b) * columns.width(b);
  }
}
