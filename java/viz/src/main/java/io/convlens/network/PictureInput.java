package io.convlens.network;

import io.convlens.graph.Model;
import io.convlens.io.UnusableInputException;
import io.convlens.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * What a network takes as a picture: four axes, the first of which counts pictures.
 *
 * @param channelAxis the axis of the channels: 1, or 3 for networks that take {@code [N,H,W,C]}
 * @param channels how many, where the file fixes it
 * @param height rows, where the file fixes them
 * @param width columns, where the file fixes them
 */
public record PictureInput(
    int channelAxis, OptionalInt channels, OptionalInt height, OptionalInt width) {

  /**
   * From a model's declaration. Channels are taken to be last where only the last axis has the
   * extent of a picture's (1, 3 or 4).
   *
   * @throws UnusableInputException if the input is no picture
   */
  static PictureInput of(Path file, Model.InputDeclaration declared) {
    List<OptionalInt> dims = declared.dims();
    if (dims.size() != 4) {
      throw new UnusableInputException(
          file, "input '%s' has %d axes: pictures need 4".formatted(declared.name(), dims.size()));
    }
    boolean last = isChannels(dims.get(3)) && !isChannels(dims.get(1));
    return last
        ? new PictureInput(3, dims.get(3), dims.get(1), dims.get(2))
        : new PictureInput(1, dims.get(1), dims.get(2), dims.get(3));
  }

  private static boolean isChannels(OptionalInt extent) {
    return extent.isPresent()
        && (extent.getAsInt() == 1 || extent.getAsInt() == 3 || extent.getAsInt() == 4);
  }

  /** Channels of an input of this shape. */
  int channels(Shape input) {
    return input.intDim(channelAxis);
  }

  /** Rows of an input of this shape. */
  int height(Shape input) {
    return input.intDim(channelAxis == 1 ? 2 : 1);
  }

  /** Columns of an input of this shape. */
  int width(Shape input) {
    return input.intDim(channelAxis == 1 ? 3 : 2);
  }
}
