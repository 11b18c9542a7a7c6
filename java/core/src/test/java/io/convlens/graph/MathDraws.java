package io.convlens.graph;

import static io.convlens.graph.RandomGraphs.kind;

import io.convlens.graph.GraphSketch.Val;
import io.convlens.graph.OnnxBuilder.ElementType;
import io.convlens.graph.OnnxBuilder.NodeBuilder;
import io.convlens.graph.RandomGraphs.Kind;
import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Random activations, arithmetic, matrix products, reductions. */
final class MathDraws {
  private MathDraws() {}

  static List<Kind> kinds() {
    List<Kind> kinds = new ArrayList<>(activations());
    kinds.addAll(elementary());
    for (String op : List.of("Add", "Sub", "Mul", "Div", "Pow", "Min", "Max")) {
      // Before opset 8 these two don't broadcast, and no constant is as long as an open batch.
      int from = op.equals("Min") || op.equals("Max") ? 8 : 7;
      kinds.add(kind(op, 2, 6, (g, x) -> withConstant(g, x, op)).from(from));
    }
    for (String op : List.of("Add", "Sub", "Mul", "Div", "Min", "Max", "Sum")) {
      kinds.add(kind(op + " of two", 2, 6, (g, x) -> withComputed(g, x, op)));
    }
    kinds.add(kind("Gemm", 2, 5, MathDraws::gemm));
    kinds.add(kind("MatMul", 2, 5, MathDraws::matMul));
    kinds.add(kind("MatMul of two", 3, 5, MathDraws::attention));
    for (String op :
        List.of(
            "Mean", "Sum", "Max", "Min", "L1", "L2", "SumSquare", "LogSum", "LogSumExp", "Prod")) {
      kinds.add(kind("Reduce" + op, 2, 6, (g, x) -> reduce(g, x, "Reduce" + op)));
    }
    kinds.add(kind("Softmax", 2, 6, (g, x) -> softmax(g, x, "Softmax")));
    kinds.add(kind("LogSoftmax", 2, 6, (g, x) -> softmax(g, x, "LogSoftmax")));
    kinds.add(kind("LayerNormalization", 2, 6, MathDraws::layerNorm).from(17));
    kinds.add(kind("layer norm in parts", 2, 6, MathDraws::layerNormInParts));
    return kinds;
  }

  private static List<Kind> activations() {
    List<Kind> kinds = new ArrayList<>();
    for (String op : List.of("Relu", "Sigmoid", "Tanh", "Softplus", "Softsign")) {
      kinds.add(kind(op, 2, 6, (g, x) -> g.unary(op, x, x.bound() + 1)));
    }
    kinds.add(kind("Mish", 2, 6, (g, x) -> g.unary("Mish", x, x.bound())).from(18));
    kinds.add(kind("HardSwish", 2, 6, (g, x) -> g.unary("HardSwish", x, x.bound())).from(14));
    kinds.add(kind("LeakyRelu", 2, 6, (g, x) -> shaped(g, x, "LeakyRelu", 0.01, 0.3)));
    kinds.add(kind("Elu", 2, 6, (g, x) -> shaped(g, x, "Elu", 0.5, 1.5)));
    kinds.add(kind("Celu", 2, 6, (g, x) -> shaped(g, x, "Celu", 0.5, 1.5)).from(12));
    kinds.add(kind("Selu", 2, 6, MathDraws::selu));
    kinds.add(kind("HardSigmoid", 2, 6, MathDraws::hardSigmoid));
    kinds.add(kind("Clip", 2, 6, MathDraws::clip));
    kinds.add(kind("PRelu", 2, 6, MathDraws::pRelu));
    kinds.add(kind("Gelu", 2, 6, MathDraws::gelu).from(20));
    kinds.add(kind("Gelu in parts", 2, 6, MathDraws::geluInParts).from(9));
    kinds.add(kind("SiLU in parts", 2, 6, MathDraws::silu));
    kinds.add(kind("Mish in parts", 2, 6, MathDraws::mishInParts));
    kinds.add(kind("HardSwish in parts", 2, 6, MathDraws::hardSwishInParts));
    return kinds;
  }

