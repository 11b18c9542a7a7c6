package io.convlens.cli;

import io.convlens.occlusion.OcclusionMap;
import io.convlens.occlusion.OcclusionMaps;

/**
 * What is kept of a picture's sweep besides its arrays.
 *
 * @param image what people call the picture
 * @param target the class
 * @param base its score without a patch
 * @param least its lowest score under any patch
 * @param work what the sweep took
 */
record SweptPicture(String image, int target, float base, float least, OcclusionMap.Work work) {
  static SweptPicture of(String image, OcclusionMaps maps) {
    float least = Float.POSITIVE_INFINITY;
    for (OcclusionMap map : maps.each()) {
      for (float s : map.scores()) {
        least = Math.min(least, s);
      }
    }
    return new SweptPicture(image, maps.target(), maps.base(), least, maps.work());
  }
}
