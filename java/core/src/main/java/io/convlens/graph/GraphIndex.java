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
        nodes.add(n.inputs().contains(gone.output()) ? rewired(n, gone.output(), instead) : n);
      }
    }
    return graph.with(nodes);
  }

  private static Node rewired(Node node, Value old, Value now) {
    return switch (node) {
      case Node.Input n -> n;
      case Node.Constant n -> n;
      case Node.Conv n ->
          new Node.Conv(
              n.name(), now, n.weights(), n.bias(), n.windowing(), n.groups(), n.output());
      case Node.ConvTranspose n ->
          new Node.ConvTranspose(
              n.name(), now, n.weights(), n.bias(), n.windowing(), n.groups(), n.output());
      case Node.Pool n ->
          new Node.Pool(n.name(), now, n.kind(), n.windowing(), n.filePadEnd(), n.p(), n.output());
      case Node.ChannelAffine n ->
          new Node.ChannelAffine(n.name(), now, n.scale(), n.shift(), n.output());
      case Node.Lrn n ->
          new Node.Lrn(n.name(), now, n.size(), n.alpha(), n.beta(), n.bias(), n.output());
      case Node.GroupNorm n ->
          new Node.GroupNorm(
              n.name(), now, n.groups(), n.epsilon(), n.scale(), n.shift(), n.output());
      case Node.LayerNorm n ->
          new Node.LayerNorm(
              n.name(), now, n.axis(), n.epsilon(), n.scale(), n.shift(), n.output());
      case Node.Activate n -> new Node.Activate(n.name(), now, n.function(), n.output());
      case Node.PRelu n -> new Node.PRelu(n.name(), now, n.slope(), n.output());
      case Node.Binary n ->
          new Node.Binary(
              n.name(), n.op(), n.a() == old ? now : n.a(), n.b() == old ? now : n.b(), n.output());
      case Node.Linear n -> new Node.Linear(n.name(), now, n.weights(), n.bias(), n.output());
      case Node.MatMul n ->
          new Node.MatMul(
              n.name(),
              n.a() == old ? now : n.a(),
              n.b() == old ? now : n.b(),
              n.alpha(),
              n.output());
      case Node.Concat n ->
          new Node.Concat(
              n.name(),
              n.inputs().stream().map(v -> v == old ? now : v).toList(),
              n.axis(),
              n.output());
      case Node.Remap n -> new Node.Remap(n.name(), now, n.maps(), n.fill(), n.output());
      case Node.Interpolate n ->
          new Node.Interpolate(n.name(), now, n.axis(), n.indices(), n.weights(), n.output());
      case Node.Reshape n -> new Node.Reshape(n.name(), now, n.output());
      case Node.Transpose n -> new Node.Transpose(n.name(), now, n.order(), n.output());
      case Node.Softmax n -> new Node.Softmax(n.name(), now, n.from(), n.to(), n.log(), n.output());
      case Node.Reduce n -> new Node.Reduce(n.name(), now, n.kind(), n.axes(), n.output());
      case Node.ActivateGradient n ->
          new Node.ActivateGradient(
              n.name(),
              n.gradient() == old ? now : n.gradient(),
              n.x() == old ? now : n.x(),
              n.function(),
              n.rule(),
              n.output());
      case Node.PoolGradient n ->
          new Node.PoolGradient(
              n.name(),
              n.gradient() == old ? now : n.gradient(),
              n.x() == old ? now : n.x(),
              n.kind(),
              n.windowing(),
              n.filePadEnd(),
              n.p(),
              n.output());
    };
  }
}
