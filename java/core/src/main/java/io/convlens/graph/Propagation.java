package io.convlens.graph;

import java.util.function.BiConsumer;
import java.util.function.Predicate;

/** What goes back through each node: gradients, or what another rule makes of them. */
interface Propagation {
  /**
   * Sends what arrived at a node's output on to its inputs.
   *
   * @throws NoGradientException if the rule has no way through the node
   */
  void backward(Node node, Value arrived);

  /** Where what is sent goes, and what is worth sending. */
  record Ends(GradientEmitter emit, Predicate<Value> wanted, BiConsumer<Value, Value> send) {}
}
