package io.convlens.occlusion;

import io.convlens.device.OcclusionSpec.Rectangle;
import java.util.ArrayList;
import java.util.List;

/**
 * All positions of a sweep: those of one patch size after those of another.
 *
 * @param grids one a patch size
 */
record Positions(List<Grid> grids) {
  Positions {
    grids = List.copyOf(grids);
  }

  /**
   * The positions for a picture.
   *
   * @throws io.convlens.io.UnusableOptionException if a patch is larger than the picture
   */
  static Positions of(int height, int width, OcclusionOptions options) {
    return new Positions(
        options.patches().stream().map(p -> Grid.of(height, width, p, options)).toList());
  }

  int count() {
    return first(grids.size());
  }

  /** The number of a grid's first position. */
  int first(int grid) {
    int first = 0;
    for (Grid g : grids.subList(0, grid)) {
      first = Math.addExact(first, g.positions());
    }
    return first;
  }

  /** The numbers of those whose patch touches the picture, grid by grid. */
  List<List<Integer>> shown() {
    List<List<Integer>> all = new ArrayList<>();
    for (int g = 0; g < grids.size(); g++) {
      Grid grid = grids.get(g);
      List<Integer> some = new ArrayList<>();
      for (int i = 0; i < grid.positions(); i++) {
        if (!Grid.isEmpty(grid.window(i))) {
          some.add(first(g) + i);
        }
      }
      all.add(some);
    }
    return all;
  }

  /** What the patch covers at a position. */
  Rectangle window(int position) {
    int grid = grids.size() - 1;
    while (first(grid) > position) {
      grid--;
    }
    return grids.get(grid).window(position - first(grid));
  }
}