  private static List<Kind> elementary() {
    List<Kind> kinds = new ArrayList<>();
    for (String op : List.of("Abs", "Neg", "Sin", "Cos")) {
      kinds.add(kind(op, 2, 6, (g, x) -> g.unary(op, x, x.bound())));
    }
    kinds.add(kind("Erf", 2, 6, (g, x) -> g.unary("Erf", x, 1)).from(9));
    kinds.add(kind("Exp", 2, 6, (g, x) -> g.unary("Exp", g.atMost(2, x), Math.exp(2))));
    kinds.add(kind("Log", 2, 6, (g, x) -> g.unary("Log", g.positive(x, 0.3), 3)));
    kinds.add(kind("Sqrt", 2, 6, (g, x) -> root(g, g.positive(x, 0.1))));
    kinds.add(kind("Reciprocal", 2, 6, (g, x) -> g.unary("Reciprocal", g.positive(x, 0.5), 2)));
    // Functions with steps: only on the input itself, exactly scaled, since a rounding error
    // before the step would move a value across it.
    for (String op : List.of("Floor", "Ceil")) {
      kinds.add(kind(op, 2, 6, (g, x) -> step(g, op)));
    }
    kinds.add(kind("Round", 2, 6, (g, x) -> step(g, "Round")).from(11));
    kinds.add(kind("Sign", 2, 6, (g, x) -> step(g, "Sign")).from(9));
    kinds.add(kind("ThresholdedRelu", 2, 6, (g, x) -> step(g, "ThresholdedRelu")).from(10));
    return kinds;
  }

  private static Val step(GraphSketch g, String op) {
    Val x = g.values().getFirst();
    Val scaled = g.like(x, g.onnx().node("Mul", x.name(), g.onnx().scalar(4)), 4 * x.bound());
    NodeBuilder node = g.onnx().node(op, scaled.name());
    return g.like(
        x, op.equals("ThresholdedRelu") ? node.f("alpha", 0.75) : node, scaled.bound() + 1);
  }

  private static Val root(GraphSketch g, Val x) {
    return g.unary("Sqrt", x, Math.sqrt(x.bound()));
  }

  private static Val shaped(GraphSketch g, Val x, String op, double low, double high) {
    NodeBuilder node = g.onnx().node(op, x.name());
    return g.like(x, g.chance(0.7) ? node.f("alpha", g.between(low, high)) : node, x.bound() + 1);
  }

  private static Val selu(GraphSketch g, Val x) {
    NodeBuilder node = g.onnx().node("Selu", x.name());
    return g.like(
        x, g.chance(0.5) ? node.f("alpha", 1.2).f("gamma", 1.1) : node, 2 * x.bound() + 2);
  }

  private static Val hardSigmoid(GraphSketch g, Val x) {
    NodeBuilder node = g.onnx().node("HardSigmoid", x.name());
    return g.like(x, g.chance(0.5) ? node.f("alpha", 1 / 6.0).f("beta", 0.5) : node, 1);
  }

  /** Bounds as attributes before opset 11, as inputs that may be left out from then on. */
  private static Val clip(GraphSketch g, Val x) {
    int form = g.between(0, 2);
    float min = g.pick(0f, -1f, -0.5f);
    float max = g.pick(6f, 1f, 0.5f);
    if (g.opset() < 11) {
      NodeBuilder node = g.onnx().node("Clip", x.name());
      if (form != 1) {
        node.f("min", min);
      }
      return g.like(x, form == 2 ? node : node.f("max", max), x.bound());
    }
    String low = form == 1 ? "" : g.onnx().scalar(min);
    NodeBuilder node =
        form == 2
            ? g.onnx().node("Clip", x.name(), low)
            : g.onnx().node("Clip", x.name(), low, g.onnx().scalar(max));
    return g.like(x, node, x.bound());
  }

  private static Val pRelu(GraphSketch g, Val x) {
    long[] slope =
        switch (g.between(0, 2)) {
          case 0 -> new long[] {1};
          case 1 -> Arrays.copyOfRange(x.shape().dims(), 1, x.rank());
          default -> aChannel(x);
        };
    NodeBuilder node = g.onnx().node("PRelu", x.name(), g.weights(0, 0.5, slope));
    return g.like(x, node, x.bound());
  }

  /** [C, 1, …, 1]: broadcasts over all but axis 1. */
  private static long[] aChannel(Val x) {
    long[] dims = new long[x.rank() - 1];
    Arrays.fill(dims, 1);
    dims[0] = x.dim(1);
    return dims;
  }

