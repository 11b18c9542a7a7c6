package io.convlens.engine;

import io.convlens.device.Spec;
import io.convlens.engine.DeltaStep.Term;
import io.convlens.graph.Activation;
import io.convlens.graph.Graph;
import io.convlens.graph.Node;
import io.convlens.graph.Value;
import io.convlens.graph.Windowing;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The way of a change through a network, for any patch. As long as a change is confined to a window
 * and the operators allow, steps carry the difference from the untouched picture: linear operators
 * are applied to the difference itself, activations and pooling through the base. Where that ends,
 * values are rebuilt whole ({@link DeltaStep.Seed}), and the rest of the network is a graph of its
 * own that starts from them.
 */
final class DeltaPlan implements AutoCloseable {
  private final Graph graph;
  private final Set<Value> windowed;
  private final List<DeltaStep> steps = new ArrayList<>();
  private final List<DeltaBuffer> buffers = new ArrayList<>();
  private final Set<Value> bases = new LinkedHashSet<>();
  private final Map<Value, Delta> deltas = new HashMap<>();
  private final Set<Value> seeds = new LinkedHashSet<>();
  private final Set<Value> changed = new HashSet<>();
  private final List<Node> rest = new ArrayList<>();
  private final List<Tensor> owned = new ArrayList<>();

  /** What is taken away from rebuilt values. */
  private final List<Node> negatives = new ArrayList<>();

  /**
   * Plans.
   *
   * @param entry the picture as a map: the graph's input, or what turns its channels to the front
   * @param windowed the maps in which a change stays in a window
   * @param keep values that are read after a run
   * @param end nodes from this index on belong to the rest
   */
  DeltaPlan(Graph graph, Value entry, Set<Value> windowed, Set<Value> keep, int end) {
    this.graph = graph;
    this.windowed = windowed;
    for (int i = 0; i < graph.nodes().size(); i++) {
      Node node = graph.nodes().get(i);
      if (node.output() == entry) {
        changed.add(entry);
        enter(entry);
      } else if (node.inputs().stream().anyMatch(changed::contains)) {
        changed.add(node.output());
        if (i >= end || !follows(node)) {
          node.inputs().forEach(this::seed);
          rest.add(node);
        }
      } else {
        rest.add(node);
      }
    }
    keep.forEach(this::seed);
  }

  List<DeltaStep> steps() {
    return steps;
  }

  List<DeltaBuffer> buffers() {
    return buffers;
  }

  /** What is read of the untouched picture. */
  Set<Value> bases() {
    return bases;
  }

  /** What the rest starts from. */
  Set<Value> seeds() {
    return seeds;
  }

  /** The network as far as the untouched picture goes through it by itself. */
  Graph untouched() {
    List<Node> all = new ArrayList<>(graph.nodes());
    all.addAll(negatives);
    List<Node> alive = needed(all, bases, Set.of());
    return graph(graph.input(), alive, bases);
  }

  /** The rest of the network; its outputs are the values that are kept. */
  Graph rest(Set<Value> keep) {
    List<Node> nodes = new ArrayList<>();
    seeds.forEach(v -> nodes.add(new Node.Input(v.name(), v)));
    nodes.addAll(needed(rest, keep, seeds));
    return graph(seeds.iterator().next(), nodes, keep);
  }

  /** The nodes that values need, but for those that are given. */
  private static List<Node> needed(List<Node> nodes, Set<Value> values, Set<Value> given) {
    Set<Value> needed = new HashSet<>(values);
    List<Node> alive = new ArrayList<>();
    for (Node n : nodes.reversed()) {
      if (needed.contains(n.output()) && !given.contains(n.output())) {
        alive.addFirst(n);
        needed.addAll(n.inputs());
      }
    }
    return alive;
  }

  private static Graph graph(Value input, List<Node> nodes, Set<Value> outputs) {
    return new Graph(
        input,
        nodes,
        List.copyOf(outputs),
        List.of(),
        List.of(),
        outputs.stream().map(Value::name).toList(),
        Map.of());
  }

  private DeltaBuffer buffer(Value v, boolean clean) {
    var buffer = new DeltaBuffer(buffers.size(), v, clean);
    buffers.add(buffer);
    return buffer;
  }

  private DeltaBuffer beside(DeltaBuffer other) {
    DeltaBuffer buffer = other.beside(buffers.size());
    buffers.add(buffer);
    return buffer;
  }

  private void enter(Value entry) {
    DeltaBuffer to = buffer(entry, true);
    bases.add(entry);
    steps.add(new DeltaStep.Patch(to));
    deltas.put(entry, new Delta.Sum(List.of(new Term(to, 0, null))));
  }

