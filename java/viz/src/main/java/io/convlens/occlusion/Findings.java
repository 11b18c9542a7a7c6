package io.convlens.occlusion;

import static java.util.Arrays.copyOfRange;

import io.convlens.device.Device;
import io.convlens.device.ScoreKeeper;
import io.convlens.device.ScoreKeeper.Kept;
import io.convlens.device.ScoreSpec;
import io.convlens.network.SizedNetwork;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/**
 * What comes in of one picture while a sweep runs. It stays on the device until the sweep is done;
 * then one array comes back.
 */
final class Findings implements AutoCloseable {
  private final OcclusionOptions options;
  private final SizedNetwork network;
  private final Positions positions;
  private final Optional<TrackedLayer> tracked;
  private final ScoreKeeper scoreKeeper;
  private final Optional<ScoreKeeper> layerKeeper;

  /** The positions whose patch touches the picture. */
  private final List<Integer> shown;

  /** Whose rows were kept, in order. */
  private final List<int[]> kept = new ArrayList<>();

  /** Nothing yet. */
  Findings(
      OcclusionOptions options,
      SizedNetwork network,
      Positions positions,
      List<Integer> shown,
      Optional<TrackedLayer> tracked) {
    this.options = options;
    this.network = network;
    this.positions = positions;
    this.shown = shown;
    this.tracked = tracked;
    Device device = network.network().device();
    int rows = shown.size() + 1;
    this.scoreKeeper =
        device.prepare(
            new ScoreSpec(
                rows,
                network.classes(),
                network.takesSoftmax(options.score()),
                options.target(),
                options.allClasses()));
    try {
      this.layerKeeper =
          tracked.map(
              t ->
                  device.prepare(
                      new ScoreSpec(rows, t.channels(), false, OptionalInt.empty(), false)));
    } catch (RuntimeException | Error e) {
      scoreKeeper.close();
      throw e;
    }
  }

  /** Forgets all, for the next picture. */
  void start() {
    kept.clear();
    scoreKeeper.start();
    layerKeeper.ifPresent(ScoreKeeper::start);
  }

  /** Takes positions in that a runner has done. */
  void visit(Runner runner, int[] some) {
    kept.add(some);
    scoreKeeper.keep(runner.rowsOf(network.scoreRows(options.score())), some.length);
    tracked.ifPresent(t -> layerKeeper.orElseThrow().keep(runner.rowsOf(t.sums()), some.length));
  }

  /**
   * The maps, as all came in; none if some of it are no numbers and {@code finite} ones only do.
   */
  Optional<OcclusionMaps> toMaps(boolean finite, Supplier<OcclusionMap.Work> account) {
    Kept scores = scoreKeeper.read();
    Optional<Kept> sums = layerKeeper.map(ScoreKeeper::read);
    if (finite && !(scores.finite() && sums.map(Kept::finite).orElse(true))) {
      return Optional.empty();
    }
    boolean all = options.allClasses();
    float[] rows = placed(scores.scores(), all ? network.classes() : 1);
    var arrays =
        new Arrays(
            scores.target(),
            scores.scores()[all ? scores.target() : 0],
            all ? column(rows, scores.target()) : rows,
            all ? Optional.of(rows) : Optional.empty(),
            sums.map(s -> placed(s.scores(), 1)));
    OcclusionMap.Work work = account.get();
    List<OcclusionMap> maps = new ArrayList<>();
    for (int g = 0; g < positions.grids().size(); g++) {
      maps.add(toMap(g, arrays, work));
    }
    return Optional.of(new OcclusionMaps(maps));
  }

  /** What was found at all positions. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Arrays(
      int target,
      float base,
      float[] scores,
      Optional<float[]> classScores,
      Optional<float[]> layerSums) {}

  private OcclusionMap toMap(int number, Arrays arrays, OcclusionMap.Work work) {
    Grid grid = positions.grids().get(number);
    float[] own = part(arrays.scores, 1, number);
    return new OcclusionMap(
        grid.patch(),
        grid.height(),
        grid.width(),
        grid.rows(),
        grid.cols(),
        arrays.target,
        arrays.base,
        own,
        grid.attribution(arrays.base, own),
        grid.covered(),
        arrays.classScores.map(s -> part(s, network.classes(), number)),
        arrays.layerSums.map(s -> part(s, 1, number)),
        work);
  }

  /** A grid's part of an array with so many numbers a position. */
  private float[] part(float[] of, int each, int grid) {
    if (positions.grids().size() == 1) {
      return of;
    }
    return copyOfRange(of, positions.first(grid) * each, positions.first(grid + 1) * each);
  }

  /**
   * The rows at their places; where a patch touches nothing of the picture, that of the untouched
   * picture, which was kept first.
   */
  private float[] placed(float[] rows, int columns) {
    float[] all = new float[Math.multiplyExact(positions.count(), columns)];
    if (shown.size() < positions.count()) {
      for (int p = 0; p < positions.count(); p++) {
        System.arraycopy(rows, 0, all, p * columns, columns);
      }
    }
    int row = 0;
    for (int[] some : kept) {
      for (int at : some) {
        if (at != Runner.UNTOUCHED) {
          System.arraycopy(rows, row * columns, all, shown.get(at) * columns, columns);
        }
        row++;
      }
    }
    return all;
  }

  private float[] column(float[] rows, int index) {
    float[] column = new float[positions.count()];
    for (int p = 0; p < column.length; p++) {
      column[p] = rows[p * network.classes() + index];
    }
    return column;
  }

  @Override
  public void close() {
    scoreKeeper.close();
    layerKeeper.ifPresent(ScoreKeeper::close);
  }
}
