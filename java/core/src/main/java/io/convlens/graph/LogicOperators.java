package io.convlens.graph;

import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** Constants, casts, comparisons and choices: what is known beforehand, folded away. */
final class LogicOperators {
  private static final long MAX_RANGE = 1 << 24;

  private LogicOperators() {}

  static void register(Map<String, Operator> all) {
    all.put("Constant", LogicOperators::constant);
    all.put("ConstantOfShape", LogicOperators::constantOfShape);
    all.put("Cast", LogicOperators::cast);
    all.put("CastLike", LogicOperators::castLike);
    all.put("Range", LogicOperators::range);
    all.put("Where", LogicOperators::where);
    all.put("Not", LogicOperators::not);
    all.put("Mod", n -> n.output(fold(n, (a, b) -> mod(n, a, b), false)));
    all.put("Equal", n -> n.output(fold(n, (a, b) -> a == b ? 1 : 0, true)));
    all.put("Less", n -> n.output(fold(n, (a, b) -> a < b ? 1 : 0, true)));
    all.put("LessOrEqual", n -> n.output(fold(n, (a, b) -> a <= b ? 1 : 0, true)));
    all.put("Greater", n -> n.output(fold(n, (a, b) -> a > b ? 1 : 0, true)));
    all.put("GreaterOrEqual", n -> n.output(fold(n, (a, b) -> a >= b ? 1 : 0, true)));
    all.put("And", n -> n.output(fold(n, (a, b) -> a != 0 && b != 0 ? 1 : 0, true)));
    all.put("Or", n -> n.output(fold(n, (a, b) -> a != 0 || b != 0 ? 1 : 0, true)));
    all.put("Xor", n -> n.output(fold(n, (a, b) -> (a != 0) != (b != 0) ? 1 : 0, true)));
  }

  private static double mod(NodeReader n, double a, double b) {
    if (b == 0) {
      throw n.refuse("divides by zero");
    }
    return n.integer("fmod", 0) != 0 ? a % b : a - b * Math.floor(a / b);
  }

  private static void constant(NodeReader n) {
    Emitter emit = n.emit();
    if (n.hasAttribute("value_float")) {
      n.output(emit.known(floats(emit, Shape.SCALAR, List.of(n.number("value_float", 0)))));
    } else if (n.hasAttribute("value_floats")) {
      List<Float> values = n.numbers("value_floats").orElseThrow();
      n.output(emit.known(floats(emit, Shape.of(values.size()), values)));
    } else if (n.hasAttribute("value_int")) {
      n.output(
          emit.known(ConstantArray.of(ElementType.INT64, Shape.SCALAR, n.integer("value_int", 0))));
    } else if (n.hasAttribute("value_ints")) {
      n.output(emit.known(ConstantArray.int64s(n.integers("value_ints").orElseThrow())));
    } else {
      throw n.refuse("holds no tensor or numbers");
    }
  }

  private static ConstantArray floats(Emitter emit, Shape shape, List<Float> values) {
    return ConstantArray.floats(shape, emit.owner(), i -> values.get((int) i));
  }

  private static void constantOfShape(NodeReader n) {
    Shape shape;
    try {
      shape = Shape.of(n.integers(0, "a shape"));
    } catch (IllegalArgumentException e) {
      throw n.refuse("has a shape that is none");
    }
    ConstantArray value =
        n.tensor("value").map(n::read).orElseGet(() -> floats(n.emit(), Shape.SCALAR, List.of(0f)));
    if (value.shape().size() != 1) {
      throw n.refuse("has a value of shape " + value.shape());
    }
    n.output(
        n.emit()
            .known(
                value.isFloat()
                    ? ConstantArray.floats(shape, n.emit().owner(), _ -> value.at(0))
                    : ConstantArray.wholes(value.type(), shape, _ -> value.integer(0))));
  }

  private static void cast(NodeReader n) {
    n.since(6);
    long code = n.integer("to", 0);
    ElementType to =
        ElementType.of(code).orElseThrow(() -> n.refuse("casts to element type " + code));
    n.output(cast(n, to));
  }

