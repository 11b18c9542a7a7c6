package io.convlens.graph;

import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Appends the nodes of a gradient, and knows the shapes that they produce. */
final class GradientEmitter {
  private final Owner owner;
  private final List<Node> nodes = new ArrayList<>();
  private String name = "gradient";

  GradientEmitter(Owner owner) {
    this.owner = owner;
  }

  /** Names the nodes that follow after the node that they differentiate. */
  void differentiating(Node node) {
    name = "gradient of " + node.name();
  }

  /** The nodes so far, in order. */
  List<Node> nodes() {
    return Collections.unmodifiableList(nodes);
  }

  /** What nodes are called now. */
  String name() {
    return name;
  }

  Value add(Node node) {
    nodes.add(node);
    return node.output();
  }

  /** A new value that is as much of a batch as another. */
  Value like(Value v, Shape shape) {
    return new Value("~g" + nodes.size() + " " + name, shape, v.batched());
  }

  Value like(Value v) {
    return like(v, v.shape());
  }

  Value sum(Value a, Value b) {
    return binary(Node.BinaryOp.ADD, a, b, a);
  }

  Value product(Value a, Value b) {
    return binary(Node.BinaryOp.MUL, a, b, a);
  }

  /** A function of two numbers; {@code as} has the shape that both broadcast to. */
  Value binary(Node.BinaryOp op, Value a, Value b, Value as) {
    return add(new Node.Binary(name, op, a, b, like(as)));
  }

  Value activate(Value x, Activation function) {
    return add(new Node.Activate(name, x, function, like(x)));
  }

  Value scaled(Value x, double factor) {
    return factor == 1 ? x : activate(x, new Activation.Affine((float) factor, 0));
  }

  Value function(Value x, Activation.Function f) {
    return activate(x, new Activation.Elementary(f));
  }

  Value constant(Tensor data, Shape shape) {
    Value v = new Value("~c" + nodes.size() + " " + name, shape, false);
    return add(new Node.Constant(name, data, v));
  }

  /** scale·x a channel. */
  Value channels(Value x, Tensor scale) {
    Tensor zeros = owner.zeros(scale.shape());
    return add(new Node.ChannelAffine(name, x, scale, zeros, like(x)));
  }

  Value reshape(Value x, Shape shape) {
    return x.shape().equals(shape) ? x : add(new Node.Reshape(name, x, like(x, shape)));
  }

  Value transpose(Value x, List<Integer> order) {
    if (order.equals(IntStream.range(0, order.size()).boxed().toList())) {
      return x;
    }
    int[] axes = order.stream().mapToInt(Integer::intValue).toArray();
    return add(new Node.Transpose(name, x, order, like(x, x.shape().permute(axes))));
  }

  /** The order that undoes another. */
  static List<Integer> inverse(List<Integer> order) {
    Integer[] back = new Integer[order.size()];
    for (int i = 0; i < back.length; i++) {
      back[order.get(i)] = i;
    }
    return List.of(back);
  }

  /** A reduction that keeps its axes with extent 1. */
  Value reduce(Value x, Node.ReduceKind kind, List<Integer> axes) {
    if (axes.isEmpty()) {
      return x;
    }
    Shape kept = x.shape();
    for (int axis : axes) {
      kept = kept.with(axis, 1);
    }
    return add(new Node.Reduce(name, x, kind, axes, like(x, kept)));
  }

  /** A gradient of a broadcast array, summed over what it was repeated for. */
  Value sumTo(Value g, Shape shape) {
    int missing = g.shape().rank() - shape.rank();
    List<Integer> repeated = new ArrayList<>();
    for (int axis = 0; axis < g.shape().rank(); axis++) {
      long own = axis < missing ? 1 : shape.dim(axis - missing);
      if (own == 1 && g.shape().dim(axis) != 1) {
        repeated.add(axis);
      }
    }
    return reshape(reduce(g, Node.ReduceKind.SUM, repeated), shape);
  }

  /** Repeats axes of extent 1. */
  Value expand(Value x, Shape shape) {
    if (x.shape().equals(shape)) {
      return x;
    }
    List<int[]> maps = new ArrayList<>();
    for (int axis = 0; axis < shape.rank(); axis++) {
      boolean repeats = x.shape().dim(axis) != shape.dim(axis);
      maps.add(repeats ? new int[shape.intDim(axis)] : identity(shape.intDim(axis)));
    }
    return remap(x, maps, shape);
  }

  Value remap(Value x, List<int[]> maps, Shape shape) {
    return add(new Node.Remap(name, x, maps, 0, like(x, shape)));
  }

  static int[] identity(int length) {
    int[] map = new int[length];
    Arrays.setAll(map, i -> i);
    return map;
  }

  Value interpolate(Value x, int axis, List<int[]> indices, List<float[]> weights) {
    Value y = like(x, x.shape().with(axis, indices.size()));
    return add(new Node.Interpolate(name, x, axis, indices, weights, y));
  }

  Value matMul(Value a, Value b, float alpha, Shape shape) {
    return add(new Node.MatMul(name, a, b, alpha, like(a.batched() ? a : b, shape)));
  }

  /** The last two axes swapped. */
  Value turned(Value x) {
    int rank = x.shape().rank();
    List<Integer> order = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
    Collections.swap(order, rank - 1, rank - 2);
    return transpose(x, order);
  }
}
