package io.convlens.activation;

import io.convlens.graph.Graph;
import io.convlens.graph.Layer;
import io.convlens.graph.Value;
import io.convlens.io.UnusableOptionException;
import io.convlens.tensor.Shape;
import java.util.Arrays;
import java.util.Optional;

/**
 * A layer whose values are read: an array of channels a picture, each a map or a single number.
 *
 * @param asked what it was asked for as: how its files and figures are called
 * @param op the ONNX operator
 * @param value where its values are
 * @param shape of one picture's values: {@code [C,H,W]}, or {@code [K]} for a flat layer
 */
public record TappedLayer(String asked, String op, Value value, Shape shape) {
  /**
   * The layer of a graph that is meant by a name.
   *
   * @throws io.convlens.graph.UnknownLayerException if there is none
   * @throws UnusableOptionException if it has no channels that belong to pictures
   */
  public static TappedLayer of(Graph graph, String name) {
    return of(graph, name, graph.layer(name))
        .orElseThrow(
            () ->
                new UnusableOptionException(
                    "layer '%s' has shape %s: one with channels of each picture is needed"
                        .formatted(name, graph.layer(name).shape())));
  }

  /** A layer under a name, if it has channels that belong to pictures. */
  static Optional<TappedLayer> of(Graph graph, String name, Layer layer) {
    Value value = layer.value();
    return value == null ? Optional.empty() : of(graph, name, layer.op(), value);
  }

  /** Any value of a graph, if it has channels that belong to pictures. */
  static Optional<TappedLayer> of(Graph graph, String name, String op, Value value) {
    if (value.shape().rank() < 2 || value.batched() != graph.batchable()) {
      return Optional.empty();
    }
    if (value.shape().dim(0) != graph.baseBatch() || value.shape().size() == 0) {
      return Optional.empty();
    }
    long[] dims = value.shape().dims();
    long[] one = Arrays.copyOfRange(dims, 1, dims.length);
    return Optional.of(new TappedLayer(name, op, value, Shape.of(one)));
  }

  /** The number of channels, or of units where the layer is flat. */
  public int channels() {
    return shape.intDim(0);
  }

  /** The places of a channel; 1 where the layer is flat. */
  public int places() {
    return Math.toIntExact(shape.size() / shape.dim(0));
  }
}
