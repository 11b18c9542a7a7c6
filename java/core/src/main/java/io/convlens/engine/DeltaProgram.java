package io.convlens.engine;

import io.convlens.device.MapShape;
import io.convlens.device.OcclusionSpec.Rectangle;
import io.convlens.device.Spec;
import io.convlens.device.Window3;
import io.convlens.device.Window3.Axes;
import io.convlens.engine.DeltaStep.Term;
import io.convlens.graph.Graph;
import io.convlens.graph.Node;
import io.convlens.graph.Value;
import io.convlens.graph.Windowing;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A plan's steps as operations on windows of known sizes, for positions that share them. What
 * differs between positions, where their windows lie, is listed in the operations: each takes as
 * many positions of the list at once as the program's batch has.
 */
final class DeltaProgram {
  /**
   * A position of a batch.
   *
   * @param row its place in the layout of rows
   * @param column its place in the layout of columns
   * @param rectangle its patch
   * @param index its number in the sweep
   */
  record Spot(int row, int column, Rectangle rectangle, int index) {}

  private final DeltaPlan plan;
  private final DeltaLayout rows;
  private final DeltaLayout columns;
  private final List<Spot> spots;
  private final int batch;
  private final Map<DeltaBuffer, Storage> storages = new HashMap<>();
  private final MemoryPlan memory;

  /**
   * For some positions.
   *
   * @param spots all of them
   * @param batch how many run at once
   */
  DeltaProgram(DeltaPlan plan, DeltaLayout rows, DeltaLayout columns, List<Spot> spots, int batch) {
    this.plan = plan;
    this.rows = rows;
    this.columns = columns;
    this.spots = List.copyOf(spots);
    this.batch = batch;
    List<Storage> inOrder = new ArrayList<>();
    for (DeltaBuffer b : plan.buffers()) {
      var storage = new Storage(shape(b).span());
      storages.put(b, storage);
      inOrder.add(storage);
    }
    for (int i = 0; i < plan.steps().size(); i++) {
      DeltaStep step = plan.steps().get(i);
      // Seeds are made after all other steps.
      int when = step instanceof DeltaStep.Seed ? plan.steps().size() : i;
      touched(step).forEach(b -> storages.get(b).use(when));
    }
    this.memory = new MemoryPlan(inOrder);
  }

  private static List<DeltaBuffer> touched(DeltaStep step) {
    return switch (step) {
      case DeltaStep.Patch s -> List.of(s.to());
      case DeltaStep.Convolve s -> List.of(s.from(), s.to());
      case DeltaStep.Pool s -> List.of(s.from(), s.to());
      case DeltaStep.Gather s -> {
        List<DeltaBuffer> all = new ArrayList<>(s.terms().stream().map(Term::buffer).toList());
        all.add(s.to());
        yield all;
      }
      case DeltaStep.Placewise s -> {
        List<DeltaBuffer> all = new ArrayList<>(s.from());
        all.add(s.to());
        yield all;
      }
      case DeltaStep.Seed s -> s.terms().stream().map(Term::buffer).toList();
    };
  }

  int batch() {
    return batch;
  }

  /** Elements of memory that a run needs. */
  long size() {
    return memory.total();
  }

  /** Where a buffer's windows lie in that memory. */
  long offset(DeltaBuffer b) {
    return memory.offset(storages.get(b));
  }

  MapShape shape(DeltaBuffer b) {
    return shape(b, batch);
  }

  private MapShape shape(DeltaBuffer b, int n) {
    return MapShape.dense(n, 1, rows.width(b), columns.width(b), b.channels());
  }

  /** Multiply-adds of one position: taps that fall on windows. */
  long macs() {
    return macs(plan, rows, columns);
  }

  /** Multiply-adds of one position in windows so laid out: taps that fall on them. */
  static long macs(DeltaPlan plan, DeltaLayout rows, DeltaLayout columns) {
    long sum = 0;
    for (DeltaStep step : plan.steps()) {
      if (step instanceof DeltaStep.Convolve c) {
        sum += perTap(c.node()) * rows.taps(c) * columns.taps(c);
      }
    }
    return sum;
  }

  /** Multiply-adds of a tap at one place: weights without their spatial axes. */
  static long perTap(Node.Conv n) {
    return n.weights().shape().dim(0) * n.weights().shape().dim(1);
  }

  Spec convolution(DeltaStep.Convolve s) {
    Windowing w = s.node().windowing();
    var window =
        new Window3(
            axes(w.kernel(), 1),
            axes(w.strides(), 1),
            axes(w.dilations(), 1),
            new Axes(0, rows.padBegin(s), columns.padBegin(s)),
            new Axes(0, rows.padEnd(s), columns.padEnd(s)));
    return new Spec.Conv(
        shape(s.from()),
        shape(s.to()),
        window,
        s.node().groups(),
        s.node().weights(),
        null,
        List.of());
  }

