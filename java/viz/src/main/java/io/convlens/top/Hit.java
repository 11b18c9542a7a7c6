package io.convlens.top;

import java.util.Comparator;

/**
 * A picture that excites a unit, where it does so most.
 *
 * @param index the picture's
 * @param value what it is ranked by
 * @param place the first of the map's largest values, row-major; 0 where the layer is flat
 */
public record Hit(int index, float value, int place) {
  /** Best first, equals in the order of the pictures. */
  public static final Comparator<Hit> BEST_FIRST =
      Comparator.comparingDouble((Hit h) -> -h.value).thenComparingInt(Hit::index);
}
