package io.convlens.occlusion;

import io.convlens.device.Buffer;
import io.convlens.engine.DeltaSession;
import io.convlens.graph.Value;
import io.convlens.tensor.Tensor;

/** Runs a network for a picture as it is, then with a patch at every position. */
interface Runner extends AutoCloseable {
  /** Stands for the untouched picture among positions. */
  int UNTOUCHED = DeltaSession.UNTOUCHED;

  /** Takes results as they come. */
  @FunctionalInterface
  interface Visitor {
    /**
     * Some positions are done; {@link Runner#rowsOf} has them until this returns. The untouched
     * picture comes first of all.
     *
     * @param positions numbers in the order of the sweep's patches, or {@link #UNTOUCHED}; row i is
     *     of the i-th
     */
    void visit(int[] positions);
  }

  /** Runs one picture of several through all positions. */
  void run(Tensor pictures, int index, Visitor visitor);

  /** Where a value is for the positions that are visited, row by row. */
  Buffer rowsOf(Value value);

  /** Which engine this is. */
  Mode engine();

  /** Multiply-adds that a picture takes. */
  long macsRun();

  @Override
  void close();
}
