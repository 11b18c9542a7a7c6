package io.convlens.engine;

import io.convlens.device.Device;
import io.convlens.device.DeviceException;
import io.convlens.device.OcclusionSpec.Rectangle;
import io.convlens.engine.DeltaClasses.Members;
import io.convlens.engine.DeltaProgram.Spot;
import io.convlens.engine.DeltaSession.Group;
import io.convlens.graph.Graph;
import io.convlens.graph.Node;
import io.convlens.graph.Passes;
import io.convlens.graph.Value;
import io.convlens.window.Interval;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Decides whether and how a sweep is run by differences, and prepares it. */
public final class DeltaPlanner {
  /** Savings below this share of the work are eaten by what differences cost besides. */
  private static final double LEAST_GAIN = 0.1;

  /** Weights that don't stay in the cache from one batch to the next. */
  private static final long LARGE_WEIGHTS = 2 << 20;

  /** Positions that fully connected layers take at once, at most. */
  private static final int MOST_AT_ONCE = 256;

  /** Elements that may wait for fully connected layers. */
  private static final long ROOM = 16L << 20;

  /**
   * What was decided.
   *
   * @param session prepared, the caller closes it; empty where the plain run is no slower
   * @param why in a few words, where it is empty
   */
  public record Choice(Optional<DeltaSession> session, String why) {}

  private final Device device;
  private final Graph graph;
  private final Passes passes;
  private final Set<Value> keep;
  private final Accuracy accuracy;
  private final List<Sizes> all = new ArrayList<>();
  private final int positions;

  /**
   * Patches of one size, whose windows go together.
   *
   * @param first the first one's number in the whole sweep
   */
  private record Sizes(
      List<Rectangle> rectangles,
      int first,
      List<Interval> rowIntervals,
      List<Interval> columnIntervals,
      DeltaReach rows,
      DeltaReach columns) {}

  private DeltaPlanner(
      Device device,
      Graph graph,
      Passes passes,
      int channelAxis,
      List<List<Rectangle>> rectangles,
      Set<Value> keep,
      Accuracy accuracy) {
    this.device = device;
    this.accuracy = accuracy;
    this.graph = graph;
    this.passes = passes;
    this.keep = keep;
    int rowAxis = channelAxis == 1 ? 2 : 1;
    int first = 0;
    for (List<Rectangle> some : rectangles) {
      List<Interval> rows =
          some.stream().map(r -> new Interval(r.top(), r.bottom())).distinct().toList();
      List<Interval> columns =
          some.stream().map(r -> new Interval(r.left(), r.right())).distinct().toList();
      all.add(
          new Sizes(
              some,
              first,
              rows,
              columns,
              DeltaReach.of(graph, 0, rowAxis, rows)
                  .limited(accuracy.share(), rows, extent(rowAxis)),
              DeltaReach.of(graph, 1, rowAxis + 1, columns)
                  .limited(accuracy.share(), columns, extent(rowAxis + 1))));
      first += some.size();
    }
    this.positions = first;
  }

  private int extent(int axis) {
    return graph.input().shape().intDim(axis);
  }

  /**
   * Prepares a sweep with patches of several sizes: one untouched picture, one plan. Positions are
   * numbered through all lists.
   *
   * @param rectangles the patches of each size, none of them empty
   * @see #prepare
   */
  public static Choice prepareAll(
      Device device,
      Graph graph,
      int channelAxis,
      List<List<Rectangle>> rectangles,
      List<Float> fill,
      Set<Value> keep,
      Accuracy accuracy) {
    return prepare(device, graph, channelAxis, rectangles, fill, keep, accuracy, LEAST_GAIN);
  }

  /**
   * Prepares a sweep.
   *
   * @param channelAxis the axis of the graph's input that holds the channels: 1, or the last
   * @param rectangles the patches, none of them empty
   * @param fill one value a channel
   * @param keep values to read at each position
   */
  public static Choice prepare(
      Device device,
      Graph graph,
      int channelAxis,
      List<Rectangle> rectangles,
      List<Float> fill,
      Set<Value> keep) {
    return prepareAll(device, graph, channelAxis, List.of(rectangles), fill, keep, Accuracy.EXACT);
  }

  /** With another share of the work that must be saved: for tests. */
  static Choice prepare(
      Device device,
      Graph graph,
      int channelAxis,
      List<List<Rectangle>> rectangles,
      List<Float> fill,
      Set<Value> keep,
      Accuracy accuracy,
      double leastGain) {
    if (!graph.batchable() || rectangles.stream().allMatch(List::isEmpty)) {
      return new Choice(Optional.empty(), "the network's batch is fixed");
    }
    var passes = new Passes(keep);
    try {
      var planner =
          new DeltaPlanner(
              device,
              passes.joinActivations(passes.optimise(graph)),
              passes,
              channelAxis,
              rectangles,
              keep,
              accuracy);
      Choice choice = planner.choose(channelAxis, fill, leastGain);
      if (choice.session().isEmpty()) {
        passes.close();
      }
      return choice;
    } catch (DeviceException e) {
      passes.close();
      if (e.kind() == DeviceException.Kind.UNSUPPORTED) {
        return new Choice(Optional.empty(), e.getMessage());
      }
      throw e;
    } catch (RuntimeException | Error e) {
      passes.close();
      throw e;
    }
  }

