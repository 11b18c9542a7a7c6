package io.convlens.occlusion;

import io.convlens.device.OcclusionSpec.Rectangle;
import io.convlens.device.Precision;
import io.convlens.engine.Accuracy;
import io.convlens.graph.Graph;
import io.convlens.graph.Layer;
import io.convlens.graph.Value;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.network.SizedNetwork;
import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What all parts of a sweep share: the network at a size, the options, and where patches go. */
final class SweepSetup {
  /** 4 GiB of scores. */
  private static final long MOST_SCORES = 1L << 30;

  private final OcclusionOptions options;
  private final SizedNetwork network;
  private final int channelAxis;
  private final Positions positions;
  private final List<Float> fill;
  private final Optional<TrackedLayer> tracked;

  /**
   * Checks that the options fit the network.
   *
   * @throws UnusableOptionException if one doesn't
   */
  SweepSetup(Network net, Shape input, OcclusionOptions options) {
    this.options = options;
    this.network = net.sized(input);
    this.channelAxis = net.pictureInput().channelAxis();
    Shape one = network.graph().input().shape();
    this.positions =
        Positions.of(
            one.intDim(channelAxis == 1 ? 2 : 1), one.intDim(channelAxis == 1 ? 3 : 2), options);
    this.fill = fill(one.intDim(channelAxis));
    options.target().ifPresent(network::checkTarget);
    checkRoom();
    this.tracked = options.track().map(name -> TrackedLayer.of(network.graph(), name, layer(name)));
  }

  private List<Float> fill(int channels) {
    List<Float> values = options.fill();
    if (values.size() != 1 && values.size() != channels) {
      throw new UnusableOptionException(
          "fill of %d values for a network with %d input channels"
              .formatted(values.size(), channels));
    }
    return values.size() == channels ? values : Collections.nCopies(channels, values.getFirst());
  }

  /** All that a picture's map holds goes into arrays. */
  private void checkRoom() {
    long each = options.allClasses() ? network.classes() : 1;
    if (each * positions.count() > MOST_SCORES) {
      throw new UnusableOptionException(
          "%d positions with %d scores each are too many for one picture: take a larger stride"
              .formatted(positions.count(), each));
    }
  }

  private Value layer(String name) {
    Layer layer = network.graph().layer(name);
    if (layer.value() == null) {
      throw new UnusableOptionException("layer '" + name + "' does not depend on the picture");
    }
    return layer.value();
  }

  OcclusionOptions options() {
    return options;
  }

  SizedNetwork network() {
    return network;
  }

  int channelAxis() {
    return channelAxis;
  }

  Positions positions() {
    return positions;
  }

  /** One value a channel. */
  List<Float> fill() {
    return fill;
  }

  Optional<TrackedLayer> tracked() {
    return tracked;
  }

  /** The network, with what else is to be read. */
  Graph graph() {
    return tracked.map(TrackedLayer::graph).orElse(network.graph());
  }

  /** What is read at each position. */
  Set<Value> keep() {
    Set<Value> keep = new LinkedHashSet<>(Set.of(network.scoreRows(options.score())));
    tracked.ifPresent(t -> keep.add(t.sums()));
    return keep;
  }

  /** What convolutions of differences multiply in. */
  Precision precision(Accuracy accuracy) {
    return accuracy.precision(network.network().device());
  }

  /** Multiply-adds of the whole network at every position. */
  long macsFull() {
    return network.graph().layers().stream().mapToLong(Layer::macs).sum() * positions.count();
  }

  /**
   * What patches cover, grid by grid.
   *
   * @param some numbers of positions, grid by grid
   */
  List<List<Rectangle>> windows(List<List<Integer>> some) {
    List<List<Rectangle>> all = new ArrayList<>();
    some.forEach(s -> all.add(s.stream().map(positions::window).toList()));
    return all;
  }
}
