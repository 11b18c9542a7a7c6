package io.convlens.engine;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Window3;
import io.convlens.device.Window3.Axes;
import io.convlens.graph.Activation;
import io.convlens.graph.Graph;
import io.convlens.graph.Node;
import io.convlens.graph.Value;
import io.convlens.graph.Windowing;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * From a graph to steps on physical arrays. Maps lie channels last; what reads or writes row-major
 * order (reshapes, matrix products) gets it, by a copy only where the order really differs.
 */
final class Lowering {
  private final Graph graph;
  private final int batch;
  private final Set<Value> keep;
  private final Fusion fusion;
  private final Concatenations concatenations;

  private final List<Step> steps = new ArrayList<>();
  private final Map<Value, Place> places = new HashMap<>();
  private final Map<Value, Place> asMaps = new HashMap<>();
  private final Map<Value, Place> asRowMajor = new HashMap<>();
  private final Map<Storage, Tensor> constants = new LinkedHashMap<>();

  /** Constants get memory when something reads them other than as weights. */
  private final Map<Value, Node.Constant> unplaced = new HashMap<>();

  private final Map<Value, List<Node>> readers = new HashMap<>();
  private final Map<Value, Integer> pending = new HashMap<>();
  private final Map<Value, List<Statistic>> statistics = new HashMap<>();

  private Lowering(
      Graph graph, int batch, Set<Value> keep, Fusion fusion, List<Statistic> statistics) {
    this.graph = graph;
    this.batch = batch;
    this.keep = keep;
    this.fusion = fusion;
    this.concatenations = new Concatenations(graph, fusion, keep);
    for (Statistic s : statistics) {
      this.statistics.computeIfAbsent(s.value(), _ -> new ArrayList<>()).add(s);
    }
    for (Node n : graph.nodes()) {
      for (Value v : n.inputs()) {
        readers.computeIfAbsent(v, _ -> new ArrayList<>()).add(n);
        pending.merge(v, 1, Integer::sum);
      }
    }
  }

  /**
   * Lowers a graph.
   *
   * @param keep values that are read after a run
   */
  static Program lower(Graph graph, int batch, Set<Value> keep, Fusion fusion) {
    return lower(graph, batch, keep, fusion, List.of());
  }

  /**
   * Lowers a graph.
   *
   * @param keep values that are read after a run
   * @param statistics what is told of values that fusion leaves; each is worked out right after its
   *     value, which then may be overwritten
   */
  static Program lower(
      Graph graph, int batch, Set<Value> keep, Fusion fusion, List<Statistic> statistics) {
    var lowering = new Lowering(graph, batch, keep, fusion, statistics);
    for (Node node : graph.nodes()) {
      if (!fusion.isFused(node)) {
        lowering.lower(node);
        lowering.tell(fusion.result(node));
        lowering.done(node);
        fusion.tail(node).forEach(lowering::done);
      }
    }
    return new Program(lowering.steps, lowering.places, lowering.constants);
  }

  private void done(Node node) {
    node.inputs().forEach(v -> pending.merge(v, -1, Integer::sum));
  }

  private void lower(Node node) {
    switch (node) {
      case Node.Input n -> allocate(n.output(), inputForm(n.output()));
      case Node.Constant n -> {
        unplaced.put(n.output(), n);
        if (keep.contains(n.output())) {
          place(n.output());
        }
      }
      case Node.Conv n -> conv(n);
      case Node.ConvTranspose n -> convTranspose(n);
      case Node.Pool n -> pool(n);
      case Node.ChannelAffine n -> channelAffine(n);
      case Node.Lrn n ->
          mapToMap(
              n,
              n.x(),
              (src, dst) -> new Spec.Lrn(src, dst, n.size(), n.alpha(), n.beta(), n.bias()));
      case Node.GroupNorm n ->
          mapToMap(
              n,
              n.x(),
              (src, dst) ->
                  new Spec.GroupNorm(src, dst, n.groups(), n.epsilon(), n.scale(), n.shift()));
      case Node.LayerNorm n -> layerNorm(n);
      case Node.Activate n -> activate(n);
      case Node.PRelu n -> prelu(n);
      case Node.Binary n -> binary(n);
      case Node.Linear n -> linear(n);
      case Node.MatMul n -> matMul(n);
      case Node.Concat n -> concat(n);
      case Node.Remap n -> remap(n);
      case Node.Interpolate n -> interpolate(n);
      case Node.Reshape n -> reshape(n);
      case Node.Transpose n -> transpose(n);
      case Node.Softmax n -> softmax(n);
      case Node.Reduce n -> reduce(n);
      case Node.ActivateGradient n -> activateGradient(n);
      case Node.PoolGradient n -> poolGradient(n);
    }
  }

