package io.convlens.occlusion;

import io.convlens.engine.Accuracy;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One picture's approximate sweep of one accuracy: see {@link FastSweep}. */
final class FastRun {
  private final SweepSetup setup;
  private final List<List<Integer>> all;
  private final List<Integer> sample;
  private final Accuracy accuracy;
  private final float[] wanted;
  private final int target;
  private final List<Mesh> meshes = new ArrayList<>();
  private final OcclusionMaps found;
  private final Rows rows;
  private SampleError error;
  private long macs;

  /**
   * Begins with the positions that a mesh begins with.
   *
   * @param all the positions whose patch touches the picture, grid by grid
   * @param sample positions of them that the whole network ran for
   * @param full with its scores
   * @param found with the scores, as true as {@code accuracy} says, of the mesh's first positions
   *     and the sample's
   */
  FastRun(
      SweepSetup setup,
      List<List<Integer>> all,
      List<List<Integer>> sample,
      OcclusionMaps full,
      Accuracy accuracy,
      OcclusionMaps found) {
    this.setup = setup;
    this.all = all;
    this.sample = sample.stream().flatMap(List::stream).toList();
    this.accuracy = accuracy;
    this.wanted = scores(setup, full);
    this.target = full.target();
    this.found = found;
    this.macs = found.work().macsRun();
    this.error = SampleError.of(scores(setup, found), wanted, this.sample);
    this.rows = new Rows(found, setup.network().classes());
    for (int g = 0; g < all.size(); g++) {
      Grid grid = setup.positions().grids().get(g);
      Mesh mesh = Mesh.of(grid, setup.options());
      mesh.know(mesh.first());
      // Patches that touch nothing of the picture leave the base.
      for (int p = 0; p < grid.positions(); p++) {
        if (Grid.isEmpty(grid.window(p))) {
          mesh.know(List.of(p));
        }
      }
      meshes.add(mesh);
    }
  }

  /** Exact maps, with what is said of an approximation that was not good enough before. */
  static OcclusionMaps exact(
      SweepSetup setup,
      List<List<Integer>> sample,
      OcclusionMaps full,
      OcclusionMaps maps,
      double allowed,
      long macsBefore,
      double seconds) {
    List<Integer> some = sample.stream().flatMap(List::stream).toList();
    SampleError error = SampleError.of(scores(setup, maps), scores(setup, full), some);
    int count = setup.positions().count();
    var how =
        new Approximation(
            Accuracy.EXACT.share(),
            setup.precision(Accuracy.EXACT),
            count,
            some.size(),
            error.mean(),
            error.max(),
            allowed);
    OcclusionMap.Work work = maps.work();
    return maps.with(
        new OcclusionMap.Work(
            work.engine(),
            Optional.of("an approximation was not good enough"),
            macsBefore + work.macsRun(),
            work.macsFull(),
            seconds,
            Optional.of(how)));
  }

  /** The scores of all grids in one array. */
  private static float[] scores(SweepSetup setup, OcclusionMaps maps) {
    float[] all = new float[setup.positions().count()];
    for (int g = 0; g < maps.each().size(); g++) {
      float[] own = maps.each().get(g).scores();
      System.arraycopy(own, 0, all, setup.positions().first(g), own.length);
    }
    return all;
  }

  /** Multiply-adds so far. */
  long macs() {
    return macs;
  }

  /** Whether windows alone, without a mesh, leave room for the mesh's error. */
  boolean areWindowsGood(double allowed) {
    return found.target() == target && error.isWithin(allowed / 2);
  }

  /**
   * Computes positions until the map is as good as is allowed.
   *
   * @return whether it is
   */
  boolean refine(double allowed, Tensor pictures, int index, OcclusionListener listener) {
    while (!isGood(allowed)) {
      boolean worthwhile = known() <= FastSweep.MOST_KNOWN * setup.positions().count();
      List<List<Integer>> next = worthwhile ? worst() : meshes.stream().map(Mesh::unknown).toList();
      if (next.stream().allMatch(List::isEmpty)) {
        return false;
      }
      if (!compute(next, pictures, index, listener)) {
        return false;
      }
    }
    return true;
  }

  private boolean isGood(double allowed) {
    error = SampleError.of(scores(setup, maps(found.work())), wanted, sample);
    return error.isWithin(allowed);
  }

  private int known() {
    return meshes.stream().mapToInt(Mesh::count).sum();
  }

  /** What is missing in the cells whose corners differ most. */
  private List<List<Integer>> worst() {
    List<Double> spreads = new ArrayList<>();
    for (int g = 0; g < meshes.size(); g++) {
      spreads.addAll(meshes.get(g).spreads(rows.scores(g)));
    }
    if (spreads.isEmpty()) {
      return meshes.stream().map(Mesh::unknown).toList();
    }
    spreads.sort(null);
    double least = spreads.get((int) ((1 - FastSweep.REFINED_AT_ONCE) * (spreads.size() - 1)));
    List<List<Integer>> cells = new ArrayList<>();
    for (int g = 0; g < meshes.size(); g++) {
      cells.add(meshes.get(g).refine(rows.scores(g), least));
    }
    return cells;
  }

  /**
   * Computes positions.
   *
   * @param some their numbers in their grids
   * @return whether they are of the same class: a tie may be decided otherwise
   */
  private boolean compute(
      List<List<Integer>> some, Tensor pictures, int index, OcclusionListener listener) {
    List<List<Integer>> numbers = new ArrayList<>();
    for (int g = 0; g < some.size(); g++) {
      int before = setup.positions().first(g);
      numbers.add(some.get(g).stream().map(p -> before + p).toList());
    }
    if (numbers.stream().allMatch(List::isEmpty)) {
      return true;
    }
    int before = known();
    int total = all.stream().mapToInt(List::size).sum();
    try (var part = new SweepPart(setup, numbers, Mode.EXACT, accuracy)) {
      OcclusionMaps more =
          part.maps(
              pictures,
              index,
              (done, _) -> listener.progress(Math.min(total, before + done), total));
      macs += more.work().macsRun();
      for (int g = 0; g < some.size(); g++) {
        rows.take(more, g, some.get(g));
        meshes.get(g).know(some.get(g));
      }
      return more.target() == target;
    }
  }

  /** The maps as they are now, with what is said of how they were made. */
  OcclusionMaps maps(double allowed, long macsRun, double seconds) {
    var how =
        new Approximation(
            accuracy.share(),
            setup.precision(accuracy),
            known(),
            sample.size(),
            error.mean(),
            error.max(),
            allowed);
    return maps(
        new OcclusionMap.Work(
            Mode.FAST, Optional.empty(), macsRun, setup.macsFull(), seconds, Optional.of(how)));
  }

  private OcclusionMaps maps(OcclusionMap.Work work) {
    List<OcclusionMap> maps = new ArrayList<>();
    for (int g = 0; g < meshes.size(); g++) {
      Grid grid = setup.positions().grids().get(g);
      maps.add(rows.toMap(found.each().get(g), g, grid, meshes.get(g), work));
    }
    return new OcclusionMaps(maps);
  }
}
