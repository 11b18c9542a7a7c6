package io.convlens.graph;

/**
 * Layer-wise relevance propagation with the ε rule (Bach et al. 2015) in place of gradients: what
 * arrives at a weighted sum is shared out among its summands in proportion, R·x·w/(z + ε·sign(z)),
 * the bias keeping its own share; activations pass relevance on as it is; a maximum gives all to
 * the largest. Normalisations after convolutions are folded into these first.
 */
final class RelevanceOperators implements Propagation {
  private final Ends ends;
  private final GradientEmitter emit;
  private final GradientOperators routes;
  private final GradientOperators sums;
  private final float epsilon;

  /**
   * Relevance.
   *
   * @param epsilon what denominators are kept away from 0 by, above 0
   */
  RelevanceOperators(Ends ends, float epsilon) {
    this.ends = ends;
    this.emit = ends.emit();
    this.epsilon = epsilon;
    this.routes = new GradientOperators(ends, GradientRule.GRADIENT);
    Ends timesInput =
        new Ends(emit, ends.wanted(), (x, share) -> ends.send().accept(x, emit.product(share, x)));
    this.sums = new GradientOperators(timesInput, GradientRule.GRADIENT);
  }

  @Override
  public void backward(Node node, Value relevance) {
    switch (Linearity.of(node, ends.wanted())) {
      case ROUTED, LARGEST -> routes.backward(node, relevance);
      case LINEAR -> {
        emit.differentiating(node);
        sums.backward(node, stabilised(relevance, node.output()));
      }
      case ELEMENTWISE -> ends.send().accept(node.inputs().getFirst(), relevance);
      case MIXED -> throw GradientOperators.refused(node, "LRP's epsilon rule");
    }
  }

  /** R/(z + ε·sign(z)), where the sign of 0 is 1. */
  private Value stabilised(Value relevance, Value z) {
    Value nudged = emit.activate(z, new Activation.Affine(1, Float.MIN_NORMAL));
    Value sign = emit.function(nudged, Activation.Function.SIGN);
    Value below = emit.sum(z, emit.activate(sign, new Activation.Affine(epsilon, 0)));
    return emit.binary(Node.BinaryOp.DIV, relevance, below, relevance);
  }
}
