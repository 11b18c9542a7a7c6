package io.convlens.synthesis;

import io.convlens.activation.TappedLayer;
import io.convlens.graph.Graph;
import io.convlens.graph.Value;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.ScoredGraph;
import io.convlens.network.SizedNetwork;
import java.util.Arrays;

/**
 * A subject in a graph.
 *
 * @param graph the network's, perhaps with a node more
 * @param value where the subject is
 * @param from its first element in one picture's value
 * @param count how many elements it has; it is their mean
 */
record Aim(Graph graph, Value value, int from, int count) {
  /**
   * Finds a subject.
   *
   * @throws io.convlens.graph.UnknownLayerException if there is no such layer
   * @throws UnusableOptionException if there is no such channel, place or class
   */
  static Aim of(SizedNetwork network, Subject subject) {
    return switch (subject) {
      case Subject.Category(int index, var score) -> {
        check("target", index, network.classes());
        ScoredGraph scored = network.scored(score);
        yield new Aim(scored.graph(), scored.scores(), index, 1);
      }
      case Subject.Channel(String layer, int channel) -> {
        TappedLayer tapped = layer(network, layer, channel);
        yield at(network, tapped, channel * tapped.places(), tapped.places());
      }
      case Subject.Middle(String layer, int channel) -> {
        TappedLayer tapped = layer(network, layer, channel);
        int middle = tapped.places() / 2;
        if (tapped.shape().rank() == 3) {
          int width = tapped.shape().intDim(2);
          middle = tapped.shape().intDim(1) / 2 * width + width / 2;
        }
        yield at(network, tapped, channel * tapped.places() + middle, 1);
      }
      case Subject.Unit(String layer, int channel, int y, int x) -> {
        TappedLayer tapped = layer(network, layer, channel);
        if (tapped.shape().rank() != 3) {
          throw new UnusableOptionException("layer '" + layer + "' has no places to choose from");
        }
        check("row", y, tapped.shape().intDim(1));
        check("column", x, tapped.shape().intDim(2));
        int place = y * tapped.shape().intDim(2) + x;
        yield at(network, tapped, channel * tapped.places() + place, 1);
      }
    };
  }

  private static Aim at(SizedNetwork network, TappedLayer layer, int from, int count) {
    return new Aim(network.graph(), layer.value(), from, count);
  }

  private static TappedLayer layer(SizedNetwork network, String name, int channel) {
    TappedLayer tapped = TappedLayer.of(network.graph(), name);
    if (channel < 0 || channel >= tapped.channels()) {
      throw new UnusableOptionException(
          "unit %d is not among the units 0 to %d of layer '%s'"
              .formatted(channel, tapped.channels() - 1, name));
    }
    return tapped;
  }

  private static void check(String what, int index, int count) {
    if (index < 0 || index >= count) {
      throw new UnusableOptionException("%s %d: 0 to %d".formatted(what, index, count - 1));
    }
  }

  /** The weights whose sum over a picture's value is the subject's excitation. */
  float[] weights(int size) {
    float[] weights = new float[size];
    Arrays.fill(weights, from, from + count, 1f / count);
    return weights;
  }

  /** The excitation in row after row of values. */
  double mean(float[] values, int row, int size) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += values[row * size + from + i];
    }
    return sum / count;
  }
}
