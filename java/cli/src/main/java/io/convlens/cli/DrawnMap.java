package io.convlens.cli;

import io.convlens.occlusion.OcclusionOptions;
import io.convlens.occlusion.PatchGrid;
import io.convlens.occlusion.Sweep;
import java.util.ArrayList;
import java.util.List;

/**
 * A map that is drawn of each picture: of one patch size, or the mean of several.
 *
 * @param array the file with its attributions
 * @param options what its figures say of the patch
 * @param covered which pixels a window covers
 * @param suffix what its figures' names end with
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record DrawnMap(String array, OcclusionOptions options, boolean[] covered, String suffix) {
  /** What is drawn of a picture; the mean first where there are several patch sizes. */
  static List<DrawnMap> of(Sweep sweep, OcclusionOptions options) {
    List<PatchGrid> grids = sweep.grids();
    List<DrawnMap> all = new ArrayList<>();
    boolean[] any = grids.getFirst().covered().clone();
    for (int i = 0; i < grids.size(); i++) {
      PatchGrid g = grids.get(i);
      for (int p = 0; p < any.length; p++) {
        any[p] |= g.covered()[p];
      }
      if (grids.size() > 1) {
        OcclusionOptions own = options.patches(List.of(g.patch()));
        all.add(
            new DrawnMap(
                MapArray.attribution(grids, i), own, g.covered(), MapArray.suffix(grids, i)));
      }
    }
    all.addFirst(new DrawnMap(MapArray.ATTRIBUTION, options, any, ""));
    return all;
  }
}
