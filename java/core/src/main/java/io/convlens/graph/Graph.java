package io.convlens.graph;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A network for inputs of one size: nodes in an order in which they can run. Immutable and safe to
 * share between threads while the {@link Model} that it comes from is open.
 *
 * @param input the network's input; its axis 0 holds the base batch
 * @param nodes all nodes, each after those that it reads; the first is the {@link Node.Input}
 * @param outputs what the file calls outputs, in its order, constants left out
 * @param layers the file's nodes, in its order
 * @param furtherOutputs the second and later outputs of nodes that have several
 * @param outputNames the outputs' names in the file
 * @param constantOutputs the outputs that do not depend on the input
 */
public record Graph(
    Value input,
    List<Node> nodes,
    List<Value> outputs,
    List<Layer> layers,
    List<Layer> furtherOutputs,
    List<String> outputNames,
    Map<String, ConstantArray> constantOutputs) {

  /** Copies the lists and checks the order of the nodes. */
  public Graph {
    nodes = List.copyOf(nodes);
    outputs = List.copyOf(outputs);
    layers = List.copyOf(layers);
    furtherOutputs = List.copyOf(furtherOutputs);
    outputNames = List.copyOf(outputNames);
    constantOutputs = Map.copyOf(constantOutputs);
    Set<Value> known = new HashSet<>();
    for (Node node : nodes) {
      if (!known.containsAll(node.inputs())) {
        throw new IllegalArgumentException("node " + node.name() + " stands before its inputs");
      }
      known.add(node.output());
    }
    if (!known.contains(input) || !known.containsAll(outputs)) {
      throw new IllegalArgumentException("input or output without a node");
    }
  }

  /** This graph with one more node at its end, which is no output. */
  public Graph append(Node node) {
    List<Node> more = new ArrayList<>(nodes);
    more.add(node);
    return with(more);
  }

  /** This graph with other nodes, which still make its outputs. */
  Graph with(List<Node> others) {
    return new Graph(input, others, outputs, layers, furtherOutputs, outputNames, constantOutputs);
  }

  /**
   * The layer that a person means.
   *
   * @param wish a node's name, one of its outputs' names, or {@code conv#2}: the second node of
   *     exactly that operator, in the file's order
   * @throws UnknownLayerException if there is none, naming the closest
   */
  public Layer layer(String wish) {
    return Layers.find(layers, furtherOutputs, wish);
  }

  /** Whether any number of pictures can go through at once, each as if alone. */
  public boolean batchable() {
    return input.batched();
  }

  /** The number of pictures the shapes are for: what the file fixes, else 1. */
  public int baseBatch() {
    return input.shape().rank() == 0 ? 1 : input.shape().intDim(0);
  }
}
