package io.convlens.engine;

import io.convlens.device.Buffer;
import io.convlens.device.Device;
import io.convlens.device.Kernel;
import io.convlens.device.Launch;
import io.convlens.device.MapShape;
import io.convlens.device.Sequence;
import io.convlens.device.Spec;
import io.convlens.graph.Graph;
import io.convlens.graph.Node;
import io.convlens.graph.Passes;
import io.convlens.graph.Value;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;

/**
 * A graph prepared on a device for batches of one size: everything slow is done, all memory is
 * there. Give it pictures, run it, read values:
 *
 * <pre>{@code
 * try (var session = Session.prepare(device, graph, 8, Set.of())) {
 *   session.upload(pictures, 0, 8);
 *   session.run();
 *   session.download(graph.outputs().getFirst(), 8, scores, 0);
 * }
 * }</pre>
 *
 * <p>For one thread at a time. Closing it closes all that it holds, but neither graph nor device.
 */
public final class Session implements AutoCloseable {
  private final Device device;
  private final Graph graph;
  private final int batch;
  private final Program program;
  private final List<Trunk> trunks;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final List<IntConsumer> course = new ArrayList<>();
  private final Map<Value, Reader> readers = new HashMap<>();
  private long arenaBytes;

  private Session(Device device, Graph graph, int batch, Program program, List<Trunk> trunks) {
    this.device = device;
    this.graph = graph;
    this.batch = batch;
    this.program = program;
    this.trunks = trunks;
    trunks.forEach(open::push);
  }

  /**
   * Prepares a graph.
   *
   * @param batch pictures a run; a graph that is not {@link Graph#batchable} takes its base batch
   * @param taps values to read after a run besides the outputs
   * @throws io.convlens.device.DeviceException if the device can't run an operation, or has too
   *     little memory
   */
  public static Session prepare(Device device, Graph graph, int batch, Set<Value> taps) {
    return prepare(device, graph, batch, taps, List.of());
  }

  /**
   * Prepares a graph.
   *
   * @param taps values to read after a run besides the outputs
   * @param statistics what to work out about values that need not be read themselves
   */
  public static Session prepare(
      Device device, Graph graph, int batch, Set<Value> taps, List<Statistic> statistics) {
    return prepare(device, graph, batch, taps, statistics, true);
  }

  /**
   * Like the others; with {@code fuse} false, every node runs by itself: the reference for tests.
   */
  static Session prepare(Device device, Graph graph, int batch, Set<Value> taps, boolean fuse) {
    return prepare(device, graph, batch, taps, List.of(), fuse);
  }

  private static Session prepare(
      Device device,
      Graph graph,
      int batch,
      Set<Value> taps,
      List<Statistic> statistics,
      boolean fuse) {
    if (batch < 1 || (!graph.batchable() && batch != graph.baseBatch())) {
      throw new IllegalArgumentException(
          "batch " + batch + " for a network of batch " + graph.baseBatch());
    }
    Set<Value> keep = new HashSet<>(graph.outputs());
    keep.addAll(taps);
    keep.addAll(inputs(graph));
    // Values that are looked at once must be there, but not until the end.
    Set<Value> seen = new HashSet<>(keep);
    statistics.forEach(s -> seen.add(s.value()));
    statistics.forEach(s -> keep.add(s.output()));
    var passes = new Passes(seen);
    Program program;
    List<Trunk> trunks;
    try {
      Graph runs = fuse ? passes.optimise(graph) : graph;
      Fusion fusion = fuse ? new Fusion(runs, seen) : Fusion.none(runs);
      program = Lowering.lower(runs, batch, keep, fusion, statistics);
      trunks = trunks(device, runs, program, batch, keep, fusion, statistics);
    } catch (RuntimeException | Error e) {
      passes.close();
      throw e;
    }
    var session = new Session(device, graph, batch, program, trunks);
    session.open.addLast(passes);
    try {
      session.prepare(keep);
      return session;
    } catch (RuntimeException | Error e) {
      session.close();
      throw e;
    }
  }

  private static List<Trunk> trunks(
      Device device,
      Graph runs,
      Program whole,
      int batch,
      Set<Value> keep,
      Fusion fusion,
      List<Statistic> statistics) {
    if (!runs.batchable() || device.lanes().isEmpty()) {
      return List.of();
    }
    int each = BatchSize.part(device, runs, keep, batch);
    if (each == 0 || batch % each != 0) {
      return List.of();
    }
    Set<Value> seen = new HashSet<>(keep);
    seen.add(runs.input());
    return Trunk.of(
        device,
        Lowering.lower(runs, each, keep, fusion, statistics),
        whole,
        batch / each,
        each,
        seen);
  }