  // Places.

  private Shape shape(Value v) {
    return v.shape(batch);
  }

  private Place allocate(Value v, Form form) {
    Place place = new Place(new Storage(form.span()), 0, form);
    put(v, place);
    return place;
  }

  private void put(Value v, Place place) {
    places.put(v, place);
    place.storage().values().add(v);
  }

  private Place place(Value v) {
    Place p = places.get(v);
    if (p == null && unplaced.containsKey(v)) {
      p = allocate(v, Form.rowMajor(shape(v)));
      constants.put(p.storage(), unplaced.get(v).data());
    }
    if (p == null) {
      throw new IllegalStateException("value " + v + " has no place");
    }
    return p;
  }

  /** Channels last, except for a network that takes its pictures so and turns them first. */
  private Form inputForm(Value input) {
    List<Node> first = readers.getOrDefault(input, List.of());
    boolean channelsLast =
        !first.isEmpty()
            && first.stream()
                .allMatch(
                    n ->
                        n instanceof Node.Transpose t
                            && t.order().size() >= 3
                            && t.order().get(1) == t.order().size() - 1);
    return channelsLast ? Form.rowMajor(shape(input)) : Form.channelsLast(shape(input));
  }

  /** Where a producer of maps writes a value: into its concatenation, or memory of its own. */
  private Place destination(Value v) {
    Optional<Concatenations.Home> home = concatenations.home(v);
    if (home.isEmpty()) {
      return allocate(v, Form.channelsLast(shape(v)));
    }
    Place place = inside(home.get(), v);
    put(v, place);
    return place;
  }

  private Place inside(Concatenations.Home home, Value v) {
    Place whole = whole(home.whole());
    MapShape map = whole.form().asMap().orElseThrow();
    return new Place(
        whole.storage(), whole.offset() + home.channel(), Form.channelsLast(shape(v), map.pitch()));
  }

  private final Map<Value, Place> wholes = new HashMap<>();

  /** The place of a concatenation, made when its first part is written. */
  private Place whole(Value concatenation) {
    Place known = wholes.get(concatenation);
    if (known == null) {
      Optional<Concatenations.Home> home = concatenations.home(concatenation);
      if (home.isPresent()) {
        known = inside(home.get(), concatenation);
      } else {
        Form form = Form.channelsLast(shape(concatenation));
        known = new Place(new Storage(form.span()), 0, form);
      }
      wholes.put(concatenation, known);
      known.storage().values().add(concatenation);
    }
    return known;
  }

  /** The value as a channels-last map, copied if it lies otherwise. */
  private Place map(Value v) {
    Place p = place(v);
    return p.form().asMap().isPresent() ? p : copied(v, asMaps, Form.channelsLast(shape(v)));
  }

  /** The value in row-major order, copied if it lies otherwise. */
  private Place rowMajor(Value v) {
    Place p = place(v);
    return p.form().isRowMajor() ? p : copied(v, asRowMajor, Form.rowMajor(shape(v)));
  }

  /** The value without gaps, copied if it has some. */
  private Place dense(Value v) {
    return place(v).form().isDense() ? place(v) : copied(v, asMaps, Form.channelsLast(shape(v)));
  }

  private Place copied(Value v, Map<Value, Place> known, Form form) {
    return known.computeIfAbsent(
        v,
        _ -> {
          Place to = new Place(new Storage(form.span()), 0, form);
          copy("relayout " + v.name(), place(v), to);
          return to;
        });
  }

  private void copy(String label, Place from, Place to) {
    step(label, copySpec(from.form(), to.form()), from, to);
  }

