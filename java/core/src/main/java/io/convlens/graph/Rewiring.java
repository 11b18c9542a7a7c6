package io.convlens.graph;

import java.util.function.UnaryOperator;

/** The same operations on other values. */
final class Rewiring {
  private Rewiring() {}

  /** The node with other inputs and another output. */
  static Node of(Node node, UnaryOperator<Value> in, Value out) {
    return switch (node) {
      case Node.Input n -> new Node.Input(n.name(), out);
      case Node.Constant n -> new Node.Constant(n.name(), n.data(), out);
      case Node.Conv n ->
          new Node.Conv(
              n.name(), in.apply(n.x()), n.weights(), n.bias(), n.windowing(), n.groups(), out);
      case Node.ConvTranspose n ->
          new Node.ConvTranspose(
              n.name(), in.apply(n.x()), n.weights(), n.bias(), n.windowing(), n.groups(), out);
      case Node.Pool n ->
          new Node.Pool(
              n.name(), in.apply(n.x()), n.kind(), n.windowing(), n.filePadEnd(), n.p(), out);
      case Node.ChannelAffine n ->
          new Node.ChannelAffine(n.name(), in.apply(n.x()), n.scale(), n.shift(), out);
      case Node.Lrn n ->
          new Node.Lrn(n.name(), in.apply(n.x()), n.size(), n.alpha(), n.beta(), n.bias(), out);
      case Node.GroupNorm n ->
          new Node.GroupNorm(
              n.name(), in.apply(n.x()), n.groups(), n.epsilon(), n.scale(), n.shift(), out);
      case Node.LayerNorm n ->
          new Node.LayerNorm(
              n.name(), in.apply(n.x()), n.axis(), n.epsilon(), n.scale(), n.shift(), out);
      case Node.Activate n -> new Node.Activate(n.name(), in.apply(n.x()), n.function(), out);
      case Node.PRelu n -> new Node.PRelu(n.name(), in.apply(n.x()), n.slope(), out);
      case Node.Binary n ->
          new Node.Binary(n.name(), n.op(), in.apply(n.a()), in.apply(n.b()), out);
      case Node.Linear n -> new Node.Linear(n.name(), in.apply(n.x()), n.weights(), n.bias(), out);
      case Node.MatMul n ->
          new Node.MatMul(n.name(), in.apply(n.a()), in.apply(n.b()), n.alpha(), out);
      case Node.Concat n ->
          new Node.Concat(n.name(), n.inputs().stream().map(in).toList(), n.axis(), out);
      case Node.Remap n -> new Node.Remap(n.name(), in.apply(n.x()), n.maps(), n.fill(), out);
      case Node.Interpolate n ->
          new Node.Interpolate(n.name(), in.apply(n.x()), n.axis(), n.indices(), n.weights(), out);
      case Node.Reshape n -> new Node.Reshape(n.name(), in.apply(n.x()), out);
      case Node.Transpose n -> new Node.Transpose(n.name(), in.apply(n.x()), n.order(), out);
      case Node.Softmax n ->
          new Node.Softmax(n.name(), in.apply(n.x()), n.from(), n.to(), n.log(), out);
      case Node.Reduce n -> new Node.Reduce(n.name(), in.apply(n.x()), n.kind(), n.axes(), out);
      case Node.ActivateGradient n ->
          new Node.ActivateGradient(
              n.name(), in.apply(n.gradient()), in.apply(n.x()), n.function(), n.rule(), out);
      case Node.PoolGradient n ->
          new Node.PoolGradient(
              n.name(),
              in.apply(n.gradient()),
              in.apply(n.x()),
              n.kind(),
              n.windowing(),
              n.filePadEnd(),
              n.p(),
              out);
    };
  }
}
