package io.convlens.cli;

import io.convlens.graph.GradientRule;
import io.convlens.graph.NoGradientException;
import io.convlens.graph.PixelBox;
import io.convlens.image.Picture;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.occlusion.OcclusionMap;
import io.convlens.occlusion.OcclusionOptions;
import io.convlens.render.Png;
import io.convlens.report.ProjectionPicture;
import io.convlens.report.TrackedFigure;
import io.convlens.synthesis.Projector;
import io.convlens.synthesis.Projector.Strongest;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The sheet of Zeiler and Fergus's figure 7 for each picture of a sweep that tracks a layer. The
 * projection is prepared with the first picture, since sweeps are of one size.
 */
final class TrackedSheet implements AutoCloseable {
  private final Network network;
  private final Inputs inputs;
  private final TrackedFigure figure;
  private final String layer;
  private final Path folder;
  private Optional<Projector> projector = Optional.empty();
  private boolean tried;

  private TrackedSheet(
      Network network, Inputs inputs, OcclusionOptions options, String layer, Path folder) {
    this.network = network;
    this.inputs = inputs;
    this.layer = layer;
    this.folder = folder;
    this.figure = new TrackedFigure(network.labels(), layer, options.score());
  }

  /** One, where a layer is tracked and the network takes pictures. */
  static Optional<TrackedSheet> of(
      Network network, Inputs inputs, OcclusionOptions options, Path folder) {
    boolean pictures = network.model().input().dims().size() == 4;
    return options
        .track()
        .filter(_ -> pictures)
        .map(layer -> new TrackedSheet(network, inputs, options, layer, folder));
  }

  /** Draws and writes the sheet of one picture, which is read for it. */
  void write(int index, String stem, OcclusionMap map) {
    try (Tensor picture = inputs.tensor(index)) {
      write(stem, inputs.shown(index), map, project(picture));
    }
  }

  /** Draws and writes the sheet of one picture. Any thread may. */
  void write(
      String stem, Picture shown, OcclusionMap map, Optional<TrackedFigure.Projected> projected) {
    Png.write(folder.resolve(stem + "-track.png"), figure.sheet(shown, map, projected));
  }

  /** What the layer's strongest channel answers to: by the thread that the device belongs to. */
  Optional<TrackedFigure.Projected> project(Tensor picture) {
    if (!tried) {
      tried = true;
      try {
        projector =
            Optional.of(new Projector(network, picture.shape(), layer, GradientRule.DECONVNET));
      } catch (NoGradientException | UnusableOptionException e) {
        // The rest of the sheet says what there is to say.
        projector = Optional.empty();
      }
    }
    return projector.map(p -> projected(p, picture));
  }

  private TrackedFigure.Projected projected(Projector by, Tensor picture) {
    Strongest strongest = by.strongest(picture);
    Shape s = picture.shape();
    boolean last = network.pictureInput().channelAxis() == 3;
    int height = s.intDim(last ? 1 : 2);
    int width = s.intDim(last ? 2 : 3);
    var drawing = new ProjectionPicture(s.intDim(last ? 3 : 1), height, width, inputs.blueFirst());
    return new TrackedFigure.Projected(
        strongest.channel(),
        drawing.draw(strongest.projection(), new PixelBox(0, 0, width, height)));
  }

  @Override
  public void close() {
    projector.ifPresent(Projector::close);
  }
}
