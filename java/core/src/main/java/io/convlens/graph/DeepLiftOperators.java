package io.convlens.graph;

import java.util.Map;

/**
 * Multipliers of DeepLIFT's rescale rule (Shrikumar et al. 2017) in place of gradients: through a
 * function of one number the slope between the baseline and the input, Δy/Δx, elsewhere the
 * gradient. Where Δx is nearly 0 the slope is the derivative, as in Captum.
 *
 * <p>Through a maximum, what the largest of the input gains over the baseline's goes to the input's
 * place, and what the baseline's loses to the baseline's place, each divided by Δx there: Captum's
 * rule. Other than there, overlapping windows add up.
 */
final class DeepLiftOperators implements Propagation {
  /** Below this a difference says nothing in float32. */
  private static final float NEARLY_ZERO = 1e-6f;

  private final Ends ends;
  private final GradientEmitter emit;
  private final GradientOperators gradients;
  private final Map<Value, Value> atBaseline;

  /**
   * Multipliers.
   *
   * @param atBaseline each value's twin, computed from the baseline; constants are their own
   */
  DeepLiftOperators(Ends ends, Map<Value, Value> atBaseline) {
    this.ends = ends;
    this.emit = ends.emit();
    this.gradients = new GradientOperators(ends, GradientRule.GRADIENT);
    this.atBaseline = atBaseline;
  }

  @Override
  public void backward(Node node, Value m) {
    switch (Linearity.of(node, ends.wanted())) {
      case ROUTED, LINEAR -> gradients.backward(node, m);
      case ELEMENTWISE -> elementwise(node, m);
      case LARGEST -> largest((Node.Pool) node, m);
      case MIXED -> throw GradientOperators.refused(node, "DeepLIFT's rescale rule");
    }
  }

  private Value difference(Value v) {
    return emit.binary(Node.BinaryOp.SUB, v, atBaseline.getOrDefault(v, v), v);
  }

  private void elementwise(Node node, Value m) {
    emit.differentiating(node);
    Value x = node.inputs().getFirst();
    var step = new Step(x);
    Value secant = step.divided(emit.product(m, difference(node.output())));
    ends.send().accept(x, secant);
    gradients.backward(node, step.whereNone(m));
  }

  private void largest(Node.Pool node, Value m) {
    emit.differentiating(node);
    var step = new Step(node.x());
    Value before = atBaseline.get(node.output());
    Value larger = emit.binary(Node.BinaryOp.MAX, node.output(), before, m);
    Value gained = emit.product(m, emit.binary(Node.BinaryOp.SUB, larger, before, m));
    Value lost = emit.product(m, emit.binary(Node.BinaryOp.SUB, node.output(), larger, m));
    Value toInput = routed(node, gained, node.x());
    Value toBaseline = routed(node, lost, atBaseline.get(node.x()));
    ends.send().accept(node.x(), step.divided(emit.sum(toInput, toBaseline)));
    ends.send().accept(node.x(), step.whereNone(routed(node, m, node.x())));
  }

  private Value routed(Node.Pool node, Value g, Value by) {
    return emit.add(
        new Node.PoolGradient(
            emit.name(),
            g,
            by,
            node.kind(),
            node.windowing(),
            node.filePadEnd(),
            node.p(),
            emit.like(node.x())));
  }

  /** Δx, and where it is worth dividing by. */
  private final class Step {
    private final Value x;

    /** 1 where Δx is more than nothing, else 0. */
    private final Value some;

    private final Value none;

    Step(Value x) {
      this.x = difference(x);
      Value size = emit.function(this.x, Activation.Function.ABS);
      Value over = emit.activate(size, new Activation.ThresholdedRelu(NEARLY_ZERO));
      this.some = emit.function(over, Activation.Function.SIGN);
      this.none = emit.activate(some, new Activation.Affine(-1, 1));
    }

    /** v/Δx, and 0 where Δx is nearly 0. */
    Value divided(Value v) {
      Value safe = emit.binary(Node.BinaryOp.ADD, x, none, x);
      return emit.binary(Node.BinaryOp.DIV, emit.product(v, some), safe, v);
    }

    /** v where Δx is nearly 0, else 0. */
    Value whereNone(Value v) {
      return emit.product(v, none);
    }
  }
}
