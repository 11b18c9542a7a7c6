package io.convlens.graph;

import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites of a graph that leave its answers as they are, up to rounding. A value that somebody
 * wants to see is never rewritten away.
 *
 * <p>Tensors that a pass makes belong to the {@link Passes} object: close it after everything that
 * uses the graph.
 */
public final class Passes implements AutoCloseable {
  /** How near a constant of a written-out function must come to the true one. */
  private static final double CONSTANT_TOLERANCE = 1e-4;

  private final Owner owner = new Owner();
  private final Set<Value> keep;

  /** Passes that keep these values, and the graph's outputs. */
  public Passes(Set<Value> keep) {
    this.keep = Set.copyOf(keep);
  }

  /** All passes, in the order in which they help each other. */
  public Graph optimise(Graph graph) {
    Graph g = withoutDeadNodes(graph);
    g = foldChannelAffine(g);
    g = foldPadding(g);
    g = mergeAffine(g);
    g = recogniseActivations(g);
    g = mergeAffine(g);
    return withoutDeadNodes(g);
  }

  /** Frees the tensors that the passes made; twice is fine. */
  @Override
  public void close() {
    owner.close();
  }

  private boolean mayVanish(GraphIndex index, Value v) {
    return !keep.contains(v) && !index.isOutput(v) && index.readers(v).size() == 1;
  }

  /** Leaves out what neither an output nor a kept value needs. */
  Graph withoutDeadNodes(Graph graph) {
    Set<Value> needed = new HashSet<>(keep);
    needed.addAll(graph.outputs());
    needed.add(graph.input());
    List<Node> alive = new ArrayList<>();
    for (Node n : graph.nodes().reversed()) {
      if (needed.contains(n.output())) {
        alive.addFirst(n);
        needed.addAll(n.inputs());
      }
    }
    return graph.with(alive);
  }

  /** Batch normalisation after a linear operation becomes part of its weights. */
  Graph foldChannelAffine(Graph graph) {
    var index = new GraphIndex(graph);
    List<Node> nodes = new ArrayList<>();
    for (Node n : graph.nodes()) {
      if (n instanceof Node.ChannelAffine affine && mayVanish(index, affine.x())) {
        int at = position(nodes, affine.x());
        Optional<Node> folded = at < 0 ? Optional.empty() : folded(nodes.get(at), affine);
        if (folded.isPresent()) {
          nodes.set(at, folded.get());
          continue;
        }
      }
      nodes.add(n);
    }
    return graph.with(nodes);
  }

  /**
   * One activation after a concatenation in place of equal ones before it. Not one of the usual
   * passes: in a plain run, activations cost nothing in the operations that they follow.
   */
  public Graph joinActivations(Graph graph) {
    var index = new GraphIndex(graph);
    List<Node> nodes = new ArrayList<>();
    for (Node n : graph.nodes()) {
      List<Node.Activate> before =
          n instanceof Node.Concat c ? activations(index, nodes, c) : List.of();
      if (n instanceof Node.Concat c && !before.isEmpty()) {
        nodes.removeAll(before);
        var joined = new Value(c.output().name(), c.output().shape(), c.output().batched());
        List<Value> inputs = before.stream().map(Node.Activate::x).toList();
        nodes.add(new Node.Concat(c.name(), inputs, c.axis(), joined));
        Activation function = before.getFirst().function();
        nodes.add(new Node.Activate(before.getFirst().name(), joined, function, c.output()));
      } else {
        nodes.add(n);
      }
    }
    return graph.with(nodes);
  }

  /** The activations that make all inputs of a concatenation, if they are equal and may vanish. */
  private List<Node.Activate> activations(GraphIndex index, List<Node> nodes, Node.Concat c) {
    List<Node.Activate> all = new ArrayList<>();
    for (Value v : c.inputs()) {
      int at = mayVanish(index, v) ? position(nodes, v) : -1;
      if (at < 0
          || !(nodes.get(at) instanceof Node.Activate a)
          || (!all.isEmpty() && !a.function().equals(all.getFirst().function()))) {
        return List.of();
      }
      all.add(a);
    }
    return all;
  }

  private static int position(List<Node> nodes, Value output) {
    for (int i = nodes.size() - 1; i >= 0; i--) {
      if (nodes.get(i).output() == output) {
        return i;
      }
    }
    return -1;
  }