  /** The copy between two forms of equal extents. */
  static Spec copySpec(Form from, Form to) {
    Loops loops =
        Loops.over(
            to.axesInMemoryOrder(),
            extents(to.extents()),
            List.of(from.strides(), to.strides()),
            _ -> false);
    return new Spec.Copy(
        loops.dims(),
        Collections.nCopies(loops.dims().size(), null),
        loops.strides().get(0),
        loops.strides().get(1),
        0);
  }

  private static List<Long> extents(Shape s) {
    return Arrays.stream(s.dims()).boxed().toList();
  }

  private void step(String label, Spec spec, Place... operands) {
    for (Place p : operands) {
      p.storage().use(steps.size());
    }
    steps.add(new Step(label, spec, List.of(operands)));
  }

  /**
   * x's own place as the output, if nobody reads x's memory later. Inputs stay as they are, since
   * the next run may start from them.
   */
  private Optional<Place> reuse(Value x, Value output) {
    Place p = place(x);
    if (concatenations.home(output).isPresent() || constants.containsKey(p.storage())) {
      return Optional.empty();
    }
    for (Value v : p.storage().values()) {
      int left = pending.getOrDefault(v, 0);
      if (keep.contains(v) || v == graph.input() || left > (v == x ? 1 : 0)) {
        return Optional.empty();
      }
    }
    return Optional.of(p);
  }

  // Maps.

  private static MapShape mapOf(Place p) {
    return p.form().asMap().orElseThrow();
  }

  @FunctionalInterface
  private interface MapSpec {
    Spec of(MapShape src, MapShape dst);
  }

  private void mapToMap(Node n, Value x, MapSpec spec) {
    Place src = map(x);
    Place dst = destination(fusion.result(n));
    step(n.name(), spec.of(mapOf(src), mapOf(dst)), src, dst);
  }

  private static Window3 window(Windowing w) {
    return new Window3(
        axes(w.kernel(), 1),
        axes(w.strides(), 1),
        axes(w.dilations(), 1),
        axes(w.padBegin(), 0),
        axes(w.padEnd(), 0));
  }

  private static Axes axes(List<Integer> spatial, int absent) {
    int r = spatial.size();
    return new Axes(
        r > 2 ? spatial.get(r - 3) : absent,
        r > 1 ? spatial.get(r - 2) : absent,
        spatial.get(r - 1));
  }

  /** The operations of a tail, and the places that its additions read. */
  private List<Spec.Post> posts(Node head, List<Place> operands) {
    List<Spec.Post> posts = new ArrayList<>();
    Value v = head.output();
    for (Node n : fusion.tail(head)) {
      switch (n) {
        case Node.Activate a -> posts.add(new Spec.Post.Act(a.function()));
        case Node.Binary b -> {
          Place other = map(b.a() == v ? b.b() : b.a());
          posts.add(new Spec.Post.Add(mapOf(other).pitch()));
          operands.add(other);
        }
        default -> throw new IllegalStateException("fused " + n);
      }
      v = n.output();
    }
    return posts;
  }

  private void conv(Node.Conv n) {
    List<Place> operands = new ArrayList<>(List.of(map(n.x())));
    List<Spec.Post> posts = posts(n, operands);
    operands.add(destination(fusion.result(n)));
    var spec =
        new Spec.Conv(
            mapOf(operands.getFirst()),
            mapOf(operands.getLast()),
            window(n.windowing()),
            n.groups(),
            n.weights(),
            n.bias(),
            posts);
    step(n.name(), spec, operands.toArray(Place[]::new));
  }

  private void convTranspose(Node.ConvTranspose n) {
    List<Place> operands = new ArrayList<>(List.of(map(n.x())));
    List<Spec.Post> posts = posts(n, operands);
    operands.add(destination(fusion.result(n)));
    var spec =
        new Spec.ConvTranspose(
            mapOf(operands.getFirst()),
            mapOf(operands.getLast()),
            window(n.windowing()),
            n.groups(),
            n.weights(),
            n.bias(),
            posts);
    step(n.name(), spec, operands.toArray(Place[]::new));
  }

  private void pool(Node.Pool n) {
    mapToMap(
        n,
        n.x(),
        (src, dst) ->
            new Spec.Pool(
                src, dst, n.kind(), window(n.windowing()), axes(n.filePadEnd(), 0), n.p()));
  }

