package io.convlens.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A graph that computes, after the values of another one, the gradient of one of them with respect
 * to some that come before it (reverse accumulation). It is a graph like any other: the same
 * engine, memory plan and devices run it. Gradients of weights are not computed.
 *
 * <pre>{@code
 * try (var backward = Backward.of(graph, logits, Set.of(graph.input()), GradientRule.GRADIENT)) {
 *   // Upload pictures to graph().input() and one-hot rows to seed(), run, and read
 *   // gradient(graph.input()).
 * }
 * }</pre>
 *
 * <p>What is differentiated is Σ seed·value, so that the seed chooses a class, a unit, a channel or
 * any direction, picture by picture. Its values keep their identity: those of the original graph
 * that were asked for can be read as before.
 *
 * <p>Owns the arrays that it makes: close it after everything that uses its graph. Immutable.
 */
public final class Backward implements AutoCloseable {
  private final Graph graph;
  private final Value seed;
  private final Map<Value, Value> gradients;
  private final Passes passes;
  private final Owner owner;

  private Backward(
      Graph graph, Value seed, Map<Value, Value> gradients, Passes passes, Owner owner) {
    this.graph = graph;
    this.seed = seed;
    this.gradients = Map.copyOf(gradients);
    this.passes = passes;
    this.owner = owner;
  }

  /**
   * Builds the gradient's graph.
   *
   * @param of what is differentiated
   * @param to what by: the input, or values of layers
   * @param rule what ReLU-like activations do to the gradient
   * @throws NoGradientException if an operator on the way has none, or there is no way
   */
  public static Backward of(Graph graph, Value of, Set<Value> to, GradientRule rule) {
    return of(graph, of, to, Set.of(), rule);
  }

  /**
   * The same.
   *
   * @param read further values of the graph that are to be read after a run
   */
  public static Backward of(
      Graph graph, Value of, Set<Value> to, Set<Value> read, GradientRule rule) {
    Set<Value> keep = new HashSet<>(to);
    keep.addAll(read);
    keep.add(of);
    var passes = new Passes(keep);
    var owner = new Owner();
    try {
      // Functions that a file writes out are recognised first: rules are for ReLUs, not for the
      // clipping inside a written-out HardSwish.
      Graph forward = passes.optimise(graph);
      return new Walk(forward, of, to, rule, owner).backward(passes);
    } catch (RuntimeException | Error e) {
      passes.close();
      owner.close();
      throw e;
    }
  }

  /** The nodes of the original graph and those of the gradient. */
  public Graph graph() {
    return graph;
  }

  /** The second input: of the shape of what is differentiated, the weight of each element. */
  public Value seed() {
    return seed;
  }

  /**
   * Where the gradient with respect to a value is.
   *
   * @param value one that was asked for
   * @return of its shape
   */
  public Value gradient(Value value) {
    Value g = gradients.get(value);
    if (g == null) {
      throw new IllegalArgumentException("no gradient of " + value + " was asked for");
    }
    return g;
  }

  /** Frees what was made for the gradient; twice is fine. */
  @Override
  public void close() {
    passes.close();
    owner.close();
  }

  /** One walk from the end to the values that are wanted. */
  private static final class Walk {
    private final Graph forward;
    private final Value of;
    private final Set<Value> to;
    private final Owner owner;
    private final GradientEmitter emit;
    private final GradientOperators operators;

    /** Values that depend on one that is wanted, wanted ones included. */
    private final Set<Value> reached = new HashSet<>();

    private final Map<Value, Value> gradients = new HashMap<>();
    private final List<String> flat = new ArrayList<>();

    Walk(Graph forward, Value of, Set<Value> to, GradientRule rule, Owner owner) {
      this.forward = forward;
      this.of = of;
      this.to = to;
      this.owner = owner;
      this.emit = new GradientEmitter(owner);
      this.operators = new GradientOperators(emit, rule, this::wants, this::add);
      reached.addAll(to);
      for (Node n : forward.nodes()) {
        if (n.inputs().stream().anyMatch(reached::contains)) {
          reached.add(n.output());
        }
      }
    }

    private boolean wants(Value v) {
      return reached.contains(v);
    }

    private void add(Value v, Value contribution) {
      Value before = gradients.get(v);
      gradients.put(v, before == null ? contribution : emit.sum(before, contribution));
    }

    Backward backward(Passes passes) {
      var seed = new Value("~seed", of.shape(), of.batched());
      emit.add(new Node.Input("seed", seed));
      gradients.put(of, seed);
      for (Node n : forward.nodes().reversed()) {
        Value g = gradients.get(n.output());
        if (g != null && n.inputs().stream().anyMatch(this::wants)) {
          through(n, g);
        }
      }
      Map<Value, Value> found = new LinkedHashMap<>();
      for (Value v : to) {
        found.put(v, found(v));
      }
      List<Node> all = new ArrayList<>(forward.nodes());
      all.addAll(emit.nodes());
      return new Backward(forward.with(all), seed, found, passes, owner);
    }

    private void through(Node n, Value g) {
      if (n instanceof Node.Activate a && a.function().isFlat()) {
        flat.add("%s (node '%s')".formatted(GradientOperators.word(n), n.name()));
        return;
      }
      operators.backward(n, g);
    }

    private Value found(Value v) {
      Value g = gradients.get(v);
      if (g != null) {
        return g;
      }
      String why =
          flat.isEmpty()
              ? "does not depend on it"
              : "depends on it only through " + String.join(", ", flat) + ", flat everywhere";
      throw new NoGradientException(
          "no gradient leads to %s: %s %s".formatted(word(v), word(of), why));
    }

    /** What a person calls a value. */
    private String word(Value v) {
      return v == forward.input()
          ? "the input"
          : forward.layers().stream()
              .filter(l -> l.value() == v)
              .findFirst()
              .map(l -> "'" + l.name() + "'")
              .orElse("'" + v.name() + "'");
    }
  }
}