  private static void castLike(NodeReader n) {
    n.output(
        cast(
            n,
            switch (n.input(1)) {
              case Operand.Known k -> k.array().type();
              case Operand.Computed _ -> ElementType.FLOAT;
            }));
  }

  private static Operand cast(NodeReader n, ElementType to) {
    Operand x = n.input(0);
    if (!(x instanceof Operand.Known k)) {
      if (!to.isFloat()) {
        throw n.refuse("casts computed values to " + to);
      }
      return x;
    }
    ConstantArray a = k.array();
    if (to.isFloat()) {
      return n.emit()
          .known(
              a.isFloat()
                  ? ConstantArray.of(to, a.floats())
                  : ConstantArray.floats(a.shape(), n.emit().owner(), a::at));
    }
    return n.emit()
        .known(
            ConstantArray.wholes(
                to, a.shape(), i -> to == ElementType.BOOL && a.at(i) != 0 ? 1 : a.integer(i)));
  }

  private static void range(NodeReader n) {
    ConstantArray start = n.constant(0, "a start");
    ConstantArray limit = n.constant(1, "a limit");
    ConstantArray delta = n.constant(2, "a step");
    double count = Math.ceil((limit.at(0) - start.at(0)) / delta.at(0));
    if (!(count <= MAX_RANGE)) {
      throw n.refuse("counts to " + count);
    }
    Shape shape = Shape.of(Math.max(0, (long) count));
    n.output(
        n.emit()
            .known(
                start.isFloat()
                    ? ConstantArray.floats(
                        shape, n.emit().owner(), i -> start.at(0) + i * delta.at(0))
                    : ConstantArray.wholes(
                        start.type(), shape, i -> start.integer(0) + i * delta.integer(0))));
  }

  private static void where(NodeReader n) {
    ConstantArray condition = n.constant(0, "a condition");
    Operand a = n.input(1);
    Operand b = n.input(2);
    Shape to = Emitter.broadcast(condition.shape(), Emitter.broadcast(a.shape(), b.shape()));
    if (condition.isUniform()) {
      n.output(n.emit().expand(condition.at(0) != 0 ? a : b, to));
      return;
    }
    ConstantArray x = n.constant(1, "choices");
    ConstantArray y = n.constant(2, "choices");
    Elements pick = new Elements(condition, x, y, to);
    n.output(
        n.emit()
            .known(
                x.isFloat()
                    ? ConstantArray.floats(to, n.emit().owner(), pick::at)
                    : ConstantArray.wholes(x.type(), to, i -> (long) pick.at(i))));
  }

  private record Elements(ConstantArray condition, ConstantArray x, ConstantArray y, Shape to) {
    double at(long i) {
      return condition.at(condition.broadcastIndex(to, i)) != 0
          ? x.at(x.broadcastIndex(to, i))
          : y.at(y.broadcastIndex(to, i));
    }
  }

  private static void not(NodeReader n) {
    ConstantArray x = n.constant(0, "truth values");
    n.output(
        n.emit()
            .known(ConstantArray.wholes(ElementType.BOOL, x.shape(), i -> x.at(i) == 0 ? 1 : 0)));
  }

  private interface OfTwo {
    double of(double a, double b);
  }

  private static Operand fold(NodeReader n, OfTwo f, boolean truth) {
    ConstantArray a = n.constant(0, "numbers");
    n.constant(1, "numbers");
    ConstantArray b = ((Operand.Known) n.second()).array();
    Shape to = Emitter.broadcast(a.shape(), b.shape());
    ConstantArray.Elements elements =
        i -> f.of(a.at(a.broadcastIndex(to, i)), b.at(b.broadcastIndex(to, i)));
    if (!truth && a.isFloat()) {
      Tensor t = ConstantArray.floats(to, n.emit().owner(), elements).floats();
      return n.emit().known(ConstantArray.of(a.type(), t));
    }
    ElementType type = truth ? ElementType.BOOL : a.type();
    return n.emit().known(ConstantArray.wholes(type, to, i -> (long) elements.at(i)));
  }
}