  /** Takes the change through a node, if it can. */
  private boolean follows(Node node) {
    Value out = node.output();
    boolean known = node.inputs().stream().allMatch(v -> !changed.contains(v) || hasDelta(v));
    if (known && node instanceof Node.Reduce r && isMeanOfMap(r)) {
      deltas.put(out, averaged(r));
      return true;
    }
    if (!known || !windowed.contains(out)) {
      return false;
    }
    Optional<Delta> delta =
        switch (node) {
          case Node.Conv c -> Optional.of(convolved(c));
          case Node.Pool p -> Optional.of(pooled(p));
          case Node.ChannelAffine a -> Optional.of(scaled(a.x(), a.scale()));
          case Node.Activate a -> Optional.of(activated(a));
          case Node.Concat c when c.axis() == 1 -> Optional.of(concatenated(c));
          case Node.Binary b -> combined(b).or(() -> placewise(b));
          case Node.Lrn n -> placewise(n);
          default -> Optional.empty();
        };
    delta.ifPresent(d -> deltas.put(out, d));
    return delta.isPresent();
  }

  private boolean hasDelta(Value v) {
    return deltas.containsKey(v);
  }

  private Delta convolved(Node.Conv c) {
    DeltaBuffer from = dense(c.x());
    from.align(0, c.windowing().strides().get(0));
    from.align(1, c.windowing().strides().get(1));
    DeltaBuffer to = buffer(c.output(), false);
    steps.add(new DeltaStep.Convolve(c, from, to));
    return sum(to);
  }

  private Delta pooled(Node.Pool p) {
    DeltaBuffer from = dense(p.x());
    DeltaBuffer to = buffer(p.output(), true);
    bases.add(p.x());
    bases.add(p.output());
    steps.add(new DeltaStep.Pool(p, from, to));
    return sum(to);
  }

  /** Global average pooling: one place a map. What follows it belongs to the rest. */
  private static boolean isMeanOfMap(Node.Reduce r) {
    return r.kind() == Node.ReduceKind.MEAN
        && r.x().shape().rank() == 4
        && r.axes().equals(List.of(2, 3));
  }

  private Delta averaged(Node.Reduce r) {
    List<Integer> map = List.of(r.x().shape().intDim(2), r.x().shape().intDim(3));
    List<Integer> ones = List.of(1, 1);
    List<Integer> none = List.of(0, 0);
    var window = new Windowing(map, ones, ones, none, none);
    return pooled(
        new Node.Pool(r.name(), r.x(), Node.PoolKind.AVERAGE, window, none, 1, r.output()));
  }

  private static Delta sum(DeltaBuffer of) {
    return new Delta.Sum(List.of(new Term(of, 0, null)));
  }

  private Delta activated(Node.Activate a) {
    if (deltas.get(a.x()) instanceof Delta.Applied before) {
      List<Activation> functions = new ArrayList<>(before.functions());
      functions.add(a.function());
      return new Delta.Applied(before.base(), before.terms(), functions);
    }
    bases.add(a.x());
    return new Delta.Applied(a.x(), terms(a.x()), List.of(a.function()));
  }

  private Delta concatenated(Node.Concat c) {
    List<Term> all = new ArrayList<>();
    int channel = 0;
    for (Value v : c.inputs()) {
      for (Term t : changed.contains(v) ? terms(v) : List.<Term>of()) {
        all.add(new Term(t.buffer(), channel + t.channel(), t.scale()));
      }
      channel += v.shape().intDim(1);
    }
    return new Delta.Sum(all);
  }

  /** Sums and differences of maps, and products with what is known a channel. */
  private Optional<Delta> combined(Node.Binary b) {
    boolean left = changed.contains(b.a());
    boolean right = changed.contains(b.b());
    Shape out = b.output().shape();
    boolean stretched =
        (left && !b.a().shape().equals(out)) || (right && !b.b().shape().equals(out));
    if (stretched) {
      return Optional.empty();
    }
    return switch (b.op()) {
      case ADD, SUB -> {
        List<Term> all = new ArrayList<>(left ? terms(b.a()) : List.of());
        for (Term t : right ? terms(b.b()) : List.<Term>of()) {
          all.add(b.op() == Node.BinaryOp.ADD ? t : scaled(t, constant(t, -1)));
        }
        yield Optional.of(new Delta.Sum(all));
      }
      case MUL -> left && right ? Optional.empty() : byChannel(b, left, false);
      case DIV -> left && !right ? byChannel(b, true, true) : Optional.empty();
      case POW, MIN, MAX -> Optional.empty();
    };
  }

  /** A product with (or quotient by) a constant that is the same at all places. */
  private Optional<Delta> byChannel(Node.Binary b, boolean left, boolean inverse) {
    Value factor = left ? b.b() : b.a();
    Value x = left ? b.a() : b.b();
    Optional<Tensor> data = constantOf(factor);
    int channels = x.shape().intDim(1);
    int axis = factor.shape().rank() - x.shape().rank() + 1;
    boolean ofChannels = axis >= 0 && factor.shape().size() == factor.shape().dim(axis);
    if (data.isEmpty() || !(factor.shape().size() == 1 || ofChannels)) {
      return Optional.empty();
    }
    float[] factors = new float[channels];
    for (int c = 0; c < channels; c++) {
      float f = data.get().get(data.get().size() == 1 ? 0 : c);
      factors[c] = inverse ? 1 / f : f;
    }
    return Optional.of(scaled(x, own(factors)));
  }

