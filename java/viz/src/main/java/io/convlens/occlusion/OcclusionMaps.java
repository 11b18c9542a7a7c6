package io.convlens.occlusion;

import java.util.List;

/**
 * What a sweep found for one picture: a map for each patch size, and what they say together.
 *
 * @param each one a patch size, in the options' order; all of one target and base, and with the
 *     whole sweep's {@link OcclusionMap.Work}
 */
public record OcclusionMaps(List<OcclusionMap> each) {
  /** Copies the list, of which there is at least one. */
  public OcclusionMaps {
    each = List.copyOf(each);
    if (each.isEmpty()) {
      throw new IllegalArgumentException("no map");
    }
  }

  /** The map, where there is one patch size. */
  public OcclusionMap only() {
    if (each.size() != 1) {
      throw new IllegalStateException(each.size() + " patch sizes, not one");
    }
    return each.getFirst();
  }

  /** The class. */
  public int target() {
    return each.getFirst().target();
  }

  /** Its score without a patch. */
  public float base() {
    return each.getFirst().base();
  }

  /** The same maps, with something else said of the work. */
  OcclusionMaps with(OcclusionMap.Work other) {
    return new OcclusionMaps(each.stream().map(m -> m.with(other)).toList());
  }

  /** What the whole sweep took. */
  public OcclusionMap.Work work() {
    return each.getFirst().work();
  }

  /** {@code [height, width]}: the mean of all maps' attributions. */
  public float[] attribution() {
    if (each.size() == 1) {
      return each.getFirst().attribution();
    }
    float[] mean = new float[each.getFirst().attribution().length];
    for (int i = 0; i < mean.length; i++) {
      double sum = 0;
      for (OcclusionMap map : each) {
        sum += map.attribution()[i];
      }
      mean[i] = (float) (sum / each.size());
    }
    return mean;
  }

  /** {@code [height, width]}: whether a window of any size covers the pixel. */
  public boolean[] covered() {
    boolean[] covered = each.getFirst().covered().clone();
    for (OcclusionMap map : each) {
      for (int i = 0; i < covered.length; i++) {
        covered[i] |= map.covered()[i];
      }
    }
    return covered;
  }
}
