package io.convlens.report;

import io.convlens.image.FittedPreprocess;
import io.convlens.image.Picture;
import io.convlens.render.Sheet;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * Shows inputs that were made for a network as pictures.
 *
 * @param preprocess how pictures become the network's input
 */
public record SynthesisFigures(FittedPreprocess preprocess) {
  /** The side that tiles come near to. */
  private static final int SIDE = 224;

  /**
   * The picture that an input shows, rounded to 8 bits.
   *
   * @param shape {@code [1,C,H,W]}, or {@code [1,H,W,C]} where the network takes that
   * @param channelsLast whether it is the latter
   * @param input row-major
   */
  public Picture picture(String name, Shape shape, boolean channelsLast, float[] input) {
    try (Tensor own = Tensor.of(shape, input)) {
      if (!channelsLast) {
        return preprocess.toPicture(name, own, 0);
      }
      try (Tensor planes = Tensor.zeros(shape.permute(0, 3, 1, 2))) {
        own.transposeRows(Math.toIntExact(shape.product(1, 3)), shape.intDim(3), planes);
        return preprocess.toPicture(name, planes, 0);
      }
    }
  }

  /** A picture with a word under it. */
  public static Sheet.Tile tile(Picture picture, String label) {
    return new Sheet.Tile(Sheet.sized(picture, SIDE), label, false);
  }

  /** Pictures side by side, as many in a row as fit. */
  public static Picture sheet(String title, List<String> notes, List<Sheet.Tile> tiles) {
    int columns = Sheet.columns(tiles.getFirst().picture().width());
    return new Sheet(title, notes, Optional.empty(), List.of(new Sheet.Block("", columns, tiles)))
        .draw();
  }
}
