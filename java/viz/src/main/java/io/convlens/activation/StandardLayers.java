package io.convlens.activation;

import io.convlens.graph.Activation;
import io.convlens.graph.Graph;
import io.convlens.graph.Layer;
import io.convlens.graph.Node;
import io.convlens.graph.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The layers that are meant where nobody names any. */
public final class StandardLayers {
  private static final Set<String> FULLY_CONNECTED = Set.of("Gemm", "MatMul");

  private final Graph graph;
  private final Map<Value, Node> makers = new HashMap<>();
  private final Map<Value, List<Node>> readers = new HashMap<>();

  /** Those of a graph. */
  public StandardLayers(Graph graph) {
    this.graph = graph;
    for (Node node : graph.nodes()) {
      makers.put(node.output(), node);
      node.inputs().forEach(v -> readers.computeIfAbsent(v, _ -> new ArrayList<>()).add(node));
    }
  }

  /** The first and the last convolution and the ReLU-like layers that follow them. */
  public List<TappedLayer> firstAndLast() {
    List<Layer> convolutions = graph.layers().stream().filter(l -> l.op().equals("Conv")).toList();
    List<TappedLayer> found = new ArrayList<>();
    if (!convolutions.isEmpty()) {
      add(convolutions.getFirst(), found);
      if (convolutions.size() > 1) {
        add(convolutions.getLast(), found);
      }
    }
    return found;
  }

  private void add(Layer convolution, List<TappedLayer> to) {
    TappedLayer.of(graph, convolution.name(), convolution).ifPresent(to::add);
    if (convolution.value() != null) {
      rectifierAfter(convolution.value())
          .flatMap(l -> TappedLayer.of(graph, l.name(), l))
          .filter(l -> to.stream().noneMatch(t -> t.value() == l.value()))
          .ifPresent(to::add);
    }
  }

  /** What a value goes into, past batch normalisation and residual additions. */
  private Optional<Layer> rectifierAfter(Value value) {
    Value at = value;
    while (true) {
      List<Node> next = readers.getOrDefault(at, List.of());
      if (next.size() != 1) {
        return Optional.empty();
      }
      Node node = next.getFirst();
      at = node.output();
      if (isRectifier(node)) {
        Value found = at;
        return graph.layers().stream().filter(l -> l.value() == found).findFirst();
      }
      boolean passes =
          node instanceof Node.ChannelAffine
              || (node instanceof Node.Binary b && b.op() == Node.BinaryOp.ADD);
      if (!passes) {
        return Optional.empty();
      }
    }
  }

  /** ReLU, and whatever else is 0 below 0 and the number itself above it, up to a bound. */
  static boolean isRectifier(Node node) {
    return node instanceof Node.Activate a
        && switch (a.function()) {
          case Activation.Relu _ -> true;
          case Activation.Clip c -> c.min() == 0;
          default -> false;
        };
  }

  /** Every convolution, ReLU-like and fully connected layer, in the file's order. */
  public List<TappedLayer> all() {
    List<TappedLayer> found = new ArrayList<>();
    for (Layer layer : graph.layers()) {
      if (isOfThese(layer)) {
        TappedLayer.of(graph, layer.name(), layer).ifPresent(found::add);
      }
    }
    return found;
  }

  private boolean isOfThese(Layer layer) {
    if (layer.op().equals("Conv")) {
      return true;
    }
    if (FULLY_CONNECTED.contains(layer.op())) {
      return layer.parameters() > 0;
    }
    Node maker = makers.get(layer.value());
    return maker != null && isRectifier(maker);
  }
}