  private static Set<Value> inputs(Graph graph) {
    return graph.nodes().stream()
        .filter(n -> n instanceof Node.Input)
        .map(Node::output)
        .collect(Collectors.toSet());
  }

  private void prepare(Set<Value> keep) {
    placeStorages(keep);
    int from = 0;
    for (Trunk trunk : trunks) {
      trunk.prepare();
      wholeBatch(from, trunk.from());
      course.add(trunk::run);
      from = trunk.to();
    }
    wholeBatch(from, program.steps().size());
  }

  /** Steps that take the whole batch, from one to before another. */
  private void wholeBatch(int from, int to) {
    if (from < to) {
      List<Launch> launches = new ArrayList<>();
      for (Step step : program.steps().subList(from, to)) {
        launches.add(bind(step.spec(), step.operands()));
      }
      Sequence joined = device.join(launches);
      open.push(joined);
      course.add(_ -> joined.run());
    }
  }

  /** The steps that take the whole batch. */
  private List<Step> tail() {
    List<Step> steps = new ArrayList<>();
    int from = 0;
    for (Trunk trunk : trunks) {
      steps.addAll(program.steps().subList(from, trunk.from()));
      from = trunk.to();
    }
    steps.addAll(program.steps().subList(from, program.steps().size()));
    return steps;
  }

  private void placeStorages(Set<Value> keep) {
    Set<Storage> shared = new HashSet<>();
    List<Storage> inOrder = new ArrayList<>();
    Set<Storage> pinned = new HashSet<>(program.constants().keySet());
    keep.forEach(v -> pinned.add(program.places().get(v).storage()));
    trunks.forEach(t -> pinned.addAll(t.sharedStorages()));
    for (Storage s : pinned) {
      s.placeIn(allocate(s.size()));
    }
    for (Step step : tail()) {
      for (Place p : step.operands()) {
        if (!pinned.contains(p.storage()) && shared.add(p.storage())) {
          inOrder.add(p.storage());
        }
      }
    }
    var plan = new MemoryPlan(inOrder);
    Buffer arena = allocate(plan.total());
    inOrder.forEach(s -> s.placeIn(arena.slice(plan.offset(s), s.size())));
    program.constants().forEach((s, data) -> device.upload(data, 0, data.size(), s.buffer()));
  }

  private Buffer allocate(long size) {
    Buffer buffer = device.allocate(size);
    open.push(buffer);
    arenaBytes += size * Float.BYTES;
    return buffer;
  }

  private Launch bind(Spec spec, List<Place> operands) {
    Kernel kernel = device.prepare(spec);
    open.push(kernel);
    return kernel.bind(operands.stream().map(Session::buffer).toArray(Buffer[]::new));
  }

  private static Buffer buffer(Place p) {
    Buffer whole = p.storage().buffer();
    return p.offset() == 0 ? whole : whole.slice(p.offset(), whole.size() - p.offset());
  }

  /** Pictures a run. */
  public int batch() {
    return batch;
  }

  /** The graph that runs. */
  public Graph graph() {
    return graph;
  }

  /** The device that it runs on. */
  public Device device() {
    return device;
  }

  /** Bytes of device memory for values, weights aside. */
  public long valueBytes() {
    return arenaBytes + trunks.stream().mapToLong(Trunk::arenaBytes).sum();
  }

  /** Whether lanes share the batch. */
  boolean runsOnLanes() {
    return !trunks.isEmpty();
  }

  /** How many parts of a run lanes share. */
  int trunks() {
    return trunks.size();
  }

  /** The operations that a run consists of, one line each: for messages and benchmarks. */
  public List<String> steps() {
    return program.steps().stream().map(Step::toString).toList();
  }

  /** The input's memory, in the form of {@link #inputMap}. */
  public Buffer input() {
    return buffer(program.places().get(graph.input()));
  }

  /** How a value lies that is kept. */
  Form form(Value value) {
    return kept(value).form();
  }

  /** Where a value lies that is kept. */
  Buffer memory(Value value) {
    return buffer(kept(value));
  }

