package io.convlens.engine;

import io.convlens.device.Buffer;
import io.convlens.device.Device;
import io.convlens.device.Kernel;
import io.convlens.device.Lanes;
import io.convlens.device.Launch;
import io.convlens.device.MapShape;
import io.convlens.device.OcclusionSpec.Rectangle;
import io.convlens.device.Precision;
import io.convlens.device.Sequence;
import io.convlens.device.Spec;
import io.convlens.device.WindowLaunches;
import io.convlens.engine.DeltaClasses.Members;
import io.convlens.engine.DeltaProgram.Spot;
import io.convlens.engine.DeltaStep.Term;
import io.convlens.graph.Graph;
import io.convlens.graph.Passes;
import io.convlens.graph.Value;
import io.convlens.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A network prepared for one picture after another, each with a patch at every one of fixed
 * positions: only what a patch can change is computed again. The untouched picture runs once and
 * all that is needed of it is kept; each position then carries differences through windows, and the
 * rest of the network, from where a change has reached everything, runs for many positions at once.
 *
 * <p>The values are those of a plain run up to float32 rounding: every operator is applied to
 * exactly the elements that a change can reach.
 *
 * <p>For one thread at a time. Closing it closes all that it holds, but neither graph nor device.
 */
public final class DeltaSession implements AutoCloseable {
  /** The last-level cache's share for the windows of a batch; the rest is weights and bases. */
  private static final double CACHE_SHARE = 0.4;

  /** More positions than this gain nothing. */
  private static final int MOST_POSITIONS = 64;

  /** Stands for the picture without a patch among positions. */
  public static final int UNTOUCHED = -1;

  /** Hears of positions whose values can be read. */
  @FunctionalInterface
  public interface Rows {
    /**
     * Some positions are done, and may be read until this returns.
     *
     * @param positions their numbers, {@link #UNTOUCHED} first of all; row i of what {@link
     *     DeltaSession#rowsOf} gives is of the i-th
     */
    void done(int[] positions);
  }

  /** What is done one after another. */
  private sealed interface Item {
    /** The windows of some batches of positions: a list for each lane, in any order. */
    record Windows(List<Sequence> lanes) implements Item {}

    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Rest(int[] positions) implements Item {}
  }

  /** What one lane does between two runs of the rest. */
  private static final class Work {
    private final List<Launch> launches = new ArrayList<>();
    private long macs;
  }

  /** A part of the device, or all of it, with memory of its own for windows. */
  private static final class Lane {
    private final Device device;
    private final Map<Spec, Kernel> kernels = new HashMap<>();
    private @Nullable Buffer memory;

    Lane(Device device) {
      this.device = device;
    }

    Buffer memory() {
      return Objects.requireNonNull(memory);
    }

    Buffer at(DeltaProgram program, DeltaBuffer b) {
      return memory().slice(program.offset(b), program.shape(b).span());
    }
  }

  /** A group's program on one lane: its steps but for the seeds, and kernels for those. */
  private record Bound(
      DeltaProgram program, Lane lane, List<WindowLaunches> steps, Map<SeedOf, Kernel> seeds) {}

  /** A seed for so many positions at once. */
  private record SeedOf(DeltaStep.Seed step, int count) {}

  private final Device device;

  /** What convolutions of windows multiply in. */
  private final Precision precision;

  private final List<Lane> lanes;
  private final DeltaPlan plan;
  private final List<Float> fill;
  private final Value entry;
  private final Set<Value> keep;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final Session base;
  private final Session rest;
  private final Map<Value, MapShape> baseShapes = new HashMap<>();
  private final Map<Value, Buffer> baseMaps = new HashMap<>();
  private final List<Launch> afterBase = new ArrayList<>();
  private final Map<Value, MapShape> seedShapes = new HashMap<>();
  private final Map<Value, Buffer> seedMaps = new HashMap<>();
  private final List<Launch> beforeRest = new ArrayList<>();
  private final List<Item> items = new ArrayList<>();
  private final List<Spot> waiting = new ArrayList<>();
  private List<Work> work;
  private final long macsFull;
  private long macsRun;

