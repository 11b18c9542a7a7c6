package io.convlens.graph;

import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Operators that compute element by element. */
final class ElementOperators {
  private ElementOperators() {}

  static void register(Map<String, Operator> all) {
    activation(all, "Relu", _ -> new Activation.Relu());
    activation(all, "LeakyRelu", n -> new Activation.LeakyRelu(n.number("alpha", 0.01f)));
    activation(all, "Elu", n -> new Activation.Elu(n.number("alpha", 1)));
    activation(
        all,
        "Selu",
        n -> new Activation.Selu(n.number("alpha", 1.6732632f), n.number("gamma", 1.050701f)));
    activation(all, "Celu", n -> new Activation.Celu(n.number("alpha", 1)));
    activation(all, "ThresholdedRelu", n -> new Activation.ThresholdedRelu(n.number("alpha", 1)));
    activation(all, "Sigmoid", _ -> new Activation.Sigmoid());
    activation(
        all,
        "HardSigmoid",
        n -> new Activation.HardSigmoid(n.number("alpha", 0.2f), n.number("beta", 0.5f)));
    activation(all, "HardSwish", _ -> new Activation.HardSwish());
    activation(all, "Mish", _ -> new Activation.Mish());
    activation(all, "Gelu", n -> new Activation.Gelu(n.text("approximate", "none").equals("tanh")));
    activation(all, "Softplus", _ -> new Activation.Softplus());
    activation(all, "Softsign", _ -> new Activation.Softsign());
    activation(all, "Neg", _ -> new Activation.Affine(-1, 0));
    elementary(all, "Tanh", Activation.Function.TANH);
    elementary(all, "Erf", Activation.Function.ERF);
    elementary(all, "Abs", Activation.Function.ABS);
    elementary(all, "Exp", Activation.Function.EXP);
    elementary(all, "Log", Activation.Function.LOG);
    elementary(all, "Sqrt", Activation.Function.SQRT);
    elementary(all, "Reciprocal", Activation.Function.RECIPROCAL);
    elementary(all, "Floor", Activation.Function.FLOOR);
    elementary(all, "Ceil", Activation.Function.CEIL);
    elementary(all, "Round", Activation.Function.ROUND);
    elementary(all, "Sign", Activation.Function.SIGN);
    elementary(all, "Sin", Activation.Function.SIN);
    elementary(all, "Cos", Activation.Function.COS);
    all.put("Clip", ElementOperators::clip);
    all.put("PRelu", ElementOperators::prelu);
    all.put("Add", n -> pair(n, Node.BinaryOp.ADD));
    all.put("Sub", n -> pair(n, Node.BinaryOp.SUB));
    all.put("Mul", n -> pair(n, Node.BinaryOp.MUL));
    all.put("Div", n -> pair(n, Node.BinaryOp.DIV));
    all.put("Pow", n -> pair(n, Node.BinaryOp.POW));
    all.put("Sum", n -> chain(n, Node.BinaryOp.ADD));
    all.put("Min", n -> chain(n, Node.BinaryOp.MIN));
    all.put("Max", n -> chain(n, Node.BinaryOp.MAX));
    all.put("Mean", ElementOperators::mean);
  }

  private static void activation(
      Map<String, Operator> all, String op, Function<NodeReader, Activation> function) {
    all.put(op, n -> n.output(n.emit().activate(n.input(0), function.apply(n))));
  }

  private static void elementary(Map<String, Operator> all, String op, Activation.Function f) {
    activation(all, op, _ -> new Activation.Elementary(f));
  }

  private static void clip(NodeReader n) {
    float low = n.number("min", Float.NEGATIVE_INFINITY);
    float high = n.number("max", Float.POSITIVE_INFINITY);
    if (n.opset() >= 11) {
      low = bound(n, 1, low);
      high = bound(n, 2, high);
    }
    n.output(n.emit().activate(n.input(0), new Activation.Clip(low, high)));
  }

  private static float bound(NodeReader n, int input, float absent) {
    if (!n.has(input)) {
      return absent;
    }
    ConstantArray a = n.constant(input, "bounds");
    if (a.shape().size() != 1) {
      throw n.refuse("has a bound of shape " + a.shape());
    }
    return (float) a.at(0);
  }

  private static void prelu(NodeReader n) {
    Value x = n.value(0);
    Tensor slope = slopes(n, x.shape());
    Shape to = Emitter.broadcast(x.shape(), slope.shape());
    boolean apart = slope.shape().rank() < x.shape().rank() || slope.shape().dim(0) == 1;
    if (!to.equals(x.shape())) {
      throw n.refuse("has slopes of shape " + slope.shape() + " for " + x.shape());
    }
    Emitter.keepApart(n.input(0), apart);
    n.emit(x.shape(), x, y -> new Node.PRelu(n.name(), x, slope, y));
  }