  private void channelAffine(Node.ChannelAffine n) {
    List<Place> operands = new ArrayList<>(List.of(map(n.x())));
    Place src = operands.getFirst();
    List<Spec.Post> posts = posts(n, operands);
    Value result = fusion.result(n);
    Optional<Place> own = src.equals(place(n.x())) ? reuse(n.x(), result) : Optional.empty();
    own.ifPresent(p -> put(result, p));
    operands.add(own.orElseGet(() -> destination(result)));
    var spec =
        new Spec.ChannelAffine(mapOf(src), mapOf(operands.getLast()), n.scale(), n.shift(), posts);
    step(n.name(), spec, operands.toArray(Place[]::new));
  }

  // Element by element.

  private void activate(Node.Activate n) {
    List<Activation> functions = new ArrayList<>(List.of(n.function()));
    functions.addAll(Fusion.activations(fusion.tail(n)));
    Value result = fusion.result(n);
    Place src = place(n.x());
    Optional<MapShape> srcMap = src.form().asMap();
    if (concatenations.home(result).isPresent() && srcMap.isPresent()) {
      Place dst = destination(result);
      step(n.name(), new Spec.Pointwise(srcMap.get(), mapOf(dst), functions), src, dst);
      return;
    }
    Place from = dense(n.x());
    Place dst = from.equals(src) ? reuse(n.x(), result).orElse(null) : null;
    if (dst == null) {
      dst = allocate(result, from.form());
    } else {
      put(result, dst);
    }
    MapShape flat = MapShape.dense(1, 1, 1, 1, Math.toIntExact(from.form().extents().size()));
    step(n.name(), new Spec.Pointwise(flat, flat, functions), from, dst);
  }

  private void prelu(Node.PRelu n) {
    Form slope = Form.rowMajor(n.slope().shape());
    Place b = new Place(new Storage(slope.span()), 0, slope);
    constants.put(b.storage(), n.slope());
    broadcast(n, Spec.Function.PRELU, n.x(), place(n.x()), b);
  }

  private void binary(Node.Binary n) {
    broadcast(n, function(n.op()), n.a(), place(n.a()), place(n.b()));
  }

  static Spec.Function function(Node.BinaryOp op) {
    return switch (op) {
      case ADD -> Spec.Function.ADD;
      case SUB -> Spec.Function.SUB;
      case MUL -> Spec.Function.MUL;
      case DIV -> Spec.Function.DIV;
      case POW -> Spec.Function.POW;
      case MIN -> Spec.Function.MIN;
      case MAX -> Spec.Function.MAX;
    };
  }

  private void broadcast(Node n, Spec.Function function, Value x, Place a, Place b) {
    Value result = fusion.result(n);
    Shape out = shape(result);
    boolean channelsLast =
        !(a.form().extents().equals(out) && a.form().isRowMajor())
            && !(b.form().extents().equals(out) && b.form().isRowMajor());
    Form form = channelsLast ? Form.channelsLast(out) : Form.rowMajor(out);
    Optional<Place> own = a.form().sameAs(form) ? reuse(x, result) : Optional.empty();
    own.ifPresent(p -> put(result, p));
    Place dst = own.orElseGet(() -> allocate(result, form));
    Loops loops =
        Loops.over(
            form.axesInMemoryOrder(),
            extents(out),
            List.of(stretched(a.form(), out), stretched(b.form(), out), form.strides()),
            _ -> false);
    step(
        n.name(),
        new Spec.Broadcast(
            function,
            loops.dims(),
            loops.strides().get(0),
            loops.strides().get(1),
            loops.strides().get(2),
            Fusion.activations(fusion.tail(n))),
        a,
        b,
        dst);
  }

  /** Strides that repeat an operand over the extents that it broadcasts to. */
  private static List<Long> stretched(Form form, Shape out) {
    List<Long> strides = new ArrayList<>();
    int missing = out.rank() - form.extents().rank();
    for (int i = 0; i < out.rank(); i++) {
      boolean repeated = i < missing || form.extents().dim(i - missing) == 1;
      strides.add(repeated ? 0L : form.strides().get(i - missing));
    }
    return strides;
  }

  // Matrix products and rows.

