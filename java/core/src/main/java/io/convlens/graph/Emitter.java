package io.convlens.graph;

import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Makes nodes, or folds them where everything is known. The few operations that ONNX's operators
 * come down to are each here once, with the rule that keeps pictures apart.
 */
final class Emitter {
  /** The most elements of a value for the base batch: 1 GiB of them. */
  private static final long MOST_ELEMENTS = 1L << 28;

  /** The most entries of all maps of {@link Node.Remap} together, and of one of them. */
  private static final long MOST_ENTRIES = 1L << 26;

  private static final int LONGEST_MAP = 1 << 24;

  /** The most elements of all constants of whole numbers together. */
  private static final long MOST_WHOLES = 1L << 25;

  private final List<Node> nodes = new ArrayList<>();
  private final Owner owner;
  private long entries;
  private long wholes;
  private String node = "";
  private int made;

  Emitter(Owner owner) {
    this.owner = owner;
  }

  List<Node> nodes() {
    return nodes;
  }

  Owner owner() {
    return owner;
  }

  /** The ONNX node that is being read, for the names of what is made. */
  void reading(String name) {
    node = name;
  }

  String nodeName() {
    return node;
  }

  /** Makes a node from the value that it produces. */
  interface Maker {
    Node of(Value output);
  }

  /** Emits a node whose output counts pictures if one of the inputs does. */
  Operand emit(Shape shape, List<Value> inputs, Maker maker) {
    boolean batched = inputs.stream().anyMatch(Value::batched);
    checkSize(shape);
    if (batched && (shape.rank() == 0 || shape.dim(0) != batchOf(inputs))) {
      throw new MixedBatchException();
    }
    Value output = new Value(node + (made == 0 ? "" : "~" + made), shape, batched);
    made++;
    nodes.add(maker.of(output));
    return new Operand.Computed(output);
  }

  /** Refuses what no device could hold. */
  static void checkSize(Shape shape) {
    if (shape.size() > MOST_ELEMENTS) {
      throw new RefusedNodeException("makes an array of shape " + shape + ", which is too large");
    }
  }

  private static long batchOf(List<Value> inputs) {
    return inputs.stream().filter(Value::batched).findFirst().orElseThrow().shape().dim(0);
  }

  /** Whether axis 0 of an operand counts pictures. */
  static boolean batched(Operand x) {
    return x instanceof Operand.Computed c && c.value().batched();
  }

  /** Refuses to go on with pictures apart, unless a rule holds. */
  static void keepApart(Operand x, boolean rule) {
    if (batched(x) && !rule) {
      throw new MixedBatchException();
    }
  }

  /** The operand as a value, a constant as a node of its own. */
  Value value(Operand x) {
    return switch (x) {
      case Operand.Computed c -> c.value();
      case Operand.Known k -> constant(k.array());
    };
  }

  private Value constant(ConstantArray array) {
    if (!array.isFloat()) {
      throw new RefusedNodeException("computes with whole numbers of type " + array.type());
    }
    Value output = new Value(node + "~" + made++, array.shape(), false);
    nodes.add(new Node.Constant(node, array.floats(), output));
    return output;
  }

  Operand.Known known(ConstantArray array) {
    wholes += array.isFloat() ? 0 : array.shape().size();
    if (wholes > MOST_WHOLES) {
      throw new RefusedNodeException("needs too many constants of whole numbers");
    }
    return new Operand.Known(array);
  }

  // What operators come down to.

  Operand reshape(Operand x, Shape to) {
    if (x.shape().size() != to.size()) {
      throw new RefusedNodeException(
          "reshapes " + x.shape() + " to " + to + ", which has another number of elements");
    }
    if (x.shape().equals(to)) {
      return x;
    }
    if (x instanceof Operand.Known k) {
      return known(k.array().reshaped(to, owner));
    }
    Value v = value(x);
    return emit(to, List.of(v), out -> new Node.Reshape(node, v, out));
  }

  Operand transpose(Operand x, int... order) {
    if (Arrays.equals(order, IntStream.range(0, order.length).toArray())) {
      return x;
    }
    if (x instanceof Operand.Known k) {
      return known(k.array().transposed(order, owner));
    }
    keepApart(x, order[0] == 0);
    Value v = value(x);
    List<Integer> list = Arrays.stream(order).boxed().toList();
    return emit(
        x.shape().permute(order), List.of(v), out -> new Node.Transpose(node, v, list, out));
  }

  Operand remap(Operand x, List<int[]> maps, double fill) {
    if (isIdentity(x.shape(), maps)) {
      return x;
    }
    if (x instanceof Operand.Known k) {
      return known(k.array().remapped(maps, fill, owner));
    }
    keepApart(x, isIdentity(x.shape().dim(0), maps.getFirst()));
    entries += maps.stream().mapToLong(m -> m.length).sum();
    if (entries > MOST_ENTRIES) {
      throw new RefusedNodeException("picks among too many elements");
    }
    Value v = value(x);
    Shape to = Shape.of(maps.stream().map(m -> (long) m.length).toList());
    return emit(to, List.of(v), out -> new Node.Remap(node, v, maps, (float) fill, out));
  }

