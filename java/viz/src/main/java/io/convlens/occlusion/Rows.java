package io.convlens.occlusion;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The numbers at all positions of a sweep, as they become known; grid by grid. */
final class Rows {
  /**
   * One kind of numbers.
   *
   * @param each so many a position
   * @param from where a map has them
   * @param grids the numbers of each grid; none if they weren't asked for
   */
  private record Kind(
      int each, Function<OcclusionMap, Optional<float[]>> from, List<float[]> grids) {
    void start(OcclusionMap map) {
      from.apply(map).ifPresent(s -> grids.add(s.clone()));
    }

    void take(OcclusionMap map, int grid, List<Integer> positions) {
      from.apply(map)
          .ifPresent(
              s ->
                  positions.forEach(
                      p -> System.arraycopy(s, p * each, grids.get(grid), p * each, each)));
    }

    Optional<float[]> filled(int grid, Mesh mesh) {
      return grids.isEmpty() ? Optional.empty() : Optional.of(mesh.filled(grids.get(grid), each));
    }
  }

  private final Kind scores;
  private final Kind classScores;
  private final Kind layerSums;

  /**
   * Begins with a part's numbers; those of positions that it doesn't have are the base's.
   *
   * @param classes how many the network has
   */
  Rows(OcclusionMaps part, int classes) {
    this.scores = new Kind(1, m -> Optional.of(m.scores()), new ArrayList<>());
    this.classScores = new Kind(classes, OcclusionMap::classScores, new ArrayList<>());
    this.layerSums = new Kind(1, OcclusionMap::layerSums, new ArrayList<>());
    for (OcclusionMap m : part.each()) {
      scores.start(m);
      classScores.start(m);
      layerSums.start(m);
    }
  }

  /**
   * Takes a part's numbers.
   *
   * @param positions numbers in their grid
   */
  void take(OcclusionMaps part, int grid, List<Integer> positions) {
    OcclusionMap map = part.each().get(grid);
    scores.take(map, grid, positions);
    classScores.take(map, grid, positions);
    layerSums.take(map, grid, positions);
  }

  /** A grid's scores, known or not. */
  float[] scores(int grid) {
    return scores.grids.get(grid);
  }

  /** A part's map as it is, or between what is known. */
  OcclusionMap toMap(OcclusionMap part, int number, Grid grid, Mesh mesh, OcclusionMap.Work work) {
    float[] filled = scores.filled(number, mesh).orElseThrow();
    return new OcclusionMap(
        part.patch(),
        part.height(),
        part.width(),
        part.rows(),
        part.cols(),
        part.target(),
        part.base(),
        filled,
        grid.attribution(part.base(), filled),
        part.covered(),
        classScores.filled(number, mesh),
        layerSums.filled(number, mesh),
        work);
  }
}