  private void linear(Node.Linear n) {
    Shape x = shape(n.x());
    Place src = rowMajor(n.x());
    Value result = fusion.result(n);
    Place dst = allocate(result, Form.rowMajor(shape(result)));
    int rows = Math.toIntExact(x.product(0, x.rank() - 1));
    var spec =
        new Spec.MatMul(
            1,
            1,
            1,
            rows,
            x.intDim(-1),
            n.weights().shape().intDim(0),
            1,
            n.weights(),
            false,
            n.bias(),
            posts(n, new ArrayList<>()));
    step(n.name(), spec, src, dst);
  }

  private void matMul(Node.MatMul n) {
    Shape a = shape(n.a());
    Shape b = shape(n.b());
    Value result = fusion.result(n);
    Shape out = shape(result);
    Node.Constant weights = unplaced.get(n.b());
    if (weights != null && b.rank() == 2 && a.rank() >= 2) {
      byWeights(n, weights.data(), a, b);
      return;
    }
    int lead = out.rank() - 2;
    Place left = leading(n.a(), a, out);
    Place right = leading(n.b(), b, out);
    Place dst = allocate(result, Form.rowMajor(out));
    var spec =
        new Spec.MatMul(
            Math.toIntExact(out.product(0, lead)),
            Math.toIntExact(left.form().extents().size() / (a.dim(-1) * a.dim(-2))),
            Math.toIntExact(right.form().extents().size() / (b.dim(-1) * b.dim(-2))),
            a.intDim(-2),
            a.intDim(-1),
            b.intDim(-1),
            n.alpha(),
            null,
            false,
            null,
            posts(n, new ArrayList<>()));
    step(n.name(), spec, left, right, dst);
  }

  /** A product by a constant matrix, which devices arrange once. */
  private void byWeights(Node.MatMul n, Tensor weights, Shape a, Shape b) {
    Place src = rowMajor(n.a());
    Value result = fusion.result(n);
    var spec =
        new Spec.MatMul(
            1,
            1,
            1,
            Math.toIntExact(a.product(0, a.rank() - 1)),
            a.intDim(-1),
            b.intDim(-1),
            n.alpha(),
            weights,
            true,
            null,
            posts(n, new ArrayList<>()));
    step(n.name(), spec, src, allocate(result, Form.rowMajor(shape(result))));
  }

  /** The operand in row-major order, with its leading axes spread out unless it is one matrix. */
  private Place leading(Value v, Shape own, Shape out) {
    Place p = rowMajor(v);
    long matrices = own.product(0, own.rank() - 2);
    if (matrices == 1 || matrices == out.product(0, out.rank() - 2)) {
      return p;
    }
    long[] dims = out.dims();
    dims[dims.length - 2] = own.dim(-2);
    dims[dims.length - 1] = own.dim(-1);
    Form form = Form.rowMajor(Shape.of(dims));
    Place spread = new Place(new Storage(form.span()), 0, form);
    Form stretched = new Form(form.extents(), stretched(p.form(), form.extents()));
    copy("spread " + v.name(), new Place(p.storage(), p.offset(), stretched), spread);
    return spread;
  }

  private void layerNorm(Node.LayerNorm n) {
    Place src = rowMajor(n.x());
    Shape x = shape(n.x());
    Place dst = allocate(n.output(), src.form());
    step(
        n.name(),
        new Spec.LayerNorm(
            x.product(0, n.axis()),
            Math.toIntExact(x.product(n.axis(), x.rank())),
            n.epsilon(),
            n.scale(),
            n.shift()),
        src,
        dst);
  }

  // Moving elements about.

  private void concat(Node.Concat n) {
    boolean asView = true;
    for (Value v : n.inputs()) {
      asView &= atHome(v, n);
    }
    Optional<Concatenations.Home> home = concatenations.home(n.output());
    if (asView && home.isPresent()) {
      put(n.output(), inside(home.get(), n.output()));
      return;
    }
    Place dst = concatPlace(n);
    long start = 0;
    for (Value v : n.inputs()) {
      Place src = place(v);
      long offset = dst.offset() + start * dst.form().strides().get(n.axis());
      Form part = new Form(shape(v), dst.form().strides());
      Place to = new Place(dst.storage(), offset, part);
      if (!src.equals(to)) {
        copy(n.name(), src, to);
      }
      start += shape(v).dim(n.axis());
    }
  }

