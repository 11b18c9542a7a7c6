package io.convlens.activation;

import io.convlens.graph.Graph;
import io.convlens.graph.PixelBox;
import io.convlens.graph.ReceptiveFields;
import io.convlens.tensor.Shape;

/** Which pixels of the input a layer's places see, clipped to the picture. */
public final class Fields {
  private final ReceptiveFields fields;
  private final int width;
  private final int height;

  /**
   * The fields of a graph that takes pictures.
   *
   * @param channelAxis the input's axis of channels, 1 or 3
   */
  public Fields(Graph graph, int channelAxis) {
    int rowAxis = channelAxis == 1 ? 2 : 1;
    this.fields = ReceptiveFields.of(graph, rowAxis, rowAxis + 1);
    this.height = graph.input().shape().intDim(rowAxis);
    this.width = graph.input().shape().intDim(rowAxis + 1);
  }

  /**
   * What one place of a layer's maps sees.
   *
   * @param place row-major
   */
  public PixelBox box(TappedLayer layer, int place) {
    Shape shape = layer.shape();
    int[] index = new int[shape.rank() + 1];
    int left = place;
    for (int axis = shape.rank() - 1; axis > 0; axis--) {
      index[axis + 1] = left % shape.intDim(axis);
      left /= shape.intDim(axis);
    }
    return fields
        .box(layer.value(), index)
        .map(b -> b.clipped(width, height))
        .orElse(new PixelBox(0, 0, width, height));
  }
}
