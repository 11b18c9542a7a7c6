package io.convlens.occlusion;

import io.convlens.network.ScoreKind;
import io.convlens.network.SizedNetwork;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What comes in of one picture while a sweep runs. */
final class Findings implements AutoCloseable {
  private final OcclusionOptions options;
  private final SizedNetwork network;
  private final Positions positions;
  private final Optional<TrackedLayer> tracked;
  private final Tensor scoreRows;
  private final Tensor layerRows;

  /** The positions whose patch touches the picture. */
  private final List<Integer> shown;

  private final float[] scores;
  private final float[] classScores;
  private final float[] layerSums;
  private int target;
  private int channel;
  private float base;
  private boolean finite = true;

  /**
   * Nothing yet.
   *
   * @param rows the most positions that come at once
   */
  Findings(
      OcclusionOptions options,
      SizedNetwork network,
      Positions positions,
      List<Integer> shown,
      Optional<TrackedLayer> tracked,
      int rows) {
    this.options = options;
    this.network = network;
    this.positions = positions;
    this.shown = shown;
    this.tracked = tracked;
    this.scores = new float[positions.count()];
    this.classScores =
        new float
            [options.allClasses() ? Math.multiplyExact(positions.count(), network.classes()) : 0];
    this.layerSums = new float[tracked.isPresent() ? positions.count() : 0];
    this.scoreRows = Tensor.zeros(Shape.of(rows, network.classes()));
    this.layerRows = Tensor.zeros(Shape.of(rows, tracked.map(TrackedLayer::channels).orElse(1)));
  }

  /** Takes positions in that a runner has done. */
  void visit(Runner runner, int[] positions) {
    ScoreKind kind = options.score();
    runner.download(network.scoreSource(kind), positions.length, scoreRows);
    network.toScores(scoreRows, positions.length, kind);
    tracked.ifPresent(t -> runner.download(t.sums(), positions.length, layerRows));
    for (int row = 0; row < positions.length; row++) {
      add(positions[row], row);
    }
  }

  private void add(int at, int row) {
    checkFinite(row);
    if (at == Runner.UNTOUCHED) {
      addBase(row);
      return;
    }
    int position = shown.get(at);
    scores[position] = score(row, target);
    if (options.allClasses()) {
      addClasses(position, row);
    }
    if (tracked.isPresent()) {
      layerSums[position] = layerSum(row, channel);
    }
  }

  private void checkFinite(int row) {
    for (int c = 0; c < network.classes() && finite; c++) {
      finite = Float.isFinite(score(row, c));
    }
    for (int c = 0; tracked.isPresent() && c < tracked.get().channels() && finite; c++) {
      finite = Float.isFinite(layerSum(row, c));
    }
  }

  private void addBase(int row) {
    target = options.target().orElseGet(() -> strongest(scoreRows, row, network.classes()));
    base = score(row, target);
    Arrays.fill(scores, base);
    tracked.ifPresent(
        t -> {
          channel = strongest(layerRows, row, t.channels());
          Arrays.fill(layerSums, layerSum(row, channel));
        });
    if (options.allClasses()) {
      for (int position = 0; position < positions.count(); position++) {
        addClasses(position, row);
      }
    }
  }

  private void addClasses(int position, int row) {
    for (int c = 0; c < network.classes(); c++) {
      classScores[position * network.classes() + c] = score(row, c);
    }
  }

  private float score(int row, int index) {
    return scoreRows.get((long) row * network.classes() + index);
  }

  private float layerSum(int row, int index) {
    return layerRows.get(row * layerRows.shape().dim(1) + index);
  }

  /** The index of a row's largest number; the first of equals. */
  private static int strongest(Tensor rows, int row, int length) {
    int best = 0;
    for (int i = 1; i < length; i++) {
      if (rows.get((long) row * length + i) > rows.get((long) row * length + best)) {
        best = i;
      }
    }
    return best;
  }

  /** Whether all that came in are numbers. */
  boolean finite() {
    return finite;
  }

  OcclusionMaps toMaps(OcclusionMap.Work work) {
    List<OcclusionMap> maps = new ArrayList<>();
    for (int g = 0; g < positions.grids().size(); g++) {
      maps.add(toMap(g, work));
    }
    return new OcclusionMaps(maps);
  }

  private OcclusionMap toMap(int number, OcclusionMap.Work work) {
    Grid grid = positions.grids().get(number);
    float[] own = part(scores, 1, number);
    return new OcclusionMap(
        grid.patch(),
        grid.height(),
        grid.width(),
        grid.rows(),
        grid.cols(),
        target,
        base,
        own,
        grid.attribution(base, own),
        grid.covered(),
        options.allClasses()
            ? Optional.of(part(classScores, network.classes(), number))
            : Optional.empty(),
        tracked.isPresent() ? Optional.of(part(layerSums, 1, number)) : Optional.empty(),
        work);
  }

  /** A grid's part of an array with so many numbers a position. */
  private float[] part(float[] of, int each, int grid) {
    if (positions.grids().size() == 1) {
      return of;
    }
    return Arrays.copyOfRange(of, positions.first(grid) * each, positions.first(grid + 1) * each);
  }

  @Override
  public void close() {
    scoreRows.close();
    layerRows.close();
  }
}
