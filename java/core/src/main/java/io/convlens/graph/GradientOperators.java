package io.convlens.graph;

import io.convlens.tensor.Shape;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** The gradient through each kind of node, from its output to its inputs. */
final class GradientOperators implements Propagation {
  private final GradientEmitter emit;
  private final GradientRule rule;
  private final Predicate<Value> wanted;
  private final BiConsumer<Value, Value> send;
  private final NormalizationGradients normalizations;
  private final SelectionGradients selections;

  /** Gradients that go where they are wanted. */
  GradientOperators(Ends ends, GradientRule rule) {
    this.emit = ends.emit();
    this.rule = rule;
    this.wanted = ends.wanted();
    this.send = ends.send();
    this.normalizations = new NormalizationGradients(emit);
    this.selections = new SelectionGradients(emit);
  }

  /** What a person calls the node's operation. */
  static String word(Node node) {
    return switch (node) {
      case Node.Activate a
          when a.function() instanceof Activation.Elementary(Activation.Function f) ->
          f.name().charAt(0) + f.name().substring(1).toLowerCase(java.util.Locale.ROOT);
      case Node.Activate a -> a.function().getClass().getSimpleName();
      case Node.Reduce r -> "Reduce " + r.kind();
      default -> node.getClass().getSimpleName();
    };
  }

  @Override
  public void backward(Node node, Value g) {
    emit.differentiating(node);
    switch (node) {
      case Node.Input _, Node.Constant _ -> {}
      case Node.Conv n ->
          send.accept(
              n.x(),
              emit.add(
                  new Node.ConvTranspose(
                      emit.name(),
                      g,
                      n.weights(),
                      null,
                      n.windowing(),
                      n.groups(),
                      emit.like(n.x()))));
      case Node.ConvTranspose n ->
          send.accept(
              n.x(),
              emit.add(
                  new Node.Conv(
                      emit.name(),
                      g,
                      n.weights(),
                      null,
                      n.windowing(),
                      n.groups(),
                      emit.like(n.x()))));
      case Node.Pool n ->
          send.accept(
              n.x(),
              emit.add(
                  new Node.PoolGradient(
                      emit.name(),
                      g,
                      n.x(),
                      n.kind(),
                      n.windowing(),
                      n.filePadEnd(),
                      n.p(),
                      emit.like(n.x()))));
      case Node.ChannelAffine n -> send.accept(n.x(), emit.channels(g, n.scale()));
      case Node.Lrn n -> send.accept(n.x(), normalizations.lrn(n, g));
      case Node.GroupNorm n -> send.accept(n.x(), normalizations.groupNorm(n, g));
      case Node.LayerNorm n -> send.accept(n.x(), normalizations.layerNorm(n, g));
      case Node.Softmax n -> send.accept(n.x(), normalizations.softmax(n, g));
      case Node.Activate n -> {
        Value seen = n.function().derivativeFromOutput() ? n.output() : n.x();
        send.accept(n.x(), through(g, seen, n.function(), rule));
      }
      case Node.PRelu n -> send.accept(n.x(), prelu(n, g));
      case Node.Binary n -> binary(n, g);
      case Node.Linear n -> send.accept(n.x(), linear(n, g));
      case Node.MatMul n -> matMul(n, g);
      case Node.Concat n -> concat(n, g);
      case Node.Remap n -> send.accept(n.x(), selections.remap(n, g));
      case Node.Interpolate n -> send.accept(n.x(), selections.interpolate(n, g));
      case Node.Reshape n -> send.accept(n.x(), emit.reshape(g, n.x().shape()));
      case Node.Transpose n ->
          send.accept(n.x(), emit.transpose(g, GradientEmitter.inverse(n.order())));
      case Node.Reduce n -> send.accept(n.x(), selections.reduce(n, g));
      case Node.ActivateGradient n -> throw refused(n);
      case Node.PoolGradient n -> throw refused(n);
    }
  }

  /** Says which operation stands in the way. */
  static NoGradientException refused(Node node) {
    return new NoGradientException(
        "the gradient of %s (node '%s') is not computed".formatted(word(node), node.name()));
  }

  /** Says which operation a rule has no way through. */
  static NoGradientException refused(Node node, String rule) {
    return new NoGradientException(
        "%s does not go through %s (node '%s')".formatted(rule, word(node), node.name()));
  }

  private Value through(Value g, Value x, Activation function, GradientRule by) {
    if (function instanceof Activation.Affine(float scale, float _)) {
      return emit.scaled(g, scale);
    }
    return emit.add(new Node.ActivateGradient(emit.name(), g, x, function, by, emit.like(g)));
  }