  private static Val gelu(GraphSketch g, Val x) {
    NodeBuilder node = g.onnx().node("Gelu", x.name());
    return g.like(
        x, g.chance(0.6) ? node.s("approximate", g.pick("none", "tanh")) : node, x.bound());
  }

  /** As torch.onnx writes it before opset 20. */
  private static Val geluInParts(GraphSketch g, Val x) {
    OnnxBuilder b = g.onnx();
    String erf = b.node("Erf", b.node("Div", x.name(), b.scalar((float) Math.sqrt(2))).out()).out();
    String one = b.node("Add", erf, b.scalar(1)).out();
    String product = b.node("Mul", x.name(), one).out();
    return g.like(x, b.node("Mul", product, b.scalar(0.5f)), x.bound());
  }

  private static Val silu(GraphSketch g, Val x) {
    Val gate = g.unary("Sigmoid", x, 1);
    return g.like(x, g.onnx().node("Mul", x.name(), gate.name()), x.bound());
  }

  private static Val mishInParts(GraphSketch g, Val x) {
    Val gate = g.unary("Tanh", g.unary("Softplus", x, x.bound() + 1), 1);
    return g.like(x, g.onnx().node("Mul", x.name(), gate.name()), x.bound());
  }

  private static Val hardSwishInParts(GraphSketch g, Val x) {
    OnnxBuilder b = g.onnx();
    String shifted = b.node("Add", x.name(), b.scalar(3)).out();
    String clipped =
        g.opset() < 11
            ? b.node("Clip", shifted).f("min", 0).f("max", 6).out()
            : b.node("Clip", shifted, b.scalar(0), b.scalar(6)).out();
    String product = b.node("Mul", x.name(), clipped).out();
    return g.like(x, b.node("Div", product, b.scalar(6)), x.bound());
  }

  private static Val withConstant(GraphSketch g, Val x, String op) {
    if (op.equals("Pow")) {
      return pow(g, x);
    }
    long[] dims = operandDims(g, x);
    boolean divides = op.equals("Div");
    String constant = divides ? g.weights(0.5, 2, dims) : g.weights(1.5, dims);
    boolean left = g.chance(0.3);
    Val operand = divides && left ? g.positive(x, 0.5) : x;
    NodeBuilder node =
        left
            ? g.onnx().node(op, constant, operand.name())
            : g.onnx().node(op, operand.name(), constant);
    return g.like(x, node, divides && left ? 4 : 2 * x.bound() + 1.5);
  }

  /** Extents that broadcast to x's without adding to them. */
  private static long[] operandDims(GraphSketch g, Val x) {
    return switch (g.between(0, 5)) {
      case 0 -> new long[0];
      case 1 -> new long[] {1};
      case 2 -> aChannel(x);
      case 3 -> new long[] {x.dim(-1)};
      case 4 -> x.shape().with(0, 1).dims();
      default -> withBatch(aChannel(x));
    };
  }

  private static long[] withBatch(long[] dims) {
    long[] all = new long[dims.length + 1];
    all[0] = 1;
    System.arraycopy(dims, 0, all, 1, dims.length);
    return all;
  }

  private static Val pow(GraphSketch g, Val x) {
    Val quiet = g.atMost(3, x);
    float exponent = g.pick(2f, 3f, 0.5f, -1f, 1.5f);
    Val base = exponent == 2 || exponent == 3 ? quiet : g.positive(quiet, 0.5);
    NodeBuilder node = g.onnx().node("Pow", base.name(), g.onnx().scalar(exponent));
    return g.like(x, node, Math.pow(base.bound(), Math.max(exponent, 1)));
  }

  /** With another value of its shape, with its own mean over space, or with itself. */
  private static Val withComputed(GraphSketch g, Val x, String op) {
    boolean alike = g.opset() < 8 && List.of("Min", "Max", "Sum").contains(op);
    Val other = alike || g.chance(0.6) ? sameShape(g, x) : smaller(g, x);
    if (op.equals("Div")) {
      other = g.positive(other, 0.5);
      return g.like(x, g.onnx().node(op, x.name(), other.name()), 2 * x.bound());
    }
    double bound = op.equals("Mul") ? x.bound() * other.bound() : x.bound() + other.bound();
    NodeBuilder node =
        g.chance(0.5)
            ? g.onnx().node(op, x.name(), other.name())
            : g.onnx().node(op, other.name(), x.name());
    return g.like(x, node, bound);
  }