  private Choice choose(int channelAxis, List<Float> fill, double leastGain) {
    Optional<Value> entry = entry(channelAxis);
    if (entry.isEmpty()) {
      return new Choice(Optional.empty(), "the picture is used otherwise than as a map");
    }
    var plan = new DeltaPlan(graph, entry.get(), windowed(), keep, Integer.MAX_VALUE);
    try {
      List<Group> groups = groups(plan);
      double full = DeltaCost.of(graph) * positions;
      double run = estimate(plan, groups);
      if (run > (1 - leastGain) * full) {
        plan.close();
        return new Choice(
            Optional.empty(), "differences would take %.2f times as long".formatted(run / full));
      }
      int batch = restBatch(plan);
      var session =
          new DeltaSession(
              device, graph, passes, plan, entry.get(), keep, fill, groups, batch, accuracy);
      return new Choice(Optional.of(session), "");
    } catch (RuntimeException | Error e) {
      plan.close();
      throw e;
    }
  }

  /** The picture as a map with its channels in front. */
  private Optional<Value> entry(int channelAxis) {
    Value input = graph.input();
    if (channelAxis == 1) {
      return input.shape().rank() == 4 ? Optional.of(input) : Optional.empty();
    }
    List<Node> readers = graph.nodes().stream().filter(n -> n.inputs().contains(input)).toList();
    return readers.size() == 1
            && readers.getFirst() instanceof Node.Transpose t
            && t.order().equals(List.of(0, 3, 1, 2))
        ? Optional.of(t.output())
        : Optional.empty();
  }

  private Set<Value> windowed() {
    Set<Value> windowed = new HashSet<>(graph.nodes().stream().map(Node::output).toList());
    all.forEach(s -> windowed.retainAll(windowed(graph, s.rows, s.columns)));
    return windowed;
  }

  /** The maps in which a change stays in a window, whichever position it comes from. */
  static Set<Value> windowed(Graph graph, DeltaReach rows, DeltaReach columns) {
    Set<Value> all = new HashSet<>();
    for (Node n : graph.nodes()) {
      Value v = n.output();
      if (v.batched()
          && v.shape().rank() == 4
          && v.shape().size() > 0
          && !rows.torn().contains(v)
          && !columns.torn().contains(v)) {
        all.add(v);
      }
    }
    return all;
  }

  private List<Group> groups(DeltaPlan plan) {
    List<Group> groups = new ArrayList<>();
    for (Sizes sizes : all) {
      if (!sizes.rectangles.isEmpty()) {
        groups.addAll(groups(plan, sizes));
      }
    }
    return groups;
  }

  private static List<Group> groups(DeltaPlan plan, Sizes sizes) {
    List<DeltaClasses> joined = DeltaClasses.join(plan, sizes.rows, sizes.columns);
    List<Group> groups = new ArrayList<>();
    for (Members y : joined.getFirst().classes()) {
      for (Members x : joined.getLast().classes()) {
        List<Spot> spots = spots(sizes, y, x);
        if (!spots.isEmpty()) {
          groups.add(new Group(y, x, spots));
        }
      }
    }
    return groups;
  }

  private static List<Spot> spots(Sizes sizes, Members y, Members x) {
    List<Spot> spots = new ArrayList<>();
    for (int i = 0; i < sizes.rectangles.size(); i++) {
      Rectangle r = sizes.rectangles.get(i);
      int row = y.members().indexOf(sizes.rowIntervals.indexOf(new Interval(r.top(), r.bottom())));
      int column =
          x.members().indexOf(sizes.columnIntervals.indexOf(new Interval(r.left(), r.right())));
      if (row >= 0 && column >= 0) {
        spots.add(new Spot(row, column, r, sizes.first + i));
      }
    }
    return spots;
  }

  private double estimate(DeltaPlan plan, List<Group> groups) {
    double rest = DeltaCost.of(plan.rest(keep));
    double sum = DeltaCost.of(graph);
    for (Group g : groups) {
      double each = DeltaCost.position(plan, g.rows(), g.columns()) + rest;
      sum += each * g.spots().size() + DeltaCost.batch(plan) + DeltaCost.preparation(plan);
    }
    return sum;
  }

  /** Weights of fully connected layers are read once a batch, so that a large one pays. */
  private int restBatch(DeltaPlan plan) {
    Graph rest = plan.rest(keep);
    int batch = BatchSize.choose(device, rest, plan.seeds(), positions);
    boolean reads =
        rest.nodes().stream()
            .anyMatch(n -> n instanceof Node.Linear l && l.weights().size() > LARGE_WEIGHTS);
    long seed = plan.seeds().stream().mapToLong(v -> v.shape().with(0, 1).size()).sum();
    while (reads && batch < MOST_AT_ONCE && batch < positions && 2L * batch * seed <= ROOM) {
      batch *= 2;
    }
    return batch;
  }
}
