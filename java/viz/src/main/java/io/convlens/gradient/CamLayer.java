package io.convlens.gradient;

import io.convlens.graph.Graph;
import io.convlens.graph.Layer;
import io.convlens.graph.Node;
import io.convlens.graph.Value;
import io.convlens.io.UnusableOptionException;

/** Which layer's channels are weighed. */
final class CamLayer {
  private CamLayer() {}

  /**
   * The layer that was asked for, or the last feature map: what the last convolution that still has
   * places gives (Selvaraju et al. 2017), or what it reads, where it is the classifier itself: as
   * many channels as there are classes, as in SqueezeNet. Each of those channels is one class's
   * own, and weighing them would leave one of them and nothing of how the others contribute.
   *
   * @throws UnusableOptionException if it has no map of channels, or there is none
   */
  static Value of(Setting setting) {
    Graph graph = setting.network().graph();
    if (setting.frame().one().rank() != 4) {
      throw new UnusableOptionException("Grad-CAM needs a network that takes pictures");
    }
    if (setting.options().layer().isPresent()) {
      String name = setting.options().layer().get();
      Layer layer = graph.layer(name);
      Value value = layer.value();
      if (value == null || !isMap(graph, value)) {
        throw new UnusableOptionException(
            "layer '%s' has shape %s: one with a map of channels is needed"
                .formatted(name, layer.shape()));
      }
      return value;
    }
    for (Node node : graph.nodes().reversed()) {
      Value value = node.output();
      if (node instanceof Node.Conv conv && isMap(graph, value) && hasPlaces(value)) {
        boolean classifies = value.shape().dim(1) == setting.network().classes();
        return classifies && isMap(graph, conv.x()) ? conv.x() : value;
      }
    }
    throw new UnusableOptionException(
        "the network has no convolution whose map has several places: name a layer");
  }

  private static boolean hasPlaces(Value v) {
    return v.shape().dim(2) * v.shape().dim(3) > 1;
  }

  private static boolean isMap(Graph graph, Value v) {
    return v.shape().rank() == 4
        && v.batched() == graph.batchable()
        && v.shape().dim(0) == graph.baseBatch();
  }
}
