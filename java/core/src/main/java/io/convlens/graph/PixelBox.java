package io.convlens.graph;

/**
 * A rectangle of a network's input picture, ends exclusive.
 *
 * @param x0 its first column
 * @param y0 its first row
 * @param x1 the column after its last
 * @param y1 the row after its last
 */
public record PixelBox(int x0, int y0, int x1, int y1) {
  /** The part of it that lies in a picture of this size. */
  public PixelBox clipped(int width, int height) {
    return new PixelBox(
        Math.clamp(x0, 0, width),
        Math.clamp(y0, 0, height),
        Math.clamp(x1, 0, width),
        Math.clamp(y1, 0, height));
  }

  /** This one, grown to a pixel where it is empty: a field may lie in the padding altogether. */
  public PixelBox notEmpty() {
    int left = x1 > x0 ? x0 : Math.max(0, x0 - 1);
    int top = y1 > y0 ? y0 : Math.max(0, y0 - 1);
    return new PixelBox(left, top, Math.max(x1, left + 1), Math.max(y1, top + 1));
  }
}
