package io.convlens.graph;

import java.util.function.Predicate;

/** How an operation's output depends on its inputs, for rules that treat these differently. */
enum Linearity {
  /** Each output element is an input element, or none. */
  ROUTED,
  /** Weighted sums of input elements, with a constant summand perhaps. */
  LINEAR,
  /** A function of one input element each. */
  ELEMENTWISE,
  /** The largest of some input elements. */
  LARGEST,
  /** Anything else: products of two inputs, normalisations, a softmax. */
  MIXED;

  /**
   * That of a node.
   *
   * @param varies whether a value depends on what is varied; others are constants here
   */
  static Linearity of(Node node, Predicate<Value> varies) {
    return switch (node) {
      case Node.Concat _, Node.Remap _, Node.Reshape _, Node.Transpose _ -> ROUTED;
      case Node.Conv _,
          Node.ConvTranspose _,
          Node.ChannelAffine _,
          Node.Linear _,
          Node.Interpolate _ ->
          LINEAR;
      case Node.Activate a when a.function() instanceof Activation.Affine -> LINEAR;
      case Node.Activate _, Node.PRelu _ -> ELEMENTWISE;
      case Node.Pool p ->
          switch (p.kind()) {
            case MAX -> LARGEST;
            case AVERAGE, AVERAGE_WITH_PADDING -> LINEAR;
            case LP -> MIXED;
          };
      case Node.Reduce r when r.kind() == Node.ReduceKind.SUM || r.kind() == Node.ReduceKind.MEAN ->
          LINEAR;
      case Node.Binary b -> binary(b, varies.test(b.a()) && varies.test(b.b()), varies.test(b.a()));
      case Node.MatMul m -> varies.test(m.a()) && varies.test(m.b()) ? MIXED : LINEAR;
      default -> MIXED;
    };
  }

  private static Linearity binary(Node.Binary b, boolean both, boolean first) {
    return switch (b.op()) {
      case ADD, SUB -> LINEAR;
      case MUL -> both ? MIXED : LINEAR;
      case DIV -> both || !first ? MIXED : LINEAR;
      case POW, MIN, MAX -> MIXED;
    };
  }
}
