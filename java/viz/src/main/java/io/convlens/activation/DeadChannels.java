package io.convlens.activation;

import io.convlens.graph.Graph;
import io.convlens.graph.Node;
import io.convlens.graph.Value;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Why a rectified layer's channels are dead: what goes into the rectifier is a weighted sum of
 * inputs and a constant (the bias, with what batch normalisation makes of it), and each of the
 * three can be what keeps it below 0.
 *
 * @param sums the layer before the rectifier
 * @param inputs what the weights are applied to
 * @param constants the constant part of each channel
 * @param reads for each channel the inputs that have a weight other than 0
 */
public record DeadChannels(
    TappedLayer sums, TappedLayer inputs, List<Double> constants, List<List<Integer>> reads) {
  /** What keeps a channel at 0. */
  public enum Cause {
    /** All that it reads is 0 on all pictures. */
    DEAD_INPUT,
    /** Its weights are 0, or give nothing positive on any picture. */
    WEIGHTS,
    /** Its weights do give something positive, but less than the bias takes away. */
    BIAS
  }

  /**
   * A channel's cause of death.
   *
   * @param channel its index
   * @param cause what keeps it at 0
   * @param words the same for a person, with the figures that it rests on
   */
  public record Finding(int channel, Cause cause, String words) {}

  /** Copies the lists. */
  public DeadChannels {
    constants = List.copyOf(constants);
    reads = List.copyOf(reads);
  }

  /**
   * What must be looked at to say why a layer's channels are dead; empty where it is no rectifier
   * after a convolution or a fully connected layer.
   */
  public static Optional<DeadChannels> of(Graph graph, TappedLayer layer) {
    Map<Value, Node> makers = new HashMap<>();
    graph.nodes().forEach(n -> makers.put(n.output(), n));
    Node node = makers.get(layer.value());
    if (node == null || !StandardLayers.isRectifier(node)) {
      return Optional.empty();
    }
    Value sums = node.inputs().getFirst();
    Node before = makers.get(sums);
    Node.ChannelAffine norm = null;
    if (before instanceof Node.ChannelAffine affine) {
      norm = affine;
      before = makers.get(affine.x());
    }
    return switch (before) {
      case Node.Conv c -> of(graph, sums, c.x(), c.weights(), c.groups(), c.bias(), norm);
      case Node.Linear l -> of(graph, sums, l.x(), l.weights(), 1, l.bias(), norm);
      case null, default -> Optional.empty();
    };
  }

  private static Optional<DeadChannels> of(
      Graph graph,
      Value sums,
      Value inputs,
      Tensor weights,
      int groups,
      @Nullable Tensor bias,
      Node.@Nullable ChannelAffine norm) {
    Optional<TappedLayer> s = TappedLayer.of(graph, sums.name(), "", sums);
    Optional<TappedLayer> x = TappedLayer.of(graph, inputs.name(), "", inputs);
    if (s.isEmpty() || x.isEmpty() || s.get().channels() != weights.shape().dim(0)) {
      return Optional.empty();
    }
    int channels = s.get().channels();
    List<Double> constants = new ArrayList<>();
    List<List<Integer>> reads = new ArrayList<>();
    for (int c = 0; c < channels; c++) {
      double b = bias == null ? 0 : bias.get(c);
      double scale = norm == null ? 1 : norm.scale().get(c);
      constants.add(norm == null ? b : b * scale + norm.shift().get(c));
      reads.add(scale == 0 ? List.of() : reads(weights, c, groups));
    }
    return Optional.of(new DeadChannels(s.get(), x.get(), constants, reads));
  }

  private static List<Integer> reads(Tensor weights, int channel, int groups) {
    int inputs = weights.shape().intDim(1);
    long taps = weights.size() / weights.shape().dim(0) / inputs;
    int first = channel / (weights.shape().intDim(0) / groups) * inputs;
    List<Integer> reads = new ArrayList<>();
    for (int i = 0; i < inputs; i++) {
      long from = ((long) channel * inputs + i) * taps;
      for (long t = from; t < from + taps; t++) {
        if (weights.get(t) != 0) {
          reads.add(first + i);
          break;
        }
      }
    }
    return reads;
  }

  /**
   * Why each of these channels is dead.
   *
   * @param dead the channels
   * @param seenSums what was seen before the rectifier
   * @param seenInputs what was seen of the inputs
   */
  public List<Finding> explain(
      List<Integer> dead, LayerActivity seenSums, LayerActivity seenInputs) {
    return dead.stream()
        .map(c -> finding(c, seenSums.channels().get(c).max(), seenInputs.channels()))
        .toList();
  }

  private Finding finding(int c, double largest, List<LayerActivity.Channel> seen) {
    double constant = constants.get(c);
    double sum = largest - constant;
    if (reads.get(c).isEmpty()) {
      return new Finding(
          c,
          Cause.WEIGHTS,
          String.format(Locale.ROOT, "by its weights: all are 0, and its bias is %.3g", constant));
    }
    if (reads.get(c).stream().allMatch(i -> seen.get(i).dead())) {
      return new Finding(
          c,
          Cause.DEAD_INPUT,
          "by a dead input: the %d channels that it reads are 0 throughout"
              .formatted(reads.get(c).size()));
    }
    if (sum > 0 && constant < 0) {
      return new Finding(
          c,
          Cause.BIAS,
          String.format(
              Locale.ROOT,
              "by its bias: its weighted sum reaches %.3g, of which the bias takes %.3g",
              sum,
              -constant));
    }
    return new Finding(
        c,
        Cause.WEIGHTS,
        String.format(
            Locale.ROOT,
            "by its weights: their sum is never above 0 on these pictures, %.3g at most",
            sum));
  }
}