  private static Val sameShape(GraphSketch g, Val x) {
    List<Val> same =
        g.values().stream().filter(v -> v.shape().equals(x.shape()) && !v.equals(x)).toList();
    return same.isEmpty() ? g.unary("Tanh", x, 1) : g.pick(same);
  }

  private static Val smaller(GraphSketch g, Val x) {
    int axis = g.axis(x);
    NodeBuilder node = g.withAxes("ReduceMean", x, 18, g.spelled(axis, x)).i("keepdims", 1);
    return g.add(node, x.shape().with(axis, 1), x.bound());
  }

  private static Val gemm(GraphSketch g, Val x) {
    Val f = g.flat(x);
    long in = f.dim(1);
    long out = g.between(1, 12);
    boolean transposed = g.chance(0.7);
    double bound = GraphSketch.spread(in);
    String w = transposed ? g.weights(bound, out, in) : g.weights(bound, in, out);
    List<String> inputs = new ArrayList<>(List.of(f.name(), w));
    int form = g.opset() >= 11 ? g.between(0, 3) : g.between(1, 3);
    switch (form) {
      case 1 -> inputs.add(g.weights(0.5, out));
      case 2 -> inputs.add(g.weights(0.5, 1, out));
      case 3 -> inputs.add(g.weights(0.5, 1));
      default -> {}
    }
    NodeBuilder node = g.onnx().node("Gemm", inputs);
    if (transposed || g.chance(0.5)) {
      node.i("transB", transposed ? 1 : 0);
    }
    if (g.chance(0.4)) {
      node.f("alpha", 0.5).f("beta", 2);
    }
    return g.add(node, Shape.of(f.dim(0), out), 1.7 * x.bound() + 1);
  }

  /** By a constant: from the right, or a matrix from the left. */
  private static Val matMul(GraphSketch g, Val x) {
    if (x.rank() >= 3 && g.chance(0.3)) {
      long in = x.dim(-2);
      long out = g.between(1, 8);
      String w = g.weights(GraphSketch.spread(in), out, in);
      return g.add(g.onnx().node("MatMul", w, x.name()), x.shape().with(-2, out), 1.7 * x.bound());
    }
    long in = x.dim(-1);
    long out = g.between(1, 8);
    String w = g.weights(GraphSketch.spread(in), in, out);
    return g.add(g.onnx().node("MatMul", x.name(), w), x.shape().with(-1, out), 1.7 * x.bound());
  }

  /** Softmax(QKᵀ)·V with Q, K and V from one value. */
  private static Val attention(GraphSketch g, Val x) {
    OnnxBuilder b = g.onnx();
    Val small = g.atMost(3, x);
    long tokens = x.shape().product(2, x.rank());
    if (tokens > 120) {
      return matMul(g, x);
    }
    long c = x.dim(1);
    String q = b.node("Reshape", small.name(), g.int64s(0, c, -1)).out();
    String k = b.node("Transpose", q).ints("perm", 0, 2, 1).out();
    String scores = b.node("MatMul", k, q).out();
    String scaled = b.node("Mul", scores, b.scalar((float) (1 / Math.sqrt((double) c)))).out();
    String shares = b.node("Softmax", scaled).i("axis", 2).out();
    return g.add(b.node("MatMul", shares, k), Shape.of(x.dim(0), tokens, c), 3);
  }

  private static Val reduce(GraphSketch g, Val x, String op) {
    int[] axes = reducedAxes(g, x, op.equals("ReduceProd"));
    long count = 1;
    for (int a : axes) {
      count *= x.dim(a);
    }
    Val operand =
        switch (op) {
          case "ReduceLogSum" -> g.positive(x, 0.3);
          case "ReduceLogSumExp" -> g.atMost(5, x);
          case "ReduceProd" -> nearOne(g, x);
          case "ReduceSumSquare" -> g.atMost(3, x);
          default -> x;
        };
    boolean keep = x.rank() - axes.length < 2 || g.chance(0.6);
    long[] spelled = Arrays.stream(axes).mapToLong(a -> g.spelled(a, x)).toArray();
    int inputFrom = op.equals("ReduceSum") ? 13 : 18;
    NodeBuilder node = g.withAxes(op, operand, inputFrom, spelled);
    if (!keep || g.chance(0.5)) {
      node.i("keepdims", keep ? 1 : 0);
    }
    return g.add(node, reducedShape(x, axes, keep), reducedBound(op, operand.bound(), count));
  }