  private static Axes axes(List<Integer> spatial, int absent) {
    return new Axes(absent, spatial.get(0), spatial.get(1));
  }

  private Spec.Corners corners(DeltaBuffer b) {
    return new Spec.Corners(
        spots.stream().map(s -> rows.start(b, s.row())).toList(),
        spots.stream().map(s -> columns.start(b, s.column())).toList());
  }

  Spec patches(DeltaStep.Patch s, MapShape picture, List<Float> fill) {
    return new Spec.Patches(
        shape(s.to()),
        corners(s.to()),
        picture,
        spots.stream().map(Spot::rectangle).toList(),
        fill);
  }

  private List<Spec.Source> sources(List<Term> terms, int count) {
    return terms.stream()
        .map(
            t ->
                new Spec.Source(
                    shape(t.buffer(), count), corners(t.buffer()), t.channel(), t.scale()))
        .toList();
  }

  Spec gather(DeltaStep.Gather s, Function<Value, MapShape> bases) {
    Value v = s.to().value();
    return new Spec.Windows(
        sources(s.terms(), batch),
        s.base().map(bases).orElseGet(() -> wholeMap(v)),
        shape(s.to()),
        corners(s.to()),
        s.result(),
        s.functions());
  }

  /** A dense map of a value's extents. */
  private static MapShape wholeMap(Value v) {
    return MapShape.dense(1, 1, v.shape().intDim(2), v.shape().intDim(3), v.shape().intDim(1));
  }

  Spec placewise(DeltaStep.Placewise s) {
    MapShape map = shape(s.to());
    return switch (s.node()) {
      case Node.Lrn n -> new Spec.Lrn(map, map, n.size(), n.alpha(), n.beta(), n.bias());
      case Node.Binary n -> {
        List<Long> elements = List.of(map.span());
        List<Long> dense = List.of(1L);
        yield new Spec.Broadcast(
            Lowering.function(n.op()), elements, dense, dense, dense, List.of());
      }
      default -> throw new IllegalStateException("not place by place: " + s.node());
    };
  }

  Spec pool(DeltaStep.Pool s, Function<Value, MapShape> bases) {
    Node.Pool n = s.node();
    Windowing w = n.windowing();
    var window =
        new Window3(
            axes(w.kernel(), 1),
            axes(w.strides(), 1),
            axes(w.dilations(), 1),
            axes(w.padBegin(), 0),
            axes(w.padEnd(), 0));
    return new Spec.PoolWindows(
        shape(s.from()),
        corners(s.from()),
        bases.apply(n.x()),
        bases.apply(n.output()),
        shape(s.to()),
        corners(s.to()),
        n.kind(),
        window,
        axes(n.filePadEnd(), 0),
        n.p());
  }

  /** The whole map, for as many positions at once as {@code dst} holds. */
  Spec seed(DeltaStep.Seed s, MapShape dst, Function<Value, MapShape> bases) {
    List<Integer> zeros = Collections.nCopies(spots.size(), 0);
    return new Spec.Windows(
        sources(s.terms(), dst.n()),
        bases.apply(s.base()),
        dst,
        new Spec.Corners(zeros, zeros),
        Spec.Windowed.VALUE,
        s.functions());
  }

  /** The whole map as it is. */
  static Spec untouched(DeltaStep.Seed s, MapShape dst, Function<Value, MapShape> bases) {
    var corner = new Spec.Corners(List.of(0), List.of(0));
    return new Spec.Windows(
        List.of(), bases.apply(s.base()), dst, corner, Spec.Windowed.VALUE, s.functions());
  }

  /** Multiply-adds of one picture in a graph's nodes, without bias. */
  static long macs(Graph graph) {
    return graph.nodes().stream().mapToLong(DeltaProgram::macs).sum();
  }

  private static long macs(Node node) {
    return switch (node) {
      case Node.Conv n ->
          n.output().shape().with(0, 1).size()
              * n.weights().shape().size()
              / n.weights().shape().dim(0);
      case Node.ConvTranspose n ->
          n.x().shape().with(0, 1).size() * n.weights().shape().size() / n.weights().shape().dim(0);
      case Node.Linear n -> n.output().shape().with(0, 1).size() * n.weights().shape().dim(1);
      case Node.MatMul n -> n.output().shape().with(0, 1).size() * n.a().shape().dim(-1);
      default -> 0;
    };
  }
}
