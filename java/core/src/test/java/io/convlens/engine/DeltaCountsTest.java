package io.convlens.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.OcclusionSpec.Rectangle;
import io.convlens.engine.DeltaClasses.Members;
import io.convlens.engine.DeltaProgram.Spot;
import io.convlens.engine.DeltaSession.Group;
import io.convlens.graph.Graph;
import io.convlens.graph.Model;
import io.convlens.graph.Nets;
import io.convlens.graph.Passes;
import io.convlens.window.Interval;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Multiply-adds of sweeps against counts that were made by another program from the networks'
 * plans.
 */
final class DeltaCountsTest {
  private static final int SIDE = 224;
  private static final int PATCH = 16;
  private static final int STRIDE = 4;

  @TempDir Path folder;

  private static List<Interval> intervals() {
    return IntStream.rangeClosed(0, (SIDE - PATCH) / STRIDE)
        .mapToObj(i -> new Interval(i * STRIDE, i * STRIDE + PATCH))
        .toList();
  }

  /** A position's mean, where positions run together. */
  private static double mean(DeltaPlan plan, List<Members> rows, List<Members> columns) {
    double sum = 0;
    long positions = 0;
    for (Members y : rows) {
      for (Members x : columns) {
        long count = (long) y.members().size() * x.members().size();
        sum += (double) DeltaProgram.macs(plan, y.layout(), x.layout()) * count;
        positions += count;
      }
    }
    assertEquals(53 * 53, positions);
    return sum / positions;
  }

  /** A position's mean as sweeps count it. */
  private static double counted(DeltaPlan plan, DeltaClasses rows, DeltaClasses columns) {
    long sum = 0;
    for (Members y : rows.classes()) {
      for (Members x : columns.classes()) {
        List<Spot> spots = new ArrayList<>();
        for (int i = 0; i < y.members().size(); i++) {
          for (int j = 0; j < x.members().size(); j++) {
            spots.add(new Spot(i, j, new Rectangle(0, 0, 1, 1), spots.size()));
          }
        }
        sum += new Group(y, x, spots).macs(plan);
      }
    }
    return sum / (53.0 * 53);
  }

  @ParameterizedTest
  @CsvSource({
    "ALEXNET, 141.4",
    "VGG_16, 1231.6",
    "RESNET_18, 476.4",
    "RESNET_50, 1345.2",
    "SQUEEZENET_1_1, 89.6",
    "GOOGLENET, 306.7",
    "MOBILENET_V2, 135.1",
    "DENSENET_121, 1165.7"
  })
  void aPatchOfSixteenAtStepsOfFour(Nets net, double millions) throws Exception {
    Path file = net.write(folder.resolve("net.onnx"), net.options());
    try (Model model = Model.read(file);
        var passes = new Passes(new LinkedHashSet<>())) {
      int side = net.options().height();
      Graph graph = passes.optimise(model.graph(1, 3, side, side));
      DeltaReach rows = DeltaReach.of(graph, 0, 2, intervals());
      DeltaReach columns = DeltaReach.of(graph, 1, 3, intervals());
      var keep = new LinkedHashSet<>(graph.outputs());
      try (var plan =
          new DeltaPlan(
              graph,
              graph.input(),
              DeltaPlanner.windowed(graph, rows, columns),
              keep,
              Integer.MAX_VALUE)) {
        double rest = DeltaProgram.macs(plan.rest(keep));
        List<DeltaClasses> joined = DeltaClasses.join(plan, rows, columns);
        double exact = rest + counted(plan, joined.getFirst(), joined.getLast());
        assertEquals(millions * 1e6, exact, 0.03 * millions * 1e6);
        double run = rest + mean(plan, joined.getFirst().classes(), joined.getLast().classes());
        assertTrue(run >= exact && run < 1.25 * exact, run + " in joined windows, exact " + exact);
      }
    }
  }

  @Test
  void positionsOfOnePhaseShareTheirWindows() throws Exception {
    Path file = Nets.RESNET_18.write(folder.resolve("net.onnx"), Nets.RESNET_18.options());
    try (Model model = Model.read(file)) {
      Graph graph = model.graph(1, 3, SIDE, SIDE);
      // 32 pixels are one step of the last maps.
      List<Interval> inside = List.of(new Interval(80, 96), new Interval(112, 128));
      DeltaReach rows = DeltaReach.of(graph, 0, 2, inside);
      DeltaReach columns = DeltaReach.of(graph, 1, 3, inside);
      var keep = new LinkedHashSet<>(graph.outputs());
      int stem = 3;
      try (var plan =
          new DeltaPlan(
              graph, graph.input(), DeltaPlanner.windowed(graph, rows, columns), keep, stem)) {
        assertEquals(1, new DeltaClasses(plan, rows).classes().size());
      }
    }
  }
}