  private Optional<Node> folded(Node linear, Node.ChannelAffine affine) {
    Tensor scale = affine.scale();
    return switch (linear) {
      case Node.Conv c ->
          Optional.of(
              new Node.Conv(
                  c.name(),
                  c.x(),
                  scaled(c.weights(), scale, rowsOf(c.weights())),
                  shifted(c.bias(), affine),
                  c.windowing(),
                  c.groups(),
                  affine.output()));
      case Node.ConvTranspose c -> {
        long perGroup = c.weights().shape().dim(1);
        long taps = c.weights().shape().product(2, c.weights().shape().rank());
        long inPerGroup = c.weights().shape().dim(0) / c.groups();
        yield Optional.of(
            new Node.ConvTranspose(
                c.name(),
                c.x(),
                scaled(
                    c.weights(),
                    scale,
                    i -> i / (perGroup * taps) / inPerGroup * perGroup + i / taps % perGroup),
                shifted(c.bias(), affine),
                c.windowing(),
                c.groups(),
                affine.output()));
      }
      case Node.Linear l when l.output().shape().rank() == 2 ->
          Optional.of(
              new Node.Linear(
                  l.name(),
                  l.x(),
                  scaled(l.weights(), scale, rowsOf(l.weights())),
                  shifted(l.bias(), affine),
                  affine.output()));
      default -> Optional.empty();
    };
  }

  private interface ChannelOf {
    long of(long index);
  }

  private static ChannelOf rowsOf(Tensor weights) {
    long row = weights.size() / Math.max(1, weights.shape().dim(0));
    return i -> i / row;
  }

  private Tensor scaled(Tensor weights, Tensor scale, ChannelOf channel) {
    return ConstantArray.floats(
            weights.shape(), owner, i -> (double) weights.get(i) * scale.get(channel.of(i)))
        .floats();
  }

  private Tensor shifted(@Nullable Tensor bias, Node.ChannelAffine affine) {
    return ConstantArray.floats(
            Shape.of(affine.scale().size()),
            owner,
            i ->
                (bias == null ? 0 : (double) bias.get(i) * affine.scale().get(i))
                    + affine.shift().get(i))
        .floats();
  }

  /** Zeros that are put around a map before a convolution become its own padding. */
  Graph foldPadding(Graph graph) {
    var index = new GraphIndex(graph);
    List<Node> nodes = new ArrayList<>();
    for (Node n : graph.nodes()) {
      if (n instanceof Node.Conv c
          && index.maker(c.x()) instanceof Node.Remap r
          && mayVanish(index, c.x())
          && r.fill() == 0
          && padding(r).isPresent()) {
        nodes.remove(position(nodes, r.output()));
        nodes.add(padded(c, r, padding(r).get()));
      } else {
        nodes.add(n);
      }
    }
    return graph.with(nodes);
  }

  /** Elements before and after, a spatial axis each. */
  private record Margin(List<Integer> before, List<Integer> after) {}

  private static Optional<Margin> padding(Node.Remap r) {
    List<Integer> before = new ArrayList<>();
    List<Integer> after = new ArrayList<>();
    for (int axis = 0; axis < r.maps().size(); axis++) {
      int[] map = r.maps().get(axis);
      int extent = r.x().shape().intDim(axis);
      int start = 0;
      while (start < map.length && map[start] < 0) {
        start++;
      }
      for (int i = start; i < map.length; i++) {
        int expected = i - start < extent ? i - start : -1;
        if (map[i] != expected) {
          return Optional.empty();
        }
      }
      int end = map.length - start - extent;
      if (end < 0 || (axis < 2 && (start > 0 || end > 0))) {
        return Optional.empty();
      }
      if (axis >= 2) {
        before.add(start);
        after.add(end);
      }
    }
    return Optional.of(new Margin(before, after));
  }

  private static Node.Conv padded(Node.Conv c, Node.Remap r, Margin margin) {
    Windowing w = c.windowing();
    List<Integer> begin = new ArrayList<>();
    List<Integer> end = new ArrayList<>();
    for (int i = 0; i < w.rank(); i++) {
      begin.add(w.padBegin().get(i) + margin.before().get(i));
      end.add(w.padEnd().get(i) + margin.after().get(i));
    }
    var wider = new Windowing(w.kernel(), w.strides(), w.dilations(), begin, end);
    return new Node.Conv(c.name(), r.x(), c.weights(), c.bias(), wider, c.groups(), c.output());
  }

  /** Scales and shifts by one number that follow each other become one; those by 1 and 0, none. */
  Graph mergeAffine(Graph graph) {
    var index = new GraphIndex(graph);
    List<Node> nodes = new ArrayList<>();
    for (Node n : graph.nodes()) {
      if (n instanceof Node.Activate second
          && second.function() instanceof Activation.Affine g
          && mayVanish(index, second.x())
          && position(nodes, second.x()) >= 0
          && nodes.get(position(nodes, second.x())) instanceof Node.Activate first
          && first.function() instanceof Activation.Affine f) {
        nodes.remove(first);
        Activation both =
            new Activation.Affine(g.scale() * f.scale(), g.scale() * f.shift() + g.shift());
        nodes.add(new Node.Activate(second.name(), first.x(), both, second.output()));
      } else {
        nodes.add(n);
      }
    }
    return withoutNeutralAffine(graph.with(nodes));
  }