  /** Whether a part lies where the concatenation, seen as part of its own home, wants it. */
  private boolean atHome(Value v, Node.Concat n) {
    Optional<Concatenations.Home> part = concatenations.home(v);
    Optional<Concatenations.Home> whole = concatenations.home(n.output());
    return part.isPresent()
        && whole.isPresent()
        && part.get().whole() == whole.get().whole()
        && part.get().whole() != n.output()
        && place(v).equals(inside(part.get(), v));
  }

  private Place concatPlace(Node.Concat n) {
    Place known = wholes.get(n.output());
    if (known != null) {
      places.put(n.output(), known);
      return known;
    }
    if (concatenations.home(n.output()).isPresent()) {
      return destination(n.output());
    }
    boolean rowMajor = place(n.inputs().getFirst()).form().isRowMajor();
    Shape out = shape(n.output());
    return allocate(n.output(), rowMajor ? Form.rowMajor(out) : Form.channelsLast(out));
  }

  private void remap(Node.Remap n) {
    Place src = place(n.x());
    Shape out = shape(n.output());
    var picked = new Picked(src, n, out);
    Optional<Form> channels = channelsOfMap(n, src, out);
    if (channels.isPresent()) {
      put(n.output(), new Place(src.storage(), src.offset() + picked.offset, channels.get()));
      return;
    }
    // What is both, one place a channel, is spread out channels last: maps are read so.
    boolean rowMajor = src.form().isRowMajor() && src.form().asMap().isEmpty();
    Form form = rowMajor ? Form.rowMajor(out) : Form.channelsLast(out);
    Loops loops =
        Loops.over(
            picked.loopAxes(form),
            extents(out),
            List.of(picked.strides, form.strides()),
            axis -> picked.maps.get(axis) != null);
    List<int @Nullable []> maps = new ArrayList<>();
    for (int axis : loops.axes()) {
      maps.add(axis < 0 ? null : picked.maps.get(axis));
    }
    step(
        n.name(),
        new Spec.Copy(loops.dims(), maps, loops.strides().get(0), loops.strides().get(1), n.fill()),
        new Place(src.storage(), src.offset() + picked.offset, src.form()),
        allocate(n.output(), form));
  }

  /** Neighbouring channels of a map are a map with a pitch: nothing is copied. */
  private Optional<Form> channelsOfMap(Node.Remap n, Place src, Shape out) {
    Optional<MapShape> map = src.form().asMap();
    boolean whole = map.isPresent() && !keep.contains(n.output()) && !keep.contains(n.x());
    for (int axis = 0; whole && axis < out.rank(); axis++) {
      int[] picks = n.maps().get(axis);
      boolean samples = axis == 0 && n.x().batched();
      whole = samples || (axis == 1 ? isRun(picks) : isAll(picks, shape(n.x()).intDim(axis)));
    }
    return whole && out.size() > 0
        ? Optional.of(Form.channelsLast(out, map.orElseThrow().pitch()))
        : Optional.empty();
  }

  private static boolean isAll(int[] map, int extent) {
    return map.length == extent && (extent == 0 || (map[0] == 0 && isRun(map)));
  }

  private static boolean isRun(int[] map) {
    return map.length > 0
        && map[0] >= 0
        && IntStream.range(1, map.length).allMatch(i -> map[i] == map[i - 1] + 1);
  }

  /** A remap's source: regular maps become an offset and a stride. */
  private static final class Picked {
    private final List<int @Nullable []> maps = new ArrayList<>();
    private final List<Long> strides = new ArrayList<>();
    private long offset;

    Picked(Place src, Node.Remap n, Shape out) {
      for (int axis = 0; axis < out.rank(); axis++) {
        int[] map = n.maps().get(axis);
        long stride = src.form().strides().get(axis);
        boolean samples = axis == 0 && n.x().batched();
        long step = samples ? 1 : regularStep(map);
        if (!samples && step >= 0) {
          offset += map.length == 0 ? 0 : map[0] * stride;
        }
        maps.add(step >= 0 ? null : map);
        strides.add(step >= 0 ? step * stride : stride);
      }
    }

