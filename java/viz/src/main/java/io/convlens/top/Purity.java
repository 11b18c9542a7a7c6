package io.convlens.top;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How much the pictures of a probe are of one kind. Random directions give the level to compare
 * units with: Szegedy et al., "Intriguing properties of neural networks", 2013, section 3.
 */
public final class Purity {
  private Purity() {}

  /**
   * The share of the class that is most frequent among some pictures; 0 for none.
   *
   * @param pictures indices
   * @param classes one a picture of the whole set
   */
  public static double of(List<Integer> pictures, List<String> classes) {
    Map<String, Integer> counts = new HashMap<>();
    int most = 0;
    for (int picture : pictures) {
      most = Math.max(most, counts.merge(classes.get(picture), 1, Integer::sum));
    }
    return pictures.isEmpty() ? 0 : (double) most / pictures.size();
  }
}
