package io.convlens.occlusion;

import io.convlens.graph.Graph;
import io.convlens.graph.Node;
import io.convlens.graph.Value;
import io.convlens.io.UnusableOptionException;
import io.convlens.tensor.Shape;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A layer whose channels' total activations are read at each position.
 *
 * @param graph the network with the sums added to it
 * @param sums {@code [N, channels]}
 */
record TrackedLayer(Graph graph, Value sums) {

  static TrackedLayer of(Graph graph, String name, Value layer) {
    Shape shape = layer.shape();
    if (shape.rank() < 2 || layer.batched() != graph.batchable()) {
      throw new UnusableOptionException(
          "layer '%s' has shape %s: one with channels is needed".formatted(name, shape));
    }
    if (shape.rank() == 2) {
      return new TrackedLayer(graph, layer);
    }
    var sums =
        new Value(
            layer.name() + " channel sums", Shape.of(shape.dim(0), shape.dim(1)), layer.batched());
    List<Integer> places = IntStream.range(2, shape.rank()).boxed().toList();
    Node reduce = new Node.Reduce("channel sums", layer, Node.ReduceKind.SUM, places, sums);
    return new TrackedLayer(graph.append(reduce), sums);
  }

  int channels() {
    return sums.shape().intDim(1);
  }
}
