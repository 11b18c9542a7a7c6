package io.convlens.evaluation;

import io.convlens.graph.PixelBox;
import java.util.List;

/**
 * The pointing game (Zhang et al. 2016): a hit where the map's peak lies in a box of the class, or
 * no further from one than a tolerance.
 *
 * @param tolerance in pixels of the network's input; the paper counts those of the original
 */
record Pointing(int tolerance) {
  boolean hits(PixelMap map, List<PixelBox> boxes) {
    int y = map.peak() / map.width();
    int x = map.peak() % map.width();
    return boxes.stream().anyMatch(b -> distance(b, x, y) <= (double) tolerance * tolerance);
  }

  /** Squared, from a pixel to the nearest one of a box. */
  private static double distance(PixelBox box, int x, int y) {
    double across = Math.max(0, Math.max(box.x0() - x, x - (box.x1() - 1)));
    double down = Math.max(0, Math.max(box.y0() - y, y - (box.y1() - 1)));
    return across * across + down * down;
  }
}
