package io.convlens.graph;

import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Gradients through normalisations, composed of arithmetic and reductions. */
final class NormalizationGradients {
  private final GradientEmitter emit;

  NormalizationGradients(GradientEmitter emit) {
    this.emit = emit;
  }

  /**
   * With d = bias + alpha/size·Σ x² over a window of channels and y = x·d^−beta: g·d^−beta −
   * 2·alpha·beta/size · x · Σ g·x·d^(−beta−1) over the channels whose window holds this one.
   */
  Value lrn(Node.Lrn n, Value g) {
    int before = (n.size() - 1) / 2;
    int after = n.size() / 2;
    Value squares = emit.product(n.x(), n.x());
    Value mean = emit.scaled(over(squares, before, after), n.alpha() / n.size());
    Value d = emit.activate(mean, new Activation.Affine(1, n.bias()));
    Value direct = emit.product(g, emit.activate(d, new Activation.Power(-n.beta())));
    Value down = emit.activate(d, new Activation.Power(-n.beta() - 1));
    Value weighted = emit.product(emit.product(g, n.x()), down);
    Value spread = emit.product(over(weighted, after, before), n.x());
    double factor = -2.0 * n.alpha() * n.beta() / n.size();
    return emit.sum(direct, emit.scaled(spread, factor));
  }

  /** Sums over channels c − before to c + after. */
  private Value over(Value x, int before, int after) {
    int channels = x.shape().intDim(1);
    List<int[]> indices = new ArrayList<>();
    List<float[]> weights = new ArrayList<>();
    for (int c = 0; c < channels; c++) {
      int[] at = new int[before + after + 1];
      float[] weight = new float[at.length];
      for (int k = 0; k < at.length; k++) {
        int from = c - before + k;
        boolean inside = from >= 0 && from < channels;
        at[k] = inside ? from : c;
        weight[k] = inside ? 1 : 0;
      }
      indices.add(at);
      weights.add(weight);
    }
    return emit.interpolate(x, 1, indices, weights);
  }

  Value groupNorm(Node.GroupNorm n, Value g) {
    Shape shape = n.x().shape();
    Shape runs = Shape.of(shape.dim(0), n.groups(), shape.product(1, shape.rank()) / n.groups());
    Value scaled = emit.reshape(emit.channels(g, n.scale()), runs);
    Value x = emit.reshape(n.x(), runs);
    return emit.reshape(standardised(x, scaled, List.of(2), n.epsilon()), shape);
  }

  Value layerNorm(Node.LayerNorm n, Value g) {
    Shape shape = n.x().shape();
    long[] own = new long[shape.rank() - n.axis()];
    for (int i = 0; i < own.length; i++) {
      own[i] = shape.dim(n.axis() + i);
    }
    Value scaled = emit.product(g, emit.reshape(scale(n), Shape.of(own)));
    List<Integer> axes = IntStream.range(n.axis(), shape.rank()).boxed().toList();
    return standardised(n.x(), scaled, axes, n.epsilon());
  }

  private Value scale(Node.LayerNorm n) {
    return emit.constant(n.scale(), n.scale().shape());
  }

  /**
   * Through z = (x − mean)/σ: (g − mean(g) − z·mean(g·z))/σ (Ioffe and Szegedy 2015, for one run).
   */
  private Value standardised(Value x, Value g, List<Integer> axes, float epsilon) {
    Value centred =
        emit.binary(Node.BinaryOp.SUB, x, emit.reduce(x, Node.ReduceKind.MEAN, axes), x);
    Value variance = emit.reduce(emit.product(centred, centred), Node.ReduceKind.MEAN, axes);
    Value deviation =
        emit.function(
            emit.activate(variance, new Activation.Affine(1, epsilon)), Activation.Function.SQRT);
    Value z = emit.binary(Node.BinaryOp.DIV, centred, deviation, x);
    Value level = emit.reduce(g, Node.ReduceKind.MEAN, axes);
    Value slope = emit.reduce(emit.product(g, z), Node.ReduceKind.MEAN, axes);
    Value flat = emit.binary(Node.BinaryOp.SUB, g, level, g);
    Value rest = emit.binary(Node.BinaryOp.SUB, flat, emit.product(z, slope), g);
    return emit.binary(Node.BinaryOp.DIV, rest, deviation, g);
  }

  /** y·(g − Σ g·y); of the logarithm g − exp(y)·Σ g. */
  Value softmax(Node.Softmax n, Value g) {
    List<Integer> axes = IntStream.range(n.from(), n.to()).boxed().toList();
    if (n.log()) {
      Value share = emit.function(n.output(), Activation.Function.EXP);
      Value total = emit.reduce(g, Node.ReduceKind.SUM, axes);
      return emit.binary(Node.BinaryOp.SUB, g, emit.product(share, total), g);
    }
    Value mean = emit.reduce(emit.product(g, n.output()), Node.ReduceKind.SUM, axes);
    return emit.product(emit.binary(Node.BinaryOp.SUB, g, mean, g), n.output());
  }
}