    /** The step of a map that is an arithmetic sequence of elements, else −1. */
    private static long regularStep(int[] map) {
      if (map.length < 2) {
        return map.length == 0 || map[0] >= 0 ? 1 : -1;
      }
      int step = map[1] - map[0];
      if (map[0] < 0 || step < 0) {
        return -1;
      }
      for (int i = 1; i < map.length; i++) {
        if (map[i] < 0 || map[i] - map[i - 1] != step) {
          return -1;
        }
      }
      return step;
    }

    /** The axes to walk: those of extent over 1, and those that are all fill. */
    List<Integer> loopAxes(Form form) {
      List<Integer> axes = new ArrayList<>(form.axesInMemoryOrder());
      for (int axis = 0; axis < maps.size(); axis++) {
        if (form.extents().dim(axis) == 1 && maps.get(axis) != null) {
          axes.add(0, axis);
        }
      }
      return axes;
    }
  }

  private void reshape(Node.Reshape n) {
    Place rowMajor = rowMajor(n.x());
    Form form = Form.rowMajor(shape(n.output()));
    put(n.output(), new Place(rowMajor.storage(), rowMajor.offset(), form));
  }

  private void transpose(Node.Transpose n) {
    Place src = place(n.x());
    Shape out = shape(n.output());
    List<Long> turned = n.order().stream().map(src.form().strides()::get).toList();
    Form seen = new Form(out, turned);
    if (seen.isRowMajor() || seen.asMap().isPresent()) {
      put(n.output(), new Place(src.storage(), src.offset(), seen));
      return;
    }
    boolean map =
        readers.getOrDefault(n.output(), List.of()).stream()
            .anyMatch(r -> r instanceof Node.Conv || r instanceof Node.Pool);
    Place dst = allocate(n.output(), map ? Form.channelsLast(out) : Form.rowMajor(out));
    copy(n.name(), new Place(src.storage(), src.offset(), seen), dst);
  }

  // Along an axis.

  /** Elements outside, along, and inside some axes that are neighbours in memory. */
  private record Run(long outer, int length, long inner) {}

  private static Optional<Run> run(Form form, int from, int to) {
    long outer = 1;
    long length = 1;
    long inner = 1;
    boolean ended = false;
    for (int axis : form.axesInMemoryOrder()) {
      long extent = form.extents().dim(axis);
      if (axis >= from && axis < to) {
        if (ended) {
          return Optional.empty();
        }
        length *= extent;
      } else if (length == 1) {
        outer *= extent;
      } else {
        ended = true;
        inner *= extent;
      }
    }
    return Optional.of(new Run(outer, Math.toIntExact(length), inner));
  }

  private void softmax(Node.Softmax n) {
    Place src = dense(n.x());
    Optional<Run> found = run(src.form(), n.from(), n.to());
    if (found.isEmpty()) {
      src = rowMajor(n.x());
      found = run(src.form(), n.from(), n.to());
    }
    Run run = found.orElseThrow();
    Place dst = allocate(n.output(), src.form());
    step(n.name(), new Spec.Softmax(run.outer, run.length, run.inner, n.log()), src, dst);
  }

  private void interpolate(Node.Interpolate n) {
    Place src = dense(n.x());
    Shape out = shape(n.output());
    boolean rowMajor = src.form().isRowMajor();
    Form form = rowMajor ? Form.rowMajor(out) : Form.channelsLast(out);
    // By the axes' order, not by strides: axes of extent 1 share theirs with a neighbour.
    long outer = 1;
    long inner = 1;
    for (int axis = 0; axis < out.rank(); axis++) {
      int channels = out.rank();
      int at = axis == 1 && !rowMajor ? channels : axis;
      int along = n.axis() == 1 && !rowMajor ? channels : n.axis();
      outer *= at < along ? out.dim(axis) : 1;
      inner *= at > along ? out.dim(axis) : 1;
    }
    step(
        n.name(),
        new Spec.Interpolate(outer, shape(n.x()).intDim(n.axis()), inner, n.indices(), n.weights()),
        src,
        allocate(n.output(), form));
  }