  private Place kept(Value value) {
    Place place = program.places().get(value);
    if (place == null) {
      throw new IllegalArgumentException("value " + value + " was not asked for");
    }
    return place;
  }

  /**
   * The input as a channels-last map, whichever axis of it holds the channels: what an {@link
   * io.convlens.device.Occluder} writes. Empty where the input is none.
   *
   * @param channelAxis the axis of the graph's input that holds the channels: 1, or the last
   */
  public Optional<MapShape> inputMap(int channelAxis) {
    Form form = program.places().get(graph.input()).form();
    Shape x = form.extents();
    if (channelAxis == 1) {
      return form.asMap();
    }
    return form.isRowMajor() && x.rank() == 4 && channelAxis == 3
        ? Optional.of(MapShape.dense(x.intDim(0), 1, x.intDim(1), x.intDim(2), x.intDim(3)))
        : Optional.empty();
  }

  /**
   * Makes pictures the input of the next run. Those of the batch that are not given keep what they
   * held.
   *
   * @param pictures {@code [n, ...]} in the order of the graph's input
   * @param first the first picture to take
   * @param count how many, at most the batch
   */
  public void upload(Tensor pictures, long first, int count) {
    upload(graph.input(), pictures, first, count);
  }

  /**
   * Gives one of a graph's inputs what the next run starts from: the seed of a gradient, say.
   *
   * @param input what a {@link Node.Input} of the graph produces
   */
  public void upload(Value input, Tensor pictures, long first, int count) {
    reader(input).write(pictures, first, count);
  }

  /** Runs the graph once. */
  public void run() {
    run(batch);
  }

  /**
   * Runs the graph for the first pictures of the batch; what is then read of others is undefined.
   *
   * @param count how many pictures, at most the batch
   */
  public void run(int count) {
    course.forEach(part -> part.accept(count));
  }

  /**
   * Reads a value after a run, in ONNX's order.
   *
   * @param value an output, or a tap that was asked for
   * @param count how many pictures of the batch
   * @param to where to write, from picture {@code first} on
   */
  public void download(Value value, int count, Tensor to, long first) {
    reader(value).read(count, to, first);
  }

  /**
   * Where a value's rows are after a run, in ONNX's order, for what reads them on the device.
   *
   * @param value an output, or a tap that was asked for
   */
  public Buffer rowsOf(Value value) {
    return reader(value).rows();
  }

  private Reader reader(Value value) {
    return readers.computeIfAbsent(value, Reader::new);
  }

  /** Moves a value between its place on the device and row-major order in a tensor. */
  private final class Reader {
    private final long perPicture;
    private final Buffer rows;
    private final Optional<Launch> toRows;
    private final Optional<Launch> fromRows;

    Reader(Value value) {
      Place place = kept(value);
      Shape shape = value.shape(batch);
      perPicture = shape.rank() == 0 ? 1 : shape.size() / Math.max(1, shape.dim(0));
      if (place.form().isRowMajor()) {
        rows = buffer(place);
        toRows = Optional.empty();
        fromRows = Optional.empty();
      } else {
        Form rowMajor = Form.rowMajor(shape);
        Storage staging = new Storage(shape.size());
        rows = allocate(shape.size());
        staging.placeIn(rows);
        Place at = new Place(staging, 0, rowMajor);
        toRows = Optional.of(copy(place, at));
        fromRows = inputs(graph).contains(value) ? Optional.of(copy(at, place)) : Optional.empty();
      }
    }

    private Launch copy(Place from, Place to) {
      return bind(Lowering.copySpec(from.form(), to.form()), List.of(from, to));
    }

    void write(Tensor pictures, long first, int count) {
      device.upload(pictures, first * perPicture, count * perPicture, rows);
      fromRows.ifPresent(Launch::run);
    }

    Buffer rows() {
      toRows.ifPresent(Launch::run);
      return rows;
    }

    void read(int count, Tensor to, long first) {
      device.download(rows(), count * perPicture, to, first * perPicture);
    }
  }

  /** Frees everything; twice is fine. */
  @Override
  public void close() {
    while (!open.isEmpty()) {
      switch (open.pop()) {
        case Sequence s -> s.close();
        case Kernel k -> k.close();
        case Buffer b -> b.close();
        case Trunk t -> t.close();
        case Passes p -> p.close();
        default -> throw new IllegalStateException("unknown resource");
      }
    }
  }
}
