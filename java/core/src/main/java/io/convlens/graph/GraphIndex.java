package io.convlens.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who makes and who reads each value of a graph. */
final class GraphIndex {
  private final Graph graph;
  private final Map<Value, Node> makers = new HashMap<>();
  private final Map<Value, List<Node>> readers = new HashMap<>();

  GraphIndex(Graph graph) {
    this.graph = graph;
    for (Node n : graph.nodes()) {
      makers.put(n.output(), n);
      for (Value v : n.inputs()) {
        readers.computeIfAbsent(v, _ -> new ArrayList<>()).add(n);
      }
    }
  }

  /** The node that makes a value of this graph. */
  @Nullable Node maker(Value v) {
    return makers.get(v);
  }

  /** The nodes that read a value; twice where one reads it twice. */
  List<Node> readers(Value v) {
    return readers.getOrDefault(v, List.of());
  }

  boolean isOutput(Value v) {
    return graph.outputs().contains(v);
  }

  /** A graph without a node, whose readers read another value instead. */
  static Graph replaced(Graph graph, Node gone, Value instead) {
    List<Node> nodes = new ArrayList<>();
    for (Node n : graph.nodes()) {
      if (n.output() != gone.output()) {
        nodes.add(
            n.inputs().contains(gone.output())
                ? Rewiring.of(n, v -> v == gone.output() ? instead : v, n.output())
                : n);
      }
    }
    return graph.with(nodes);
  }
}
