package io.convlens.bench.roofline;

import io.convlens.device.OcclusionSpec.Rectangle;
import io.convlens.engine.BatchSize;
import io.convlens.engine.DeltaPlanner;
import io.convlens.engine.DeltaSession;
import io.convlens.graph.Graph;
import io.convlens.graph.Nets;
import io.convlens.graph.Value;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * What a whole occlusion sweep over one picture has to do, by the plan that the engine makes for a
 * GPU of this much memory, and what it would have to do running the network at every position.
 *
 * @param net the network
 * @param side the picture's
 * @param stride from one position to the next
 * @param positions how many
 * @param byDifferences whether the plan recomputes only what a patch changes
 * @param operations of the plan, in order
 * @param plain a batch of the plain sweep
 */
record SweepWork(
    Nets net,
    int side,
    int stride,
    int positions,
    boolean byDifferences,
    List<Work> operations,
    NetWork plain) {
  /** The patch's side. */
  static final int PATCH = 16;

  /** Copies the list. */
  SweepWork {
    operations = List.copyOf(operations);
  }

  /**
   * Plans a sweep, and runs it on a device that only records.
   *
   * @throws IOException if the network can't be written to a temporary file
   */
  static SweepWork of(Nets net, int side, int stride, Gpu gpu) throws IOException {
    return NetFile.read(net, side, graph -> of(net, graph, stride, gpu));
  }

  private static SweepWork of(Nets net, Graph graph, int stride, Gpu gpu) {
    int side = graph.input().shape().intDim(2);
    List<Rectangle> patches = patches(side, stride);
    var device = new RecordingDevice(gpu);
    int batch = BatchSize.choose(device, graph, Set.of(), patches.size());
    NetWork plain = NetWork.of(net, graph, batch);
    Value scores = graph.outputs().getFirst();
    DeltaPlanner.Choice choice =
        DeltaPlanner.prepare(
            device, graph, 1, patches, Collections.nCopies(NetFile.COLOURS, 0f), Set.of(scores));
    List<Work> works = new ArrayList<>();
    choice.session().ifPresent(s -> works.addAll(run(s, device, net.options().classes(), side)));
    for (int done = 0; choice.session().isEmpty() && done < patches.size(); done += batch) {
      works.addAll(plain.operations());
    }
    boolean byDifferences = choice.session().isPresent();
    return new SweepWork(net, side, stride, patches.size(), byDifferences, works, plain);
  }

  private static List<Work> run(
      DeltaSession session, RecordingDevice device, int classes, int side) {
    List<Work> scores = new ArrayList<>();
    try (session;
        Tensor picture = Tensor.zeros(Shape.of(1, NetFile.COLOURS, side, side))) {
      device.forget();
      session.run(picture, 0, rows -> scores.add(Work.scores(rows.length, classes)));
      List<Work> works = new ArrayList<>(device.ran().stream().map(Work::of).toList());
      works.addAll(scores);
      return works;
    }
  }

  /** Where the command line puts patches by default: the last ones cut off. */
  private static List<Rectangle> patches(int side, int stride) {
    int along = Math.ceilDiv(side - PATCH, stride) + 1;
    List<Rectangle> patches = new ArrayList<>();
    for (int y = 0; y < along; y++) {
      for (int x = 0; x < along; x++) {
        int top = y * stride;
        int left = x * stride;
        patches.add(
            new Rectangle(top, left, Math.min(side, top + PATCH), Math.min(side, left + PATCH)));
      }
    }
    return patches;
  }

  double flops() {
    return operations.stream().mapToDouble(Work::flops).sum();
  }

  double bytes() {
    return operations.stream().mapToDouble(Work::bytes).sum();
  }

  /** The least time for all positions, operation by operation, in seconds. */
  double seconds(Gpu gpu) {
    return operations.stream().mapToDouble(w -> w.seconds(gpu)).sum();
  }

  /** The least time of the network at every position. */
  double plainSeconds(Gpu gpu) {
    return plain.seconds(gpu) / plain.batch() * positions;
  }
}
