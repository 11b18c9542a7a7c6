package io.convlens.cli;

import io.convlens.occlusion.OcclusionMap;
import io.convlens.occlusion.OcclusionMaps;
import io.convlens.occlusion.OcclusionOptions;
import io.convlens.occlusion.PatchGrid;
import io.convlens.occlusion.Sweep;
import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * An array that a sweep over pictures writes, one part a picture.
 *
 * @param file its file's name
 * @param part the shape of a picture's part
 * @param values a picture's part
 */
record MapArray(String file, Shape part, Function<OcclusionMaps, float[]> values) {
  private static final String ENDING = ".npy";

  /** The array of attributions; of several patch sizes their mean. */
  static final String ATTRIBUTION = "attribution" + ENDING;

  /** All arrays of a sweep, the scores first. */
  static List<MapArray> of(Sweep sweep, OcclusionOptions options) {
    List<MapArray> all = new ArrayList<>();
    List<PatchGrid> grids = sweep.grids();
    for (int i = 0; i < grids.size(); i++) {
      PatchGrid g = grids.get(i);
      String end = suffix(grids, i) + ENDING;
      int number = i;
      Shape positions = Shape.of(g.rows(), g.cols());
      all.add(of("scores" + end, positions, number, OcclusionMap::scores));
      if (grids.size() > 1) {
        all.add(of(attribution(grids, i), pixels(g), number, OcclusionMap::attribution));
      }
      if (options.allClasses()) {
        Shape classes = Shape.of(g.rows(), g.cols(), sweep.classes());
        all.add(of("class-scores" + end, classes, number, m -> m.classScores().orElseThrow()));
      }
      if (options.track().isPresent()) {
        all.add(of("layer-sums" + end, positions, number, m -> m.layerSums().orElseThrow()));
      }
    }
    all.add(new MapArray(ATTRIBUTION, pixels(grids.getFirst()), OcclusionMaps::attribution));
    return all;
  }

  private static MapArray of(
      String file, Shape part, int number, Function<OcclusionMap, float[]> values) {
    return new MapArray(file, part, maps -> values.apply(maps.each().get(number)));
  }

  private static Shape pixels(PatchGrid g) {
    return Shape.of(g.height(), g.width());
  }

  /** The array of one patch size's attributions. */
  static String attribution(List<PatchGrid> grids, int number) {
    return "attribution" + suffix(grids, number) + ENDING;
  }

  /** What tells the files of several patch sizes apart; nothing where there is one. */
  static String suffix(List<PatchGrid> grids, int number) {
    return grids.size() == 1 ? "" : "-" + grids.get(number).patch();
  }

  /** The shape for so many pictures. */
  Shape shape(long pictures) {
    long[] dims = new long[part.rank() + 1];
    dims[0] = pictures;
    System.arraycopy(part.dims(), 0, dims, 1, part.rank());
    return Shape.of(dims);
  }
}