  /** Before opset 7, a list of slopes has one a channel; since then it broadcasts. */
  private static Tensor slopes(NodeReader n, Shape x) {
    Tensor slopes = n.weights(1, "slopes");
    if (n.opset() >= 7 || slopes.shape().rank() != 1 || x.rank() < 2) {
      return slopes;
    }
    long[] dims = new long[x.rank() - 1];
    Arrays.fill(dims, 1);
    dims[0] = slopes.size();
    return ConstantArray.of(ElementType.FLOAT, slopes)
        .reshaped(Shape.of(dims), n.emit().owner())
        .floats();
  }

  private static void pair(NodeReader n, Node.BinaryOp op) {
    n.output(arithmetic(n.emit(), op, n.input(0), n.second()));
  }

  private static void chain(NodeReader n, Node.BinaryOp op) {
    n.output(chained(n, op));
  }

  private static Operand chained(NodeReader n, Node.BinaryOp op) {
    List<Operand> inputs = n.allInputs();
    if (inputs.isEmpty()) {
      throw n.refuse("has no inputs");
    }
    Operand result = inputs.getFirst();
    for (Operand next : inputs.subList(1, inputs.size())) {
      result = arithmetic(n.emit(), op, result, next);
    }
    return result;
  }

  private static void mean(NodeReader n) {
    Operand sum = chained(n, Node.BinaryOp.ADD);
    n.output(n.emit().activate(sum, new Activation.Affine(1f / n.inputs(), 0)));
  }

  /** Arithmetic in the form that runs best: with one number, or one a channel, where it is that. */
  static Operand arithmetic(Emitter emit, Node.BinaryOp op, Operand a, Operand b) {
    Shape to = Emitter.broadcast(a.shape(), b.shape());
    if (b instanceof Operand.Known k && !(a instanceof Operand.Known) && a.shape().equals(to)) {
      return withConstant(emit, op, a, k.array());
    }
    if (a instanceof Operand.Known k && !(b instanceof Operand.Known) && b.shape().equals(to)) {
      return switch (op) {
        case ADD, MUL, MIN, MAX -> withConstant(emit, op, b, k.array());
        case SUB -> {
          Operand negative = emit.activate(b, new Activation.Affine(-1, 0));
          yield withConstant(emit, Node.BinaryOp.ADD, negative, k.array());
        }
        case DIV, POW -> emit.binary(op, a, b);
      };
    }
    return emit.binary(op, a, b);
  }

  private static Operand withConstant(Emitter emit, Node.BinaryOp op, Operand x, ConstantArray c) {
    if (!c.isFloat() && op != Node.BinaryOp.POW) {
      throw new RefusedNodeException("computes with whole numbers of type " + c.type());
    }
    if (c.shape().size() == 1 && (op != Node.BinaryOp.DIV || hasReciprocal((float) c.at(0)))) {
      return emit.activate(x, withNumber(op, (float) c.at(0)));
    }
    boolean linear = op != Node.BinaryOp.POW && op != Node.BinaryOp.MIN && op != Node.BinaryOp.MAX;
    if (linear && isPerChannel(c.shape(), x.shape())) {
      return perChannel(emit, op, x, c.floats());
    }
    return emit.binary(op, x, emit.known(c));
  }

  private static boolean hasReciprocal(float v) {
    float r = 1 / v;
    return Float.isFinite(r) && Math.abs(r) >= Float.MIN_NORMAL;
  }

  /** x op v. A quotient is a product with the reciprocal, right to one unit in the last place. */
  private static Activation withNumber(Node.BinaryOp op, float v) {
    return switch (op) {
      case ADD -> new Activation.Affine(1, v);
      case SUB -> new Activation.Affine(1, -v);
      case MUL -> new Activation.Affine(v, 0);
      case DIV -> new Activation.Affine(1 / v, 0);
      case POW -> new Activation.Power(v);
      case MIN -> new Activation.Clip(Float.NEGATIVE_INFINITY, v);
      case MAX -> new Activation.Clip(v, Float.POSITIVE_INFINITY);
    };
  }

  private static Operand perChannel(Emitter emit, Node.BinaryOp op, Operand x, Tensor c) {
    Owner owner = emit.owner();
    Shape channels = Shape.of(c.size());
    ConstantArray.Elements scale =
        switch (op) {
          case MUL -> c::get;
          case DIV -> i -> 1.0 / c.get(i);
          default -> _ -> 1;
        };
    ConstantArray.Elements shift =
        switch (op) {
          case ADD -> c::get;
          case SUB -> i -> -(double) c.get(i);
          default -> _ -> 0;
        };
    return emit.channelAffine(
        x,
        owner.derived(
            List.of("scale", op, c), () -> ConstantArray.floats(channels, owner, scale).floats()),
        owner.derived(
            List.of("shift", op, c), () -> ConstantArray.floats(channels, owner, shift).floats()));
  }

  /** Whether a constant has one number a channel of a map. */
  private static boolean isPerChannel(Shape c, Shape x) {
    int channelAxis = c.rank() - x.rank() + 1;
    return x.rank() >= 3
        && channelAxis >= 0
        && c.dim(channelAxis) == x.dim(1)
        && c.size() == x.dim(1);
  }
}
