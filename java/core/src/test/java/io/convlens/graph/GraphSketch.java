package io.convlens.graph;

import io.convlens.graph.OnnxBuilder.ElementType;
import io.convlens.graph.OnnxBuilder.Encoding;
import io.convlens.graph.OnnxBuilder.NodeBuilder;
import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/** A random graph in the making: the file so far, its values, and dice. */
final class GraphSketch {

  /**
   * A float value of the graph.
   *
   * @param shape its extents for one picture
   * @param bound what its magnitudes hardly exceed; an estimate that keeps numbers in range
   */
  record Val(String name, Shape shape, double bound) {
    int rank() {
      return shape.rank();
    }

    long dim(int axis) {
      return shape.dim(axis);
    }
  }

  /** Values of more elements are not enlarged. */
  private static final long LARGE = 3000;

  /** Values are scaled down when they may exceed this, since exponentials follow. */
  private static final double LOUD = 16;

  private final OnnxBuilder onnx;
  private final SplittableRandom random;
  private final List<Val> values = new ArrayList<>();

  GraphSketch(OnnxBuilder onnx, SplittableRandom random) {
    this.onnx = onnx;
    this.random = random;
  }

  OnnxBuilder onnx() {
    return onnx;
  }

  int opset() {
    return onnx.opset();
  }

  /** What later nodes can take, the graph's input first. */
  List<Val> values() {
    return values;
  }

  /** From {@code low} to {@code high}, both included. */
  int between(long low, long high) {
    return (int) random.nextLong(low, high + 1);
  }

  double between(double low, double high) {
    return random.nextDouble(low, high);
  }

  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  /** One of them. */
  @SafeVarargs
  final <T> T pick(T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** One of them. */
  <T> T pick(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  boolean large(Val x) {
    return x.shape().size() > LARGE;
  }

  /** A value to feed a node of these ranks: mostly a late one; empty where there is none. */
  List<Val> ofRank(int least, int most) {
    return values.stream().filter(v -> v.rank() >= least && v.rank() <= most).toList();
  }

  /** The bound of uniform weights that keep the magnitude of what they are summed with. */
  static double spread(long fanIn) {
    return Math.sqrt(3.0 / fanIn);
  }

  /** Numbers between −bound and bound as a constant, in one of the encodings. */
  String weights(double bound, long... dims) {
    return weights(-bound, bound, dims);
  }

  /** Numbers between two as a constant, in one of the encodings. */
  String weights(double low, double high, long... dims) {
    double[] values = new double[(int) LongStream.of(dims).reduce(1, (a, b) -> a * b)];
    Arrays.setAll(values, i -> (float) random.nextDouble(low, high));
    var encoding = pick(Encoding.values());
    return onnx.constant(OnnxBuilder.tensor(ElementType.FLOAT, encoding, dims, values));
  }

  /** Whole numbers as a constant of rank 1. */
  String int64s(long... values) {
    return onnx.int64s(values);
  }

  /** Adds a node with one output of this shape. */
  Val add(NodeBuilder node, Shape shape, double bound) {
    return new Val(node.out(), shape, bound);
  }

  /** Adds a node whose output is like its input. */
  Val like(Val x, NodeBuilder node, double bound) {
    return add(node, x.shape(), bound);
  }

  /** A node without attributes whose output is like its input. */
  Val unary(String op, Val x, double bound) {
    return like(x, onnx.node(op, x.name()), bound);
  }

  /** The value scaled down where its magnitude may exceed {@code limit}. */
  Val atMost(double limit, Val x) {
    if (x.bound() <= limit) {
      return x;
    }
    String scale = onnx.scalar((float) (limit / x.bound()));
    return like(x, onnx.node("Mul", x.name(), scale), limit);
  }

  /** The value in a range where every operator behaves. */
  Val quiet(Val x) {
    return atMost(LOUD, x);
  }

  /** |x| + least: for logarithms, roots and divisors. */
  Val positive(Val x, double least) {
    Val a = unary("Abs", x, x.bound());
    return like(x, onnx.node("Add", a.name(), onnx.scalar((float) least)), x.bound() + least);
  }

  /** An axis that is not the batch's, mostly one with more than one element. */
  int axis(Val x) {
    int axis = between(1, x.rank() - 1);
    for (int tries = 0; x.dim(axis) == 1 && tries < 3; tries++) {
      axis = between(1, x.rank() - 1);
    }
    return axis;
  }

  /** The axis itself, or counted from the end where the opset allows it. */
  long spelled(int axis, Val x) {
    return opset() >= 11 && chance(0.4) ? axis - x.rank() : axis;
  }

  /** Axes as an input or as an attribute, as the opset has it. */
  NodeBuilder withAxes(String op, Val x, int inputFrom, long... axes) {
    return opset() >= inputFrom
        ? onnx.node(op, x.name(), int64s(axes))
        : onnx.node(op, x.name()).ints("axes", axes);
  }

  /** A value's channels brought to {@code count} by a convolution of one tap. */
  Val channels(Val x, long count) {
    if (x.dim(1) == count) {
      return x;
    }
    long in = x.dim(1);
    long[] dims = new long[x.rank()];
    Arrays.fill(dims, 1);
    dims[0] = count;
    dims[1] = in;
    String w = weights(spread(in), dims);
    return add(onnx.node("Conv", x.name(), w), x.shape().with(1, count), 1.7 * x.bound());
  }

  /** [N, everything else]. */
  Val flat(Val x) {
    if (x.rank() == 2) {
      return x;
    }
    Shape shape = Shape.of(x.dim(0), x.shape().product(1, x.rank()));
    return add(onnx.node("Flatten", x.name()).i("axis", 1), shape, x.bound());
  }
}