  private void reduce(Node.Reduce n) {
    Place src = place(n.x());
    Shape x = shape(n.x());
    Shape out = shape(n.output());
    boolean kept = out.rank() == x.rank();
    Form form = kept && !src.form().isRowMajor() ? Form.channelsLast(out) : Form.rowMajor(out);
    List<Long> strides = new ArrayList<>();
    int axisOut = 0;
    for (int axis = 0; axis < x.rank(); axis++) {
      boolean reduced = n.axes().contains(axis);
      strides.add(reduced ? 0L : form.strides().get(axisOut));
      axisOut += kept || !reduced ? 1 : 0;
    }
    Loops loops =
        Loops.over(
            src.form().axesInMemoryOrder(),
            extents(x),
            List.of(src.form().strides(), strides),
            _ -> false);
    List<Long> strideDst = loops.strides().get(1);
    step(
        n.name(),
        new Spec.Reduce(
            n.kind(),
            loops.dims(),
            strideDst.stream().map(s -> s == 0).toList(),
            loops.strides().get(0),
            strideDst),
        src,
        allocate(n.output(), form));
  }

  // Statistics.

  /** The steps of a value's statistics. */
  private void tell(Value v) {
    for (Statistic s : statistics.getOrDefault(v, List.of())) {
      Place src = channels(v);
      if (s.directions().isPresent()) {
        src = along(src, s.directions().get());
      }
      Place dst = allocate(s.output(), Form.rowMajor(shape(s.output())));
      step(s.output().name(), s.spec(mapOf(src)), src, dst);
    }
  }

  /** The value as a channels-last map, however many axes of places it has. */
  private Place channels(Value v) {
    Shape x = shape(v);
    if (x.rank() <= 5) {
      return map(v);
    }
    Shape flat = Shape.of(x.dim(0), x.dim(1), x.size() / x.dim(0) / x.dim(1));
    Place rows = rowMajor(v);
    Form form = Form.channelsLast(flat);
    Place to = new Place(new Storage(form.span()), 0, form);
    copy("relayout " + v.name(), new Place(rows.storage(), rows.offset(), Form.rowMajor(flat)), to);
    return to;
  }

  /** Dot products at each place: a convolution with windows of one place. */
  private Place along(Place src, Tensor directions) {
    MapShape map = mapOf(src);
    int count = directions.shape().intDim(0);
    // Two axes of places: the weights have as many.
    var flat = new MapShape(map.n(), 1, map.d() * map.h(), map.w(), map.c(), map.pitch());
    Form form = Form.channelsLast(Shape.of(map.n(), count, flat.h(), flat.w()));
    Place dst = new Place(new Storage(form.span()), 0, form);
    var ones = new Axes(1, 1, 1);
    var none = new Axes(0, 0, 0);
    step(
        "directions",
        new Spec.Conv(
            flat,
            mapOf(dst),
            new Window3(ones, ones, ones, none, none),
            1,
            directions.reshaped(Shape.of(count, map.c(), 1, 1)),
            null,
            List.of()),
        src,
        dst);
    return dst;
  }

  // Gradients.

  private void activateGradient(Node.ActivateGradient n) {
    Place gradient = place(n.gradient());
    Place x = place(n.x());
    Shape out = shape(n.output());
    Form form = x.form().isRowMajor() ? Form.rowMajor(out) : Form.channelsLast(out);
    Optional<Place> own =
        gradient.form().sameAs(form) ? reuse(n.gradient(), n.output()) : Optional.empty();
    own.ifPresent(p -> put(n.output(), p));
    Place dst = own.orElseGet(() -> allocate(n.output(), form));
    Loops loops =
        Loops.over(
            form.axesInMemoryOrder(),
            extents(out),
            List.of(gradient.form().strides(), x.form().strides(), form.strides()),
            _ -> false);
    step(
        n.name(),
        new Spec.ActivationGradient(
            n.function(),
            n.rule(),
            loops.dims(),
            loops.strides().get(0),
            loops.strides().get(1),
            loops.strides().get(2)),
        gradient,
        x,
        dst);
  }

  private void poolGradient(Node.PoolGradient n) {
    Place gradient = map(n.gradient());
    Place x = map(n.x());
    Place dst = allocate(n.output(), Form.channelsLast(shape(n.output())));
    step(
        n.name(),
        new Spec.PoolGradient(
            mapOf(gradient),
            mapOf(x),
            mapOf(dst),
            n.kind(),
            window(n.windowing()),
            axes(n.filePadEnd(), 0),
            n.p()),
        gradient,
        x,
        dst);
  }
}
