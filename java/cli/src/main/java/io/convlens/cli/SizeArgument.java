package io.convlens.cli;

import io.convlens.io.UnusableInputException;
import io.convlens.network.Network;
import io.convlens.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What size of picture a network is looked at for, where no picture says it. */
final class SizeArgument {
  /** What most classifiers take, for networks that leave their size open. */
  private static final int USUAL_SIDE = 224;

  private static final int COLORS = 3;

  @Option(
      names = "--size",
      paramLabel = "H[xW]",
      converter = Sides.Converter.class,
      description = "the picture's size, for networks that leave it open (default: 224)")
  private @Nullable Sides size;

  /** The input's extents, with usual ones where the file leaves them open. */
  Shape shape(Network network) {
    List<OptionalInt> dims = network.model().input().dims();
    long[] shape = new long[dims.size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = i == 0 ? 1 : dims.get(i).orElse(0);
    }
    if (shape.length == 4) {
      int channelAxis = network.pictureInput().channelAxis();
      int heightAxis = channelAxis == 1 ? 2 : 1;
      shape[channelAxis] = shape[channelAxis] == 0 ? COLORS : shape[channelAxis];
      open(shape, heightAxis, heightAxis + 1);
    }
    for (int i = 0; i < shape.length; i++) {
      if (shape[i] == 0) {
        throw new UnusableInputException(network.file(), "leaves axis " + i + " of its input open");
      }
    }
    return Shape.of(shape);
  }

  private void open(long[] shape, int heightAxis, int widthAxis) {
    long height = shape[heightAxis];
    long width = shape[widthAxis];
    if (height == 0) {
      shape[heightAxis] = size != null ? size.height() : width != 0 ? width : USUAL_SIDE;
    }
    if (width == 0) {
      shape[widthAxis] = size != null ? size.width() : shape[heightAxis];
    }
  }

  /** What was asked for, for the JSON. */
  void describe(Map<String, Object> options) {
    options.put("size", size == null ? null : size.toArray());
  }
}