  private Graph withoutNeutralAffine(Graph graph) {
    var index = new GraphIndex(graph);
    Graph g = graph;
    for (Node n : graph.nodes()) {
      if (n instanceof Node.Activate a
          && a.function() instanceof Activation.Affine(float scale, float shift)
          && scale == 1
          && shift == 0
          && !keep.contains(a.output())
          && !index.isOutput(a.output())) {
        g = GraphIndex.replaced(g, a, a.x());
      }
    }
    return g;
  }

  /** Functions that exporters write out, x·g(x), are recognised by their parts. */
  Graph recogniseActivations(Graph graph) {
    var index = new GraphIndex(graph);
    List<Node> nodes = new ArrayList<>();
    for (Node n : graph.nodes()) {
      Optional<Gate> gate =
          n instanceof Node.Binary b && b.op() == Node.BinaryOp.MUL
              ? gate(index, b.a(), b.b()).or(() -> gate(index, b.b(), b.a()))
              : Optional.empty();
      if (gate.isEmpty()) {
        nodes.add(n);
      } else if (gate.get().factor() == 1) {
        nodes.add(new Node.Activate(n.name(), gate.get().x(), gate.get().function(), n.output()));
      } else {
        Gate found = gate.get();
        Value plain = new Value(n.name() + "~gated", n.output().shape(), n.output().batched());
        nodes.add(new Node.Activate(n.name(), found.x(), found.function(), plain));
        Activation factor = new Activation.Affine(found.factor(), 0);
        nodes.add(new Node.Activate(n.name(), plain, factor, n.output()));
      }
    }
    return withoutDeadNodes(graph.with(nodes));
  }

  /** factor · function(x). */
  private record Gate(Value x, Activation function, float factor) {}

  private Optional<Gate> gate(GraphIndex index, Value side, Value gated) {
    List<Activation> chain = new ArrayList<>();
    Value v = gated;
    while (index.maker(v) instanceof Node.Activate a) {
      chain.addFirst(a.function());
      v = a.x();
      Optional<Gate> found = recognised(index, side, v, chain);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Optional<Gate> recognised(
      GraphIndex index, Value side, Value x, List<Activation> chain) {
    float factor = 1;
    if (side != x) {
      if (index.maker(side) instanceof Node.Activate a
          && a.x() == x
          && a.function() instanceof Activation.Affine(float scale, float shift)
          && shift == 0) {
        factor = scale;
      } else {
        return Optional.empty();
      }
    }
    float f = factor;
    return function(chain).map(g -> new Gate(x, g.function(), f * g.factor()));
  }

  private record Scaled(Activation function, float factor) {}

  /** The function x·g(x) for a chain g. */
  private static Optional<Scaled> function(List<Activation> chain) {
    return switch (chain.size()) {
      case 1 ->
          switch (chain.getFirst()) {
            case Activation.Sigmoid _ -> Optional.of(new Scaled(new Activation.Swish(1), 1));
            case Activation.HardSigmoid(float alpha, float beta)
                when near(alpha, 1 / 6.0) && beta == 0.5f ->
                Optional.of(new Scaled(new Activation.HardSwish(), 1));
            default -> Optional.empty();
          };
      case 2 -> {
        if (chain.get(0) instanceof Activation.Softplus
            && chain.get(1) instanceof Activation.Elementary(Activation.Function f)
            && f == Activation.Function.TANH) {
          yield Optional.of(new Scaled(new Activation.Mish(), 1));
        }
        boolean hardSwish =
            chain.get(0).equals(new Activation.Affine(1, 3))
                && chain.get(1).equals(new Activation.Clip(0, 6));
        yield hardSwish ? Optional.of(new Scaled(new Activation.HardSwish(), 6)) : Optional.empty();
      }
      case 3 -> {
        boolean gelu =
            chain.get(0) instanceof Activation.Affine(float scale, float shift)
                && near(scale, Math.sqrt(0.5))
                && shift == 0
                && chain.get(1).equals(new Activation.Elementary(Activation.Function.ERF))
                && chain.get(2).equals(new Activation.Affine(1, 1));
        yield gelu ? Optional.of(new Scaled(new Activation.Gelu(false), 2)) : Optional.empty();
      }
      default -> Optional.empty();
    };
  }

  private static boolean near(double found, double wanted) {
    return Math.abs(found - wanted) < CONSTANT_TOLERANCE * Math.abs(wanted);
  }
}
