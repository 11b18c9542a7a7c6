package io.convlens.engine;

import io.convlens.device.Buffer;
import io.convlens.device.Device;
import io.convlens.device.Kernel;
import io.convlens.device.Lanes;
import io.convlens.device.Launch;
import io.convlens.device.Spec;
import io.convlens.graph.Value;
import io.convlens.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The steps of a program that lanes run by themselves, a few pictures at a time, each lane in an
 * arena of its own. A lane's values so stay in its core's cache, and no lane waits for another
 * before the trunk's end. What follows, the fully connected layers, takes the whole batch at once,
 * because it reads more weights than values. Where those lie in the middle, as in a gradient, a
 * program has a trunk before and one after them.
 *
 * <p>The graph is lowered twice, for a part of the batch and for the whole, into the same steps.
 * Where a storage is seen from outside the trunk (inputs, what is read after a run, what the tail
 * reads) its memory is the whole batch's, of which each part is a slice.
 */
final class Trunk implements AutoCloseable {
  /**
   * Values larger than this are maps: work for lanes. In elements a part, and for products with
   * constant weights a picture, because those read more weights than values.
   */
  private static final long MAP = 1 << 16;

  /**
   * Weights, in elements, that are not read for each part in the middle of a trunk: more than a
   * last-level cache holds. Below that, keeping the values of the whole batch would cost more.
   */
  private static final long HEAVY = 1 << 23;

  /** What a lane does in one step: the same for every part, or bound to each part's slices. */
  private sealed interface LaneStep {
    Launch launch(int part);

    record Same(Launch launch) implements LaneStep {
      @Override
      public Launch launch(int part) {
        return launch;
      }
    }

    record OfPart(List<Launch> launches) implements LaneStep {
      @Override
      public Launch launch(int part) {
        return launches.get(part);
      }
    }
  }

  private final Device device;
  private final Lanes lanes;
  private final Program part;
  private final Program whole;
  private final int parts;
  private final int from;
  private final int to;
  private final int each;
  private final Map<Storage, Storage> shared = new HashMap<>();
  private final List<List<LaneStep>> steps = new ArrayList<>();
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private long arenaBytes;

  private Trunk(
      Device device,
      Lanes lanes,
      Program part,
      Program whole,
      int parts,
      int each,
      int from,
      int to) {
    this.device = device;
    this.lanes = lanes;
    this.part = part;
    this.whole = whole;
    this.parts = parts;
    this.each = each;
    this.from = from;
    this.to = to;
  }

  /**
   * The trunks of a program in order, if its device has lanes and the program can be taken in
   * parts.
   *
   * @param part the graph lowered for a part of the batch
   * @param parts how many parts there are
   * @param each pictures a part
   * @param keep values that are read after a run
   */
  static List<Trunk> of(
      Device device, Program part, Program whole, int parts, int each, Set<Value> keep) {
    Optional<Lanes> lanes = device.lanes();
    if (lanes.isEmpty() || !sameSteps(part, whole)) {
      return List.of();
    }
    List<Trunk> all = new ArrayList<>();
    int end = length(whole, parts, each);
    int from = 0;
    while (from < end) {
      int to = nextHeavy(whole, parts, each, from, end);
      var trunk = new Trunk(device, lanes.get(), part, whole, parts, each, from, to);
      if (to > from && !trunk.share(keep)) {
        return List.of();
      }
      if (to > from) {
        all.add(trunk);
      }
      from = endOfTail(whole, parts, each, to, end);
    }
    return all;
  }

  /** The first step of the next steps that are no work for lanes and read many weights. */
  private static int nextHeavy(Program whole, int parts, int each, int from, int end) {
    int at = from;
    while (at < end) {
      int to = endOfTail(whole, parts, each, at, end);
      if (weights(whole.steps().subList(at, to)) >= HEAVY) {
        return at;
      }
      at = Math.max(to, at + 1);
    }
    return end;
  }

  private static int endOfTail(Program whole, int parts, int each, int from, int end) {
    int to = from;
    while (to < end && isTail(whole.steps().get(to), parts, each)) {
      to++;
    }
    return to;
  }

  private static long weights(List<Step> steps) {
    long sum = 0;
    for (Step step : steps) {
      if (step.spec() instanceof Spec.MatMul m && m.weights() != null) {
        sum += m.weights().size();
      }
    }
    return sum;
  }

  /** Steps before the tail: from the end back to the last that is work for lanes. */
  private static int length(Program whole, int parts, int each) {
    int n = whole.steps().size();
    while (n > 0 && isTail(whole.steps().get(n - 1), parts, each)) {
      n--;
    }
    return n;
  }

  private static boolean isTail(Step step, int parts, int each) {
    return switch (step.spec()) {
      case Spec.Conv _, Spec.ConvTranspose _, Spec.Pool _ -> false;
      case Spec.MatMul m when m.weights() != null -> isSmall(step, (long) parts * each);
      default -> isSmall(step, parts);
    };
  }

  private static boolean isSmall(Step step, long times) {
    return step.operands().stream().allMatch(p -> p.storage().size() <= MAP * times);
  }

  private static boolean sameSteps(Program part, Program whole) {
    if (part.steps().size() != whole.steps().size()) {
      return false;
    }
    for (int i = 0; i < part.steps().size(); i++) {
      Step a = part.steps().get(i);
      Step b = whole.steps().get(i);
      if (!a.label().equals(b.label())
          || !a.spec().getClass().equals(b.spec().getClass())
          || a.operands().size() != b.operands().size()) {
        return false;
      }
    }
    return true;
  }

