package io.convlens.filter;

import io.convlens.graph.Graph;
import io.convlens.graph.Layer;
import io.convlens.graph.Node;
import io.convlens.io.UnusableOptionException;
import io.convlens.tensor.Shape;
import java.util.List;

/**
 * The filters of a convolution.
 *
 * @param layer the layer's name, as it was asked for
 * @param shape {@code [K, C/groups, kernel...]}, as in the file
 * @param groups the convolution's groups
 * @param weights row-major
 */
@SuppressWarnings("ArrayRecordComponent") // Read by those who were given it, compared by nobody.
public record FilterBank(String layer, Shape shape, int groups, float[] weights) {
  /**
   * The filters of a layer.
   *
   * @param folded whether a batch normalisation that follows is multiplied in
   * @throws io.convlens.graph.UnknownLayerException if there is no such layer
   * @throws UnusableOptionException if it is no convolution with weights of its own
   */
  public static FilterBank of(Graph graph, String name, boolean folded) {
    Layer layer = graph.layer(name);
    for (Node node : graph.nodes()) {
      if (node instanceof Node.Conv conv && conv.output() == layer.value()) {
        float[] weights = conv.weights().toArray();
        if (folded) {
          scale(graph, conv, weights);
        }
        return new FilterBank(name, conv.weights().shape(), conv.groups(), weights);
      }
    }
    throw new UnusableOptionException(
        "layer '%s' (%s) is no convolution: it has no filters".formatted(name, layer.op()));
  }

  /**
   * The name of the first convolution.
   *
   * @throws UnusableOptionException if there is none
   */
  public static String first(Graph graph) {
    return graph.layers().stream()
        .filter(l -> l.op().equals("Conv") && l.value() != null)
        .findFirst()
        .orElseThrow(() -> new UnusableOptionException("the network has no convolution"))
        .name();
  }

  private static void scale(Graph graph, Node.Conv conv, float[] weights) {
    List<Node> readers =
        graph.nodes().stream().filter(n -> n.inputs().contains(conv.output())).toList();
    if (readers.size() == 1 && readers.getFirst() instanceof Node.ChannelAffine norm) {
      int each = weights.length / conv.weights().shape().intDim(0);
      for (int i = 0; i < weights.length; i++) {
        weights[i] *= norm.scale().get(i / each);
      }
    }
  }

  /** The number of filters. */
  public int count() {
    return shape.intDim(0);
  }

  /** Input channels of a filter. */
  public int channels() {
    return shape.intDim(1);
  }

  /** Rows of a kernel; those of all depths one after another where it has three axes. */
  public int height() {
    return shape.rank() < 4 ? 1 : Math.toIntExact(shape.product(2, shape.rank() - 1));
  }

  /** Columns of a kernel. */
  public int width() {
    return shape.rank() < 3 ? 1 : shape.intDim(-1);
  }

  /** The weights of a filter. */
  int size() {
    return channels() * height() * width();
  }

  /** Where a filter starts. */
  int start(int filter) {
    return filter * size();
  }
}
