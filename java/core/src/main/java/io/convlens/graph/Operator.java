package io.convlens.graph;

import java.util.HashMap;
import java.util.Map;

/** Reads the nodes of one ONNX operator. */
@FunctionalInterface
interface Operator {
  /** Every operator that is understood, by name. */
  Map<String, Operator> ALL = all();

  /** Makes the nodes that the reader's node comes down to, and sets its outputs. */
  void read(NodeReader n);

  private static Map<String, Operator> all() {
    Map<String, Operator> all = new HashMap<>();
    WindowOperators.register(all);
    NormalizationOperators.register(all);
    ElementOperators.register(all);
    ProductOperators.register(all);
    ShapeOperators.register(all);
    SelectionOperators.register(all);
    ResizeOperators.register(all);
    ReductionOperators.register(all);
    LogicOperators.register(all);
    return Map.copyOf(all);
  }
}
