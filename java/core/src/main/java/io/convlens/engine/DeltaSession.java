package io.convlens.engine;

import io.convlens.device.Buffer;
import io.convlens.device.Device;
import io.convlens.device.Kernel;
import io.convlens.device.Launch;
import io.convlens.device.MapShape;
import io.convlens.device.OcclusionSpec.Rectangle;
import io.convlens.device.Spec;
import io.convlens.engine.DeltaClasses.Members;
import io.convlens.engine.DeltaProgram.Part;
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
import java.util.Set;

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
    record Operations(List<Launch> launches) implements Item {}

    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Rest(int[] positions) implements Item {}
  }

  private final Device device;
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
  private final Map<Spec, Kernel> kernels = new HashMap<>();
  private final List<Item> items = new ArrayList<>();
  private final List<Spot> waiting = new ArrayList<>();
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
      int restBatch) {
    this.device = device;
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
    afterBase.add(bind(Lowering.copySpec(form, wanted), base.memory(v), copy));
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
    beforeRest.add(bind(Lowering.copySpec(map, form), staging, rest.memory(v)));
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
      macsRun += program.macs() * g.spots().size();
    }
    Buffer memory = open(device.allocate(arena));
    seedUntouched();
    for (int i = 0; i < groups.size(); i++) {
      schedule(groups.get(i), programs.get(i), memory);
    }
    if (!waiting.isEmpty()) {
      runRest();
    }
  }

  /** The untouched picture is the first row of the rest: a position without any change. */
  private void seedUntouched() {
    List<Launch> launches = new ArrayList<>();
    for (DeltaStep step : plan.steps()) {
      if (step instanceof DeltaStep.Seed s) {
        launches.add(
            bind(
                DeltaProgram.untouched(s, slots(s, 1), this::baseShape),
                baseMaps.get(s.base()),
                seedMaps.get(s.seed())));
      }
    }
    items.add(new Item.Operations(launches));
    waiting.add(new Spot(0, 0, new Rectangle(0, 0, 0, 0), UNTOUCHED));
    if (rest.batch() == 1) {
      runRest();
    }
  }

  private MapShape slots(DeltaStep.Seed s, int count) {
    MapShape whole = seedShapes.get(s.seed());
    return new MapShape(count, 1, whole.h(), whole.w(), whole.c(), whole.pitch());
  }

  /** The batch fills its share of the cache, and all batches of the group are of one size. */
  private DeltaProgram program(Group g) {
    long one =
        new DeltaProgram(plan, g.rows().layout(), g.columns().layout(), 1).size() * Float.BYTES;
    double room = device.info().cacheBytes() * CACHE_SHARE;
    int most = Math.clamp((long) (room / Math.max(1, one)), 1, MOST_POSITIONS);
    int parts = Math.ceilDiv(g.spots().size(), most);
    return new DeltaProgram(
        plan, g.rows().layout(), g.columns().layout(), Math.ceilDiv(g.spots().size(), parts));
  }

  private void schedule(Group g, DeltaProgram program, Buffer memory) {
    int n = program.batch();
    Map<DeltaStep.Convolve, Launch> convolutions = new HashMap<>();
    for (int first = 0; first < g.spots().size(); first += n) {
      // The last batch reaches back, so that it is as large as the others.
      int from = Math.min(first, g.spots().size() - n);
      var part = new Part(g.spots().subList(from, from + n));
      List<Launch> launches = new ArrayList<>();
      for (DeltaStep step : plan.steps()) {
        switch (step) {
          case DeltaStep.Seed _ -> {}
          case DeltaStep.Convolve c ->
              launches.add(convolutions.computeIfAbsent(c, _ -> convolution(c, program, memory)));
          case DeltaStep.Patch s ->
              launches.add(
                  bind(
                      program.patches(s, part, baseShape(entry), fill),
                      baseMaps.get(entry),
                      at(memory, program, s.to())));
          case DeltaStep.Gather s -> launches.add(gather(s, program, part, memory));
          case DeltaStep.Pool s -> launches.add(pool(s, program, part, memory));
        }
      }
      items.add(new Item.Operations(launches));
      seed(program, part.spots().subList(first - from, n), first - from, memory);
    }
  }

  private static Buffer at(Buffer memory, DeltaProgram program, DeltaBuffer b) {
    return memory.slice(program.offset(b), program.shape(b).span());
  }

  private Launch bind(Spec spec, Buffer... operands) {
    return open(device.prepare(spec)).bind(operands);
  }

  private Launch convolution(DeltaStep.Convolve c, DeltaProgram program, Buffer memory) {
    Kernel kernel =
        kernels.computeIfAbsent(program.convolution(c), spec -> open(device.prepare(spec)));
    return kernel.bind(at(memory, program, c.from()), at(memory, program, c.to()));
  }

  private Launch gather(DeltaStep.Gather s, DeltaProgram program, Part part, Buffer memory) {
    List<Buffer> operands = new ArrayList<>();
    s.terms().forEach(t -> operands.add(at(memory, program, t.buffer())));
    s.base().ifPresent(v -> operands.add(baseMaps.get(v)));
    operands.add(at(memory, program, s.to()));
    return bind(program.gather(s, part, this::baseShape), operands.toArray(Buffer[]::new));
  }

  private Launch pool(DeltaStep.Pool s, DeltaProgram program, Part part, Buffer memory) {
    return bind(
        program.pool(s, part, this::baseShape),
        at(memory, program, s.from()),
        baseMaps.get(s.node().x()),
        baseMaps.get(s.node().output()),
        at(memory, program, s.to()));
  }

  /**
   * Rebuilds what the rest starts from, as far as there is room in its batch; runs it when it is
   * full.
   *
   * @param spots positions of the part that just ran, from its {@code first} on
   */
  private void seed(DeltaProgram program, List<Spot> spots, int first, Buffer memory) {
    int done = 0;
    while (done < spots.size()) {
      int slot = waiting.size();
      int count = Math.min(rest.batch() - slot, spots.size() - done);
      List<Spot> some = spots.subList(done, done + count);
      List<Launch> launches = new ArrayList<>();
      for (DeltaStep step : plan.steps()) {
        if (step instanceof DeltaStep.Seed s) {
          launches.add(seed(s, program, some, first + done, slot, memory));
        }
      }
      items.add(new Item.Operations(launches));
      waiting.addAll(some);
      done += count;
      if (waiting.size() == rest.batch()) {
        runRest();
      }
    }
  }

  private Launch seed(
      DeltaStep.Seed s, DeltaProgram program, List<Spot> some, int first, int slot, Buffer memory) {
    List<Buffer> operands = new ArrayList<>();
    for (Term t : s.terms()) {
      long each = program.shape(t.buffer()).span() / program.batch();
      operands.add(memory.slice(program.offset(t.buffer()) + first * each, each * some.size()));
    }
    operands.add(baseMaps.get(s.base()));
    MapShape dst = slots(s, some.size());
    Buffer seed = seedMaps.get(s.seed());
    long each = (long) dst.h() * dst.w() * dst.pitch();
    operands.add(seed.slice(slot * each, seed.size() - slot * each));
    return bind(program.seed(s, some, dst, this::baseShape), operands.toArray(Buffer[]::new));
  }

  private void runRest() {
    items.add(new Item.Rest(waiting.stream().mapToInt(Spot::index).toArray()));
    waiting.clear();
  }

  // Running.

  /** The most positions that {@link Rows#done} gets at once. */
  public int rows() {
    return rest.batch();
  }

  /** Multiply-adds of one picture's sweep, the untouched picture included. */
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
        case Item.Operations(List<Launch> launches) -> launches.forEach(Launch::run);
        case Item.Rest(int[] positions) -> {
          beforeRest.forEach(Launch::run);
          rest.run();
          rows.done(positions);
        }
      }
    }
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