  /** Prepares everything; see {@link DeltaPlanner}. */
  DeltaSession(
      Device device,
      Graph graph,
      Passes passes,
      DeltaPlan plan,
      Value entry,
      Set<Value> keep,
      List<Float> fill,
      List<Group> groups,
      int restBatch,
      Accuracy accuracy) {
    this.device = device;
    this.precision = accuracy.precision(device);
    this.lanes =
        device.lanes().map(Lanes::devices).orElse(List.of(device)).stream().map(Lane::new).toList();
    this.work = noWork();
    this.plan = plan;
    this.entry = entry;
    this.keep = keep;
    this.fill = fill;
    open.push(passes);
    open.push(plan);
    try {
      Set<Value> kept = plan.bases();
      this.base = open(Session.prepare(device, plan.untouched(), 1, kept, false));
      Graph after = plan.rest(keep);
      this.rest = open(Session.prepare(device, after, restBatch, plan.seeds(), true));
      long positions = groups.stream().mapToLong(g -> g.spots().size()).sum();
      this.macsFull = DeltaProgram.macs(graph);
      this.macsRun = macsFull + positions * DeltaProgram.macs(after);
      kept.forEach(this::placeBase);
      plan.seeds().forEach(this::placeSeed);
      schedule(groups);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** Positions whose windows have the same sizes. */
  record Group(Members rows, Members columns, List<Spot> spots) {
    /** Copies the list. */
    Group {
      spots = List.copyOf(spots);
    }

    /** Multiply-adds on what changes: zeros that fill up common windows are not counted. */
    long macs(DeltaPlan plan) {
      return spots.stream()
          .mapToLong(s -> DeltaProgram.macs(plan, rows.alone(s.row()), columns.alone(s.column())))
          .sum();
    }
  }

  private <T extends AutoCloseable> T open(T resource) {
    open.push(resource);
    return resource;
  }

  /** Finds a value of the untouched picture as a map, by a copy where it lies otherwise. */
  private void placeBase(Value v) {
    Form form = base.form(v);
    if (form.asMap().isPresent()) {
      baseShapes.put(v, form.asMap().get());
      baseMaps.put(v, base.memory(v));
      return;
    }
    Form wanted = Form.channelsLast(v.shape(1));
    Buffer copy = open(device.allocate(wanted.span()));
    afterBase.add(bind(device, Lowering.copySpec(form, wanted), base.memory(v), copy));
    baseShapes.put(v, wanted.asMap().orElseThrow());
    baseMaps.put(v, copy);
  }

  /** Finds the place of what the rest starts from, with a copy where it wants it otherwise. */
  private void placeSeed(Value v) {
    Form form = rest.form(v);
    if (form.asMap().isPresent()) {
      seedShapes.put(v, form.asMap().get());
      seedMaps.put(v, rest.memory(v));
      return;
    }
    Form map = Form.channelsLast(v.shape(rest.batch()));
    Buffer staging = open(device.allocate(map.span()));
    beforeRest.add(bind(device, Lowering.copySpec(map, form), staging, rest.memory(v)));
    seedShapes.put(v, map.asMap().orElseThrow());
    seedMaps.put(v, staging);
  }

  private MapShape baseShape(Value v) {
    return baseShapes.get(v);
  }

  // What runs.

  private void schedule(List<Group> groups) {
    List<DeltaProgram> programs = new ArrayList<>();
    long arena = 1;
    for (Group g : groups) {
      DeltaProgram program = program(g);
      programs.add(program);
      arena = Math.max(arena, program.size());
      macsRun += g.macs(plan);
    }
    for (Lane lane : lanes) {
      lane.memory = open(device.allocate(arena));
    }
    seedUntouched();
    for (int i = 0; i < groups.size(); i++) {
      schedule(groups.get(i), programs.get(i));
    }
    if (!waiting.isEmpty()) {
      runRest();
    }
  }

  private List<Work> noWork() {
    return lanes.stream().map(_ -> new Work()).toList();
  }

  /** The untouched picture is the first row of the rest: a position without any change. */
  private void seedUntouched() {
    for (DeltaStep step : plan.steps()) {
      if (step instanceof DeltaStep.Seed s) {
        Lane lane = lanes.getFirst();
        work.getFirst()
            .launches
            .add(
                bind(
                    lane.device,
                    DeltaProgram.untouched(s, slots(s, 1), this::baseShape),
                    baseMaps.get(s.base()),
                    seedMaps.get(s.seed())));
      }
    }
    waiting.add(new Spot(0, 0, new Rectangle(0, 0, 0, 0), UNTOUCHED));
  }

  private MapShape slots(DeltaStep.Seed s, int count) {
    MapShape whole = seedShapes.get(s.seed());
    return new MapShape(count, 1, whole.h(), whole.w(), whole.c(), whole.pitch());
  }

  /**
   * The batches of all lanes together fill their share of the cache, and all batches of the group
   * are of one size.
   */
  private DeltaProgram program(Group g) {
    long one =
        new DeltaProgram(plan, g.rows().layout(), g.columns().layout(), g.spots(), 1).size()
            * Float.BYTES;
    double room = device.info().cacheBytes() * CACHE_SHARE / lanes.size();
    int most = Math.clamp((long) (room / Math.max(1, one)), 1, MOST_POSITIONS);
    int parts = Math.ceilDiv(g.spots().size(), Math.min(most, rest.batch()));
    return new DeltaProgram(
        plan,
        g.rows().layout(),
        g.columns().layout(),
        g.spots(),
        Math.ceilDiv(g.spots().size(), parts));
  }

  private void schedule(Group g, DeltaProgram program) {
    int n = program.batch();
    List<Bound> bound = lanes.stream().map(l -> bound(program, l)).toList();
    for (int next = 0; next < g.spots().size(); next += n) {
      // The last batch reaches back, so that it is as large as the others.
      int first = Math.min(next, g.spots().size() - n);
      List<Spot> fresh = g.spots().subList(next, first + n);
      if (waiting.size() + fresh.size() > rest.batch()) {
        runRest();
      }
      int lane = leastBusy();
      Bound b = bound.get(lane);
      List<Launch> launches = work.get(lane).launches;
      b.steps.forEach(step -> launches.add(step.from(first)));
      for (DeltaStep step : plan.steps()) {
        if (step instanceof DeltaStep.Seed s) {
          launches.add(seed(s, b, next, fresh.size()));
        }
      }
      work.get(lane).macs += program.macs() * n;
      waiting.addAll(fresh);
    }
  }

  private int leastBusy() {
    int least = 0;
    for (int i = 1; i < work.size(); i++) {
      least = work.get(i).macs < work.get(least).macs ? i : least;
    }
    return least;
  }

  /** All but the seeds, whose places differ from batch to batch. */
  private Bound bound(DeltaProgram program, Lane lane) {
    List<WindowLaunches> steps = new ArrayList<>();
    for (DeltaStep step : plan.steps()) {
      switch (step) {
        case DeltaStep.Convolve c -> {
          Launch launch = convolution(c, program, lane);
          steps.add(_ -> launch);
        }
        case DeltaStep.Patch s ->
            steps.add(
                bindWindows(
                    lane,
                    program.patches(s, baseShape(entry), fill),
                    baseMaps.get(entry),
                    lane.at(program, s.to())));
        case DeltaStep.Gather s -> steps.add(gather(s, program, lane));
        case DeltaStep.Placewise s -> {
          List<DeltaBuffer> buffers = new ArrayList<>(s.from());
          buffers.add(s.to());
          Buffer[] operands = buffers.stream().map(b -> lane.at(program, b)).toArray(Buffer[]::new);
          Launch launch = bind(lane.device, program.placewise(s), operands);
          steps.add(_ -> launch);
        }
        case DeltaStep.Pool s -> steps.add(pool(s, program, lane));
        case DeltaStep.Seed _ -> {}
      }
    }
    return new Bound(program, lane, steps, new HashMap<>());
  }

  private WindowLaunches bindWindows(Lane lane, Spec spec, Buffer... operands) {
    return open(lane.device.prepare(spec)).bindWindows(operands);
  }

  private Launch bind(Device on, Spec spec, Buffer... operands) {
    return open(on.prepare(spec)).bind(operands);
  }

  private Launch convolution(DeltaStep.Convolve c, DeltaProgram program, Lane lane) {
    Kernel kernel =
        lane.kernels.computeIfAbsent(
            program.convolution(c), spec -> open(lane.device.prepare(spec, precision)));
    return kernel.bind(lane.at(program, c.from()), lane.at(program, c.to()));
  }

  private WindowLaunches gather(DeltaStep.Gather s, DeltaProgram program, Lane lane) {
    List<Buffer> operands = new ArrayList<>();
    s.terms().forEach(t -> operands.add(lane.at(program, t.buffer())));
    s.base().ifPresent(v -> operands.add(baseMaps.get(v)));
    operands.add(lane.at(program, s.to()));
    return bindWindows(lane, program.gather(s, this::baseShape), operands.toArray(Buffer[]::new));
  }

  private WindowLaunches pool(DeltaStep.Pool s, DeltaProgram program, Lane lane) {
    return bindWindows(
        lane,
        program.pool(s, this::baseShape),
        lane.at(program, s.from()),
        baseMaps.get(s.node().x()),
        baseMaps.get(s.node().output()),
        lane.at(program, s.to()));
  }

  /**
   * Rebuilds what the rest starts from.
   *
   * @param first the first of the positions in the group
   * @param count how many, the last ones of their batch
   */
  private Launch seed(DeltaStep.Seed s, Bound b, int first, int count) {
    DeltaProgram program = b.program;
    List<Buffer> operands = new ArrayList<>();
    for (Term t : s.terms()) {
      long each = program.shape(t.buffer()).span() / program.batch();
      long skipped = (program.batch() - count) * each;
      operands.add(b.lane.memory().slice(program.offset(t.buffer()) + skipped, count * each));
    }
    operands.add(baseMaps.get(s.base()));
    MapShape dst = slots(s, count);
    Buffer seed = seedMaps.get(s.seed());
    long each = (long) dst.h() * dst.w() * dst.pitch();
    long slot = waiting.size();
    operands.add(seed.slice(slot * each, seed.size() - slot * each));
    Kernel kernel =
        b.seeds.computeIfAbsent(
            new SeedOf(s, count),
            _ -> open(b.lane.device.prepare(program.seed(s, dst, this::baseShape))));
    return kernel.bindWindows(operands.toArray(Buffer[]::new)).from(first);
  }

  /** Has the rest run for the positions that wait, after the work that they wait for. */
  private void runRest() {
    List<Sequence> parts = new ArrayList<>();
    for (int i = 0; i < lanes.size(); i++) {
      parts.add(open(lanes.get(i).device.join(work.get(i).launches)));
    }
    items.add(new Item.Windows(parts));
    work = noWork();
    items.add(new Item.Rest(waiting.stream().mapToInt(Spot::index).toArray()));
    waiting.clear();
  }

  // Running.

  /** The most positions that {@link Rows#done} gets at once. */
  public int rows() {
    return rest.batch();
  }

  /**
   * Multiply-adds of one picture's sweep, the untouched picture included: those on numbers that a
   * patch can change. Positions that run together in windows of one size multiply zeros besides, a
   * few to a dozen in a hundred.
   */
  public long macsRun() {
    return macsRun;
  }

  /** Multiply-adds of the whole network for one picture. */
  public long macsFull() {
    return macsFull;
  }

  /**
   * Runs a picture through all positions.
   *
   * @param pictures {@code [n, ...]} in the order of the graph's input
   * @param index which of them
   */
  public void run(Tensor pictures, long index, Rows rows) {
    base.upload(pictures, index, 1);
    base.run();
    afterBase.forEach(Launch::run);
    for (Item item : items) {
      switch (item) {
        case Item.Windows(List<Sequence> parts) -> run(parts);
        case Item.Rest(int[] positions) -> {
          beforeRest.forEach(Launch::run);
          rest.run(positions.length);
          rows.done(positions);
        }
      }
    }
  }

  /** A part's launches belong to one lane's kernels and memory, whichever thread takes them. */
  private void run(List<Sequence> parts) {
    device
        .lanes()
        .ifPresentOrElse(
            l -> l.run(parts.size(), (_, part) -> parts.get(part).run()),
            () -> parts.getFirst().run());
  }

  /**
   * Where a kept value's rows are, in ONNX's order, for the positions that {@link Rows#done} names.
   */
  public Buffer rowsOf(Value value) {
    if (!keep.contains(value)) {
      throw new IllegalArgumentException("value " + value + " was not asked for");
    }
    return rest.rowsOf(value);
  }

  /** Frees everything; twice is fine. */
  @Override
  public void close() {
    while (!open.isEmpty()) {
      switch (open.pop()) {
        case Sequence s -> s.close();
        case Kernel k -> k.close();
        case Session s -> s.close();
        case Buffer b -> b.close();
        case DeltaPlan p -> p.close();
        case Passes p -> p.close();
        default -> throw new IllegalStateException("unknown resource");
      }
    }
  }
}