  /** Finds the storages that are seen from outside; false if parts are no slices of them. */
  private boolean share(Set<Value> keep) {
    for (var v : keep) {
      if (!share(part.places().get(v), whole.places().get(v))) {
        return false;
      }
    }
    Set<Storage> others = new HashSet<>();
    for (int i = 0; i < part.steps().size(); i++) {
      if (i < from || i >= to) {
        part.steps().get(i).operands().forEach(p -> others.add(p.storage()));
      }
    }
    for (int i = from; i < to; i++) {
      List<Place> ours = part.steps().get(i).operands();
      List<Place> theirs = whole.steps().get(i).operands();
      for (int k = 0; k < ours.size(); k++) {
        Storage s = ours.get(k).storage();
        boolean outside = shared.containsKey(s) || (others.contains(s) && !isConstant(s));
        if (outside && !share(ours.get(k), theirs.get(k))) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean isConstant(Storage s) {
    return part.constants().containsKey(s);
  }

  /** Whether the place in a part is the first of so many equal slices of the whole's. */
  private boolean share(Place ours, Place theirs) {
    Storage s = ours.storage();
    Storage known = shared.putIfAbsent(s, theirs.storage());
    return (known == null || known == theirs.storage())
        && s.size() * parts == theirs.storage().size()
        && ours.offset() == theirs.offset()
        && isOutermost(ours)
        && isOutermost(theirs)
        && ours.form().extents().dim(0) * parts == theirs.form().extents().dim(0);
  }

  /** Whether pictures follow each other in the storage, each one's elements together. */
  private static boolean isOutermost(Place p) {
    return p.form().extents().rank() > 0
        && p.form().strides().get(0) * p.form().extents().dim(0) == p.storage().size();
  }

  /** The first of the program's steps that this replaces. */
  int from() {
    return from;
  }

  /** The step after the last that this replaces. */
  int to() {
    return to;
  }

  /** The whole batch's storages that parts are slices of. */
  Set<Storage> sharedStorages() {
    return new LinkedHashSet<>(shared.values());
  }

  long arenaBytes() {
    return arenaBytes;
  }

  /** Prepares every lane; the shared storages have their memory by now. */
  void prepare() {
    Map<Storage, Buffer> constants = new HashMap<>();
    List<Storage> own = ownStorages();
    own.removeIf(
        s -> {
          Tensor data = part.constants().get(s);
          if (data != null) {
            Buffer buffer = allocate(s.size());
            device.upload(data, 0, data.size(), buffer);
            constants.put(s, buffer);
          }
          return data != null;
        });
    var plan = new MemoryPlan(own);
    for (Device lane : lanes.devices()) {
      Buffer arena = allocate(plan.total());
      Map<Storage, Buffer> memory = new HashMap<>(constants);
      own.forEach(s -> memory.put(s, arena.slice(plan.offset(s), s.size())));
      List<LaneStep> ofLane = new ArrayList<>();
      for (Step step : part.steps().subList(from, to)) {
        ofLane.add(bind(lane, step, memory));
      }
      steps.add(ofLane);
    }
  }

  private List<Storage> ownStorages() {
    Set<Storage> own = new LinkedHashSet<>();
    for (Step step : part.steps().subList(from, to)) {
      step.operands().forEach(p -> own.add(p.storage()));
    }
    own.removeAll(shared.keySet());
    return new ArrayList<>(own);
  }

  private Buffer allocate(long size) {
    Buffer buffer = device.allocate(size);
    open.push(buffer);
    arenaBytes += size * Float.BYTES;
    return buffer;
  }

  private LaneStep bind(Device lane, Step step, Map<Storage, Buffer> memory) {
    Kernel kernel = lane.prepare(step.spec());
    open.push(kernel);
    if (step.operands().stream().noneMatch(p -> shared.containsKey(p.storage()))) {
      return new LaneStep.Same(kernel.bind(buffers(step, memory, 0)));
    }
    List<Launch> launches = new ArrayList<>();
    for (int i = 0; i < parts; i++) {
      launches.add(kernel.bind(buffers(step, memory, i)));
    }
    return new LaneStep.OfPart(launches);
  }

  private Buffer[] buffers(Step step, Map<Storage, Buffer> memory, int index) {
    return step.operands().stream().map(p -> buffer(p, memory, index)).toArray(Buffer[]::new);
  }

  private Buffer buffer(Place p, Map<Storage, Buffer> memory, int index) {
    Storage s = p.storage();
    Storage of = shared.get(s);
    Buffer buffer = of == null ? memory.get(s) : of.buffer().slice(index * s.size(), s.size());
    return p.offset() == 0 ? buffer : buffer.slice(p.offset(), buffer.size() - p.offset());
  }

  /** Runs the trunk for the first pictures, and as many others as fill a part. */
  void run(int pictures) {
    lanes.run(
        (pictures + each - 1) / each,
        (lane, index) -> {
          for (LaneStep step : steps.get(lane)) {
            step.launch(index).run();
          }
        });
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      switch (open.pop()) {
        case Kernel k -> k.close();
        case Buffer b -> b.close();
        default -> throw new IllegalStateException("unknown resource");
      }
    }
  }
}