  /** g where x is positive, slope·g elsewhere. */
  private Value prelu(Node.PRelu n, Value g) {
    Value open = through(g, n.x(), new Activation.Relu(), GradientRule.GRADIENT);
    Value closed = emit.binary(Node.BinaryOp.SUB, g, open, g);
    Value slope = emit.constant(n.slope(), n.slope().shape());
    return emit.sum(open, emit.product(closed, slope));
  }

  private void binary(Node.Binary n, Value g) {
    if (wanted.test(n.a())) {
      send.accept(n.a(), emit.sumTo(byFirst(n, g), n.a().shape()));
    }
    if (wanted.test(n.b())) {
      send.accept(n.b(), emit.sumTo(bySecond(n, g), n.b().shape()));
    }
  }

  private Value byFirst(Node.Binary n, Value g) {
    return switch (n.op()) {
      case ADD, SUB -> g;
      case MUL -> emit.product(g, n.b());
      case DIV -> emit.binary(Node.BinaryOp.DIV, g, n.b(), g);
      case POW -> {
        // b·a^(b−1)
        Value less = emit.activate(n.b(), new Activation.Affine(1, -1));
        Value power = emit.binary(Node.BinaryOp.POW, n.a(), less, g);
        yield emit.product(emit.product(g, power), n.b());
      }
      case MAX, MIN -> emit.product(g, share(n, g, 0.5f));
    };
  }

  private Value bySecond(Node.Binary n, Value g) {
    return switch (n.op()) {
      case ADD -> g;
      case SUB -> emit.scaled(g, -1);
      case MUL -> emit.product(g, n.a());
      case DIV -> {
        // −(a/b)/b
        Value quotient = emit.binary(Node.BinaryOp.DIV, n.output(), n.b(), g);
        yield emit.scaled(emit.product(g, quotient), -1);
      }
      case POW -> {
        // a^b·ln a
        Value log = emit.function(n.a(), Activation.Function.LOG);
        yield emit.product(emit.product(g, n.output()), log);
      }
      case MAX, MIN -> emit.product(g, share(n, g, -0.5f));
    };
  }

  /**
   * How much of the gradient goes to an operand of a maximum or minimum: all to the one that it is,
   * half to each where both are equal, as in PyTorch.
   *
   * @param half positive for the first operand, negative for the second
   */
  private Value share(Node.Binary n, Value as, float half) {
    float way = n.op() == Node.BinaryOp.MAX ? half : -half;
    Value difference = emit.binary(Node.BinaryOp.SUB, n.a(), n.b(), as);
    Value sign = emit.function(difference, Activation.Function.SIGN);
    return emit.activate(sign, new Activation.Affine(way, 0.5f));
  }

  private Value linear(Node.Linear n, Value g) {
    Value weights = emit.constant(n.weights(), n.weights().shape());
    int rank = g.shape().rank();
    if (rank > 1) {
      return emit.matMul(g, weights, 1, n.x().shape());
    }
    Value row = emit.reshape(g, Shape.of(1, g.shape().dim(0)));
    Shape product = Shape.of(1, n.x().shape().dim(0));
    return emit.reshape(emit.matMul(row, weights, 1, product), n.x().shape());
  }

  private void matMul(Node.MatMul n, Value g) {
    if (wanted.test(n.a())) {
      Shape product = g.shape().with(g.shape().rank() - 1, n.a().shape().dim(-1));
      Value byA = emit.matMul(g, emit.turned(n.b()), n.alpha(), product);
      send.accept(n.a(), emit.sumTo(byA, n.a().shape()));
    }
    if (wanted.test(n.b())) {
      Shape product = g.shape().with(g.shape().rank() - 2, n.b().shape().dim(-2));
      Value byB = emit.matMul(emit.turned(n.a()), g, n.alpha(), product);
      send.accept(n.b(), emit.sumTo(byB, n.b().shape()));
    }
  }

  private void concat(Node.Concat n, Value g) {
    int start = 0;
    for (Value v : n.inputs()) {
      int first = start;
      start += v.shape().intDim(n.axis());
      if (wanted.test(v)) {
        List<int[]> maps =
            IntStream.range(0, v.shape().rank())
                .mapToObj(
                    axis -> {
                      int[] map = GradientEmitter.identity(v.shape().intDim(axis));
                      return axis == n.axis()
                          ? java.util.Arrays.stream(map).map(i -> i + first).toArray()
                          : map;
                    })
                .toList();
        send.accept(v, emit.remap(g, maps, v.shape()));
      }
    }
  }
}