  private Optional<Tensor> constantOf(Value v) {
    return graph.nodes().stream()
        .filter(n -> n.output() == v && n instanceof Node.Constant)
        .map(n -> ((Node.Constant) n).data())
        .findFirst();
  }

  private Delta scaled(Value x, Tensor scale) {
    List<Term> all = new ArrayList<>();
    for (Term t : terms(x)) {
      all.add(scaled(t, part(scale, t.channel(), t.buffer().channels())));
    }
    return new Delta.Sum(all);
  }

  private Term scaled(Term t, float[] factors) {
    Tensor before = t.scale();
    if (before != null) {
      for (int c = 0; c < factors.length; c++) {
        factors[c] *= before.get(c);
      }
    }
    return new Term(t.buffer(), t.channel(), own(factors));
  }

  private static float[] part(Tensor scale, int first, int count) {
    float[] part = new float[count];
    for (int c = 0; c < count; c++) {
      part[c] = scale.get(first + c);
    }
    return part;
  }

  private static float[] constant(Term t, float value) {
    float[] all = new float[t.buffer().channels()];
    Arrays.fill(all, value);
    return all;
  }

  private Tensor own(float[] values) {
    Tensor t = Tensor.of(Shape.of(values.length), values);
    owned.add(t);
    return t;
  }

  /** The summands of a value's change; computes it where it isn't a sum yet. */
  private List<Term> terms(Value v) {
    if (deltas.get(v) instanceof Delta.Sum(List<Term> terms)) {
      return terms;
    }
    return List.of(new Term(dense(v), 0, null));
  }

  /** A value's change as windows of its own. */
  private DeltaBuffer dense(Value v) {
    Delta delta = deltas.get(v);
    DeltaBuffer same = delta instanceof Delta.Sum(List<Term> terms) ? single(terms, v) : null;
    if (same != null) {
      return same;
    }
    DeltaBuffer to = buffer(v, true);
    steps.add(
        switch (delta) {
          case Delta.Sum s ->
              new DeltaStep.Gather(
                  s.terms(), Optional.empty(), List.of(), Spec.Windowed.CHANGE, to);
          case Delta.Applied a ->
              new DeltaStep.Gather(
                  a.terms(), Optional.of(a.base()), a.functions(), Spec.Windowed.DIFFERENCE, to);
        });
    deltas.put(v, sum(to));
    return to;
  }

  /**
   * An operator that takes places one by one: of rebuilt values, with its answer for the base taken
   * away.
   */
  private Optional<Delta> placewise(Node node) {
    Value out = node.output();
    boolean alike =
        node.inputs().stream().allMatch(v -> changed.contains(v) && v.shape().equals(out.shape()));
    if (!alike) {
      return Optional.empty();
    }
    DeltaBuffer change = buffer(out, true);
    List<DeltaBuffer> from = node.inputs().stream().map(v -> rebuilt(v, beside(change))).toList();
    DeltaBuffer answer = beside(change);
    steps.add(new DeltaStep.Placewise(node, from, answer));
    var minus = new Value(out.name() + " (negative)", out.shape(), out.batched());
    negatives.add(new Node.Activate(minus.name(), out, new Activation.Affine(-1, 0), minus));
    bases.add(minus);
    steps.add(
        new DeltaStep.Gather(
            List.of(new Term(answer, 0, null)),
            Optional.of(minus),
            List.of(),
            Spec.Windowed.VALUE,
            change));
    return Optional.of(sum(change));
  }

  /** A changed value itself. */
  private DeltaBuffer rebuilt(Value v, DeltaBuffer to) {
    switch (deltas.get(v)) {
      case Delta.Sum s -> {
        bases.add(v);
        steps.add(
            new DeltaStep.Gather(s.terms(), Optional.of(v), List.of(), Spec.Windowed.VALUE, to));
      }
      case Delta.Applied a ->
          steps.add(
              new DeltaStep.Gather(
                  a.terms(), Optional.of(a.base()), a.functions(), Spec.Windowed.VALUE, to));
    }
    return to;
  }

  private static @Nullable DeltaBuffer single(List<Term> terms, Value v) {
    Term t = terms.size() == 1 ? terms.getFirst() : null;
    boolean itself =
        t != null
            && t.scale() == null
            && t.buffer().clean()
            && t.buffer().channels() == v.shape().intDim(1);
    return itself ? t.buffer() : null;
  }

  /** Makes a value whole for the rest, if its change is followed so far. */
  private void seed(Value v) {
    if (!hasDelta(v) || !seeds.add(v)) {
      return;
    }
    switch (deltas.get(v)) {
      case Delta.Sum s -> {
        bases.add(v);
        steps.add(new DeltaStep.Seed(s.terms(), v, List.of(), v));
      }
      case Delta.Applied a -> steps.add(new DeltaStep.Seed(a.terms(), a.base(), a.functions(), v));
    }
  }

  @Override
  public void close() {
    owned.forEach(Tensor::close);
    owned.clear();
  }
}
