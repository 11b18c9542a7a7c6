package io.convlens.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

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
  private final Optional<Value> baseline;
  private final Map<Value, Value> gradients;
  private final Passes passes;
  private final Owner owner;

  private Backward(
      Graph graph,
      Value seed,
      Optional<Value> baseline,
      Map<Value, Value> gradients,
      Passes passes,
      Owner owner) {
    this.graph = graph;
    this.seed = seed;
    this.baseline = baseline;
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
    return of(graph, of, to, read, walk -> walk.gradients(rule));
  }

  /**
   * The same with multipliers of DeepLIFT's rescale rule instead of gradients (Shrikumar et al.
   * 2017): times the way from the {@link #baseline}, they add up to the difference of what is
   * differentiated. The baseline runs through a second copy of the forward pass.
   *
   * @throws NoGradientException also if the rule has no way through an operator
   */
  public static Backward deepLift(Graph graph, Value of, Set<Value> to, Set<Value> read) {
    return of(graph, of, to, read, Walk::multipliers);
  }

  /**
   * The same with relevance instead of gradients: {@link #gradient} is each element's share of the
   * value itself by the ε rule of layer-wise relevance propagation (Bach et al. 2015).
   *
   * @param epsilon what denominators are kept away from 0 by, above 0
   * @throws NoGradientException also if the rule has no way through an operator
   */
  public static Backward relevance(
      Graph graph, Value of, Set<Value> to, Set<Value> read, float epsilon) {
    return of(graph, of, to, read, walk -> walk.relevance(epsilon));
  }

  private static Backward of(
      Graph graph, Value of, Set<Value> to, Set<Value> read, Function<Walk, Backward> by) {
    Set<Value> keep = new HashSet<>(to);
    keep.addAll(read);
    keep.add(of);
    var passes = new Passes(keep);
    var owner = new Owner();
    try {
      // Functions that a file writes out are recognised first: rules are for ReLUs, not for the
      // clipping inside a written-out HardSwish.
      Graph forward = passes.optimise(graph);
      return by.apply(new Walk(forward, of, to, passes, owner));
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

  /** The third input, where DeepLIFT compares with one: of the shape of the graph's input. */
  public Optional<Value> baseline() {
    return baseline;
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
    private final Passes passes;
    private final Owner owner;
    private final GradientEmitter emit;

    /** Values that depend on one that is wanted, wanted ones included. */
    private final Set<Value> reached = new HashSet<>();

    private final Map<Value, Value> gradients = new HashMap<>();
    private final List<String> flat = new ArrayList<>();

    Walk(Graph forward, Value of, Set<Value> to, Passes passes, Owner owner) {
      this.forward = forward;
      this.of = of;
      this.to = to;
      this.passes = passes;
      this.owner = owner;
      this.emit = new GradientEmitter(owner);
      reached.addAll(to);
      for (Node n : forward.nodes()) {
        if (n.inputs().stream().anyMatch(reached::contains)) {
          reached.add(n.output());
        }
      }
    }

    private Propagation.Ends ends() {
      return new Propagation.Ends(emit, this::wants, this::add);
    }

    Backward gradients(GradientRule rule) {
      Value seed = seed();
      gradients.put(of, seed);
      return backward(seed, Optional.empty(), new GradientOperators(ends(), rule));
    }

    Backward relevance(float epsilon) {
      Value seed = seed();
      gradients.put(of, emit.product(seed, of));
      return backward(seed, Optional.empty(), new RelevanceOperators(ends(), epsilon));
    }

    Backward multipliers() {
      Map<Value, Value> twins = twins();
      Value seed = seed();
      gradients.put(of, seed);
      Value baseline = twins.get(forward.input());
      return backward(seed, Optional.of(baseline), new DeepLiftOperators(ends(), twins));
    }

    private Value seed() {
      var seed = new Value("~seed", of.shape(), of.batched());
      return emit.add(new Node.Input("seed", seed));
    }

    /** The forward pass once more, from another input. */
    private Map<Value, Value> twins() {
      Map<Value, Value> twins = new HashMap<>();
      for (Node n : forward.nodes()) {
        Value v = n.output();
        if (v == forward.input() || n.inputs().stream().anyMatch(twins::containsKey)) {
          var twin = new Value("~baseline " + v.name(), v.shape(), v.batched());
          emit.add(Rewiring.of(n, i -> twins.getOrDefault(i, i), twin));
          twins.put(v, twin);
        }
      }
      return twins;
    }

    private boolean wants(Value v) {
      return reached.contains(v);
    }

    private void add(Value v, Value contribution) {
      Value before = gradients.get(v);
      gradients.put(v, before == null ? contribution : emit.sum(before, contribution));
    }

    private Backward backward(Value seed, Optional<Value> baseline, Propagation operators) {
      for (Node n : forward.nodes().reversed()) {
        Value g = gradients.get(n.output());
        if (g != null && n.inputs().stream().anyMatch(this::wants)) {
          through(n, g, operators);
        }
      }
      Map<Value, Value> found = new LinkedHashMap<>();
      for (Value v : to) {
        found.put(v, found(v));
      }
      List<Node> all = new ArrayList<>(forward.nodes());
      all.addAll(emit.nodes());
      return new Backward(forward.with(all), seed, baseline, found, passes, owner);
    }

    private void through(Node n, Value g, Propagation operators) {
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
