package io.convlens.occlusion;

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
     * Some positions are done; {@link Runner#download} reads them until this returns. The untouched
     * picture comes first of all.
     *
     * @param positions numbers in the order of the sweep's patches, or {@link #UNTOUCHED}; row i is
     *     of the i-th
     */
    void visit(int[] positions);
  }

  /** Runs one picture of several through all positions. */
  void run(Tensor pictures, int index, Visitor visitor);

  /** Reads a value for the first positions of those that are visited, row by row. */
  void download(Value value, int count, Tensor to);

  /** The most positions of a visit. */
  int rows();

  /** Which engine this is. */
  Mode engine();

  /** Multiply-adds that a picture takes. */
  long macsRun();

  @Override
  void close();
}