  /** Some axes but the batch, ascending; a product only over a few elements, or it vanishes. */
  private static int[] reducedAxes(GraphSketch g, Val x, boolean one) {
    if (one || g.chance(0.5)) {
      return new int[] {g.axis(x)};
    }
    int from = g.axis(x);
    int to = g.between(from, x.rank() - 1);
    int[] axes = new int[to - from + 1];
    Arrays.setAll(axes, i -> from + i);
    return axes;
  }

  private static Val nearOne(GraphSketch g, Val x) {
    Val t = g.atMost(0.1, g.unary("Tanh", x, 1));
    return g.like(x, g.onnx().node("Add", t.name(), g.onnx().scalar(1)), 1.1);
  }

  private static Shape reducedShape(Val x, int[] axes, boolean keep) {
    List<Long> dims = new ArrayList<>();
    for (int i = 0; i < x.rank(); i++) {
      int axis = i;
      boolean reduced = Arrays.stream(axes).anyMatch(a -> a == axis);
      if (!reduced) {
        dims.add(x.dim(i));
      } else if (keep) {
        dims.add(1L);
      }
    }
    return Shape.of(dims);
  }

  private static double reducedBound(String op, double bound, long count) {
    return switch (op) {
      case "ReduceSum", "ReduceL1" -> bound * count;
      case "ReduceL2" -> bound * Math.sqrt((double) count);
      case "ReduceSumSquare" -> bound * bound * count;
      case "ReduceLogSum", "ReduceLogSumExp" -> bound + Math.log((double) count) + 2;
      case "ReduceProd" -> Math.pow(bound, (double) count);
      default -> bound;
    };
  }

  private static Val softmax(GraphSketch g, Val x, String op) {
    NodeBuilder node = g.onnx().node(op, x.name());
    // Before opset 13 the axis cuts the shape in two, from then on it is the one that sums to 1.
    if (g.opset() >= 13 || g.chance(0.7)) {
      node.i("axis", g.spelled(g.axis(x), x));
    }
    return g.like(x, node, op.equals("Softmax") ? 1 : 2 * x.bound() + 8);
  }

  private static Val layerNorm(GraphSketch g, Val x) {
    int axis = g.axis(x);
    long[] dims = Arrays.copyOfRange(x.shape().dims(), axis, x.rank());
    List<String> inputs = new ArrayList<>(List.of(x.name(), g.weights(0.5, 1.5, dims)));
    if (g.chance(0.7)) {
      inputs.add(g.weights(0.5, dims));
    }
    NodeBuilder node = g.onnx().node("LayerNormalization", inputs).i("axis", g.spelled(axis, x));
    return g.like(x, node.f("epsilon", g.pick(1e-5, 1e-2)), 5);
  }

  /** As torch.onnx writes it before opset 17. */
  private static Val layerNormInParts(GraphSketch g, Val x) {
    OnnxBuilder b = g.onnx();
    long last = g.opset() >= 11 ? -1 : x.rank() - 1;
    String mean = g.withAxes("ReduceMean", x, 18, last).out();
    Val centred = g.like(x, b.node("Sub", x.name(), mean), 2 * x.bound());
    Val squares = g.like(x, b.node("Pow", centred.name(), b.scalar(2)), 4);
    String variance = g.withAxes("ReduceMean", squares, 18, last).out();
    String root = b.node("Sqrt", b.node("Add", variance, b.scalar(1e-5f)).out()).out();
    String normed = b.node("Div", centred.name(), root).out();
    String scaled = b.node("Mul", normed, g.weights(0.5, 1.5, x.dim(-1))).out();
    return g.like(x, b.node("Add", scaled, g.weights(0.5, x.dim(-1))), 5);
  }

  /** A value that nothing but the type changes. */
  static Val cast(GraphSketch g, Val x) {
    return g.like(x, g.onnx().node("Cast", x.name()).i("to", ElementType.FLOAT.code()), x.bound());
  }
}
