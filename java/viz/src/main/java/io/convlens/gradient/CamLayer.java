package io.convlens.gradient;

import io.convlens.graph.Graph;
import io.convlens.graph.Layer;
import io.convlens.graph.Value;
import io.convlens.io.UnusableOptionException;
import io.convlens.tensor.Shape;
import java.util.Optional;

/** Which layer's channels are weighed. */
final class CamLayer {
  private CamLayer() {}

  /**
   * The layer that was asked for, or the last convolution that still has places.
   *
   * @throws UnusableOptionException if it has no map of channels, or there is none
   */
  static Value of(Graph graph, Optional<String> name, Shape input) {
    if (input.rank() != 4) {
      throw new UnusableOptionException("Grad-CAM needs a network that takes pictures");
    }
    if (name.isPresent()) {
      Layer layer = graph.layer(name.get());
      Value value = layer.value();
      if (value == null || !isMap(graph, value)) {
        throw new UnusableOptionException(
            "layer '%s' has shape %s: one with a map of channels is needed"
                .formatted(name.get(), layer.shape()));
      }
      return value;
    }
    for (Layer layer : graph.layers().reversed()) {
      Value value = layer.value();
      if (layer.op().equals("Conv")
          && value != null
          && isMap(graph, value)
          && value.shape().dim(2) * value.shape().dim(3) > 1) {
        return value;
      }
    }
    throw new UnusableOptionException(
        "the network has no convolution whose map has several places: name a layer");
  }

  private static boolean isMap(Graph graph, Value v) {
    return v.shape().rank() == 4
        && v.batched() == graph.batchable()
        && v.shape().dim(0) == graph.baseBatch();
  }
}
