package io.convlens.device;

import java.util.List;

/**
 * Batches of copies of one picture, each with one rectangle filled.
 *
 * @param map the batch, dense: n is the batch size
 * @param rectangles one a position of the whole sweep
 * @param fill one value a channel
 */
public record OcclusionSpec(MapShape map, List<Rectangle> rectangles, List<Float> fill) {
  /**
   * Rows {@code top} to {@code bottom} and columns {@code left} to {@code right}, ends exclusive.
   */
  public record Rectangle(int top, int left, int bottom, int right) {}

  /** Copies the lists. */
  public OcclusionSpec {
    rectangles = List.copyOf(rectangles);
    fill = List.copyOf(fill);
  }
}
