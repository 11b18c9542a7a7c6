package io.convlens.graph;

/**
 * The part of a network's input that can reach one place of a layer, not clipped to the picture.
 *
 * @param y rows
 * @param x columns
 */
public record ReceptiveField(Side y, Side x) {
  /**
   * One axis.
   *
   * @param size input pixels under an output element; the most there are, where that changes
   * @param stride input pixels from one output element to the next: a fraction after enlarging; 0
   *     where the element sees the whole input
   * @param offset the first input pixel under output element 0; negative with padding
   */
  public record Side(int size, double stride, int offset) {}
}
