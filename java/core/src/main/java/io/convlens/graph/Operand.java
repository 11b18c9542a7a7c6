package io.convlens.graph;

import io.convlens.tensor.Shape;

/** What flows along an edge of the file's graph: known beforehand, or computed for each picture. */
sealed interface Operand {
  /** Its extents. */
  Shape shape();

  /** Known beforehand. */
  record Known(ConstantArray array) implements Operand {
    @Override
    public Shape shape() {
      return array.shape();
    }
  }

  /** Computed from the input. */
  record Computed(Value value) implements Operand {
    @Override
    public Shape shape() {
      return value.shape();
    }
  }
}