  private static boolean isIdentity(Shape x, List<int[]> maps) {
    for (int axis = 0; axis < maps.size(); axis++) {
      if (!isIdentity(x.dim(axis), maps.get(axis))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isIdentity(long extent, int[] map) {
    if (map.length != extent) {
      return false;
    }
    for (int i = 0; i < map.length; i++) {
      if (map[i] != i) {
        return false;
      }
    }
    return true;
  }

  /** One map an axis, each the identity. */
  static List<int[]> identities(Shape x) {
    List<int[]> maps = new ArrayList<>();
    for (int axis = 0; axis < x.rank(); axis++) {
      if (x.dim(axis) > LONGEST_MAP) {
        throw new RefusedNodeException(
            "picks from an array of shape " + x + ", which is too large");
      }
      maps.add(IntStream.range(0, x.intDim(axis)).toArray());
    }
    return maps;
  }

  /** Repeats axes of extent 1 up to a shape. */
  Operand expand(Operand x, Shape to) {
    checkSize(to);
    int missing = to.rank() - x.shape().rank();
    long[] dims = new long[to.rank()];
    List<int[]> maps = new ArrayList<>();
    for (int axis = 0; axis < to.rank(); axis++) {
      dims[axis] = axis < missing ? 1 : x.shape().dim(axis - missing);
      int extent = to.intDim(axis);
      maps.add(dims[axis] == 1 ? new int[extent] : IntStream.range(0, extent).toArray());
    }
    keepApart(x, missing == 0);
    return remap(reshape(x, Shape.of(dims)), maps, 0);
  }

  Operand activate(Operand x, Activation f) {
    if (x instanceof Operand.Known k) {
      ConstantArray a = k.array();
      if (!a.isFloat()) {
        return known(ConstantArray.wholes(a.type(), a.shape(), i -> (long) f.apply(a.at(i))));
      }
      return known(ConstantArray.floats(a.shape(), owner, i -> f.apply(a.at(i))));
    }
    Value v = value(x);
    return emit(x.shape(), List.of(v), out -> new Node.Activate(node, v, f, out));
  }

  Operand binary(Node.BinaryOp op, Operand a, Operand b) {
    Shape to = broadcast(a.shape(), b.shape());
    checkSize(to);
    if (a instanceof Operand.Known ka && b instanceof Operand.Known kb) {
      return known(Arithmetic.fold(op, ka.array(), kb.array(), to, owner));
    }
    checkBroadcast(a, to);
    checkBroadcast(b, to);
    keepBesides(a, b, to);
    keepBesides(b, a, to);
    Value va = value(a);
    Value vb = value(b);
    return emit(to, List.of(va, vb), out -> new Node.Binary(node, op, va, vb, out));
  }

  static Shape broadcast(Shape a, Shape b) {
    try {
      return Shape.broadcast(a, b);
    } catch (IllegalArgumentException e) {
      throw new RefusedNodeException(e.getMessage());
    }
  }

  /** What meets pictures must say the same to each: a constant with an entry a picture doesn't. */
  static void keepBesides(Operand pictures, Operand other, Shape to) {
    boolean differs =
        !batched(other) && other.shape().rank() == to.rank() && other.shape().dim(0) != 1;
    if (batched(pictures) && differs) {
      throw new MixedBatchException();
    }
  }

  /** Pictures stand in axis 0 of the result. */
  private static void checkBroadcast(Operand x, Shape to) {
    if (batched(x) && x.shape().rank() != to.rank()) {
      throw new MixedBatchException();
    }
  }

  Operand concat(List<Operand> parts, int axis) {
    long length = parts.stream().mapToLong(p -> p.shape().dim(axis)).sum();
    Shape first = parts.getFirst().shape();
    Shape to = first.with(axis, length);
    for (Operand p : parts) {
      if (p.shape().rank() != to.rank() || !p.shape().with(axis, 0).equals(to.with(axis, 0))) {
        throw new RefusedNodeException(
            "joins arrays of shapes " + first + " and " + p.shape() + " along axis " + axis);
      }
    }
    if (parts.size() == 1) {
      return parts.getFirst();
    }
    if (parts.stream().allMatch(p -> p instanceof Operand.Known)) {
      List<ConstantArray> arrays = parts.stream().map(p -> ((Operand.Known) p).array()).toList();
      return known(ConstantArray.concatenated(arrays, axis, to, owner));
    }
    boolean anyBatched = parts.stream().anyMatch(Emitter::batched);
    if (anyBatched && (axis == 0 || !parts.stream().allMatch(Emitter::batched))) {
      throw new MixedBatchException();
    }
    List<Value> values = parts.stream().map(this::value).toList();
    return emit(to, values, out -> new Node.Concat(node, values, axis, out));
  }

  Operand reduce(Operand x, Node.ReduceKind kind, List<Integer> axes, boolean keep) {
    Shape kept = x.shape();
    for (int a : axes) {
      kept = kept.with(a, 1);
    }
    List<Long> dims = new ArrayList<>();
    for (int a = 0; a < kept.rank(); a++) {
      if (keep || !axes.contains(a)) {
        dims.add(kept.dim(a));
      }
    }
    Shape to = Shape.of(dims);
    if (x instanceof Operand.Known k) {
      return known(Arithmetic.reduce(kind, k.array(), axes, kept, owner).reshaped(to, owner));
    }
    keepApart(x, !axes.contains(0));
    Value v = value(x);
    return emit(to, List.of(v), out -> new Node.Reduce(node, v, kind, axes, out));
  }

  Operand interpolate(Operand x, int axis, List<int[]> indices, List<float[]> weights) {
    keepApart(x, axis != 0);
    Value v = value(x);
    Shape to = x.shape().with(axis, indices.size());
    return emit(to, List.of(v), out -> new Node.Interpolate(node, v, axis, indices, weights, out));
  }

  Operand channelAffine(Operand x, Tensor scale, Tensor shift) {
    Value v = value(x);
    return emit(x.shape(), List.of(v), out -> new Node.ChannelAffine(node, v, scale, shift, out));
  }
}
