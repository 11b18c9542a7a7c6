package io.convlens.cli;

import io.convlens.graph.GradientRule;
import io.convlens.image.Picture;
import io.convlens.network.Network;
import io.convlens.report.ProjectionPicture;
import io.convlens.synthesis.Projector;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.IdentityHashMap;

/**
 * What of each patch its unit answers to.
 *
 * @param network whose units
 * @param inputs what they looked at
 * @param rule by which units are carried back
 * @param blueFirst whether the network takes blue, green, red
 */
record TopViews(Network network, Inputs inputs, GradientRule rule, boolean blueFirst) {
  /** The views of a layer's first units. */
  IdentityHashMap<TopFindings.Entry, Picture> of(TopFindings layer, int units) {
    Shape shape;
    try (Tensor first = inputs.tensor(0)) {
      shape = first.shape();
    }
    boolean last = network.pictureInput().channelAxis() == 3;
    int height = shape.intDim(last ? 1 : 2);
    int width = shape.intDim(last ? 2 : 3);
    var drawing = new ProjectionPicture(shape.intDim(last ? 3 : 1), height, width, blueFirst);
    Shape map = network.sized(shape).graph().layer(layer.layer()).shape();
    int columns = map.rank() == 4 ? map.intDim(3) : 1;
    IdentityHashMap<TopFindings.Entry, Picture> views = new IdentityHashMap<>();
    try (var projector = new Projector(network, shape, layer.layer(), rule)) {
      for (TopFindings.Probe probe : layer.probes().subList(0, units)) {
        for (TopFindings.Entry e : probe.top()) {
          try (Tensor picture = inputs.tensor(e.index())) {
            float[] back = projector.project(picture, probe.number(), e.y() * columns + e.x());
            views.put(e, drawing.draw(back, e.box().notEmpty()));
          }
        }
      }
    }
    return views;
  }
}
