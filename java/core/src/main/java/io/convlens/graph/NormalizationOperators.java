package io.convlens.graph;

import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Operators that normalise. */
final class NormalizationOperators {
  /** What MeanVarianceNormalization adds to the deviation, by its definition as a function. */
  private static final float MVN_EPSILON = 1e-9f;

  private NormalizationOperators() {}

  static void register(Map<String, Operator> all) {
    all.put("BatchNormalization", NormalizationOperators::batch);
    all.put("LRN", NormalizationOperators::lrn);
    all.put("InstanceNormalization", NormalizationOperators::instance);
    all.put("GroupNormalization", NormalizationOperators::group);
    all.put("LayerNormalization", NormalizationOperators::layer);
    all.put("MeanVarianceNormalization", NormalizationOperators::meanVariance);
    all.put("LpNormalization", NormalizationOperators::lp);
  }

  private static Tensor perChannel(NodeReader n, int input, long channels, String what) {
    Tensor t = n.weights(input, what);
    if (t.size() != channels) {
      throw n.refuse("has " + t.size() + " " + what + " for " + channels + " channels");
    }
    return t;
  }

  private static long channels(NodeReader n, Shape x) {
    if (x.rank() < 2) {
      throw n.refuse("runs over an array of shape " + x);
    }
    return x.dim(1);
  }

  private static void batch(NodeReader n) {
    boolean trained = n.opset() >= 7 || n.integer("is_test", 0) != 0;
    if (n.integer("training_mode", 0) != 0 || n.wants(1) || !trained) {
      throw n.refuse("is in training mode");
    }
    if (n.integer("spatial", 1) == 0) {
      throw n.refuse("has spatial=0, which is not supported");
    }
    Operand x = n.input(0);
    long c = channels(n, x.shape());
    Tensor gamma = perChannel(n, 1, c, "scales");
    Tensor beta = perChannel(n, 2, c, "shifts");
    Tensor mean = perChannel(n, 3, c, "means");
    Tensor variance = perChannel(n, 4, c, "variances");
    double epsilon = n.number("epsilon", 1e-5f);
    Owner owner = n.emit().owner();
    Shape channels = Shape.of(c);
    ConstantArray.Elements scale = i -> gamma.get(i) / Math.sqrt(variance.get(i) + epsilon);
    ConstantArray.Elements shift = i -> beta.get(i) - mean.get(i) * scale.at(i);
    List<Object> of = List.of(gamma, beta, mean, variance, epsilon);
    n.output(
        n.emit()
            .channelAffine(
                x,
                owner.derived(
                    List.of("scale", of),
                    () -> ConstantArray.floats(channels, owner, scale).floats()),
                owner.derived(
                    List.of("shift", of),
                    () -> ConstantArray.floats(channels, owner, shift).floats())));
  }

  private static void lrn(NodeReader n) {
    Value x = n.value(0);
    long size = n.integer("size", 0);
    if (size < 1 || size > 1 << 20 || x.shape().rank() < 3) {
      throw n.refuse("has size " + size + " for an array of shape " + x.shape());
    }
    float alpha = n.number("alpha", 1e-4f);
    float beta = n.number("beta", 0.75f);
    float bias = n.number("bias", 1f);
    n.emit(x.shape(), x, y -> new Node.Lrn(n.name(), x, (int) size, alpha, beta, bias, y));
  }

  private static void instance(NodeReader n) {
    Value x = n.value(0);
    long c = channels(n, x.shape());
    groupNorm(n, x, (int) c, perChannel(n, 1, c, "scales"), perChannel(n, 2, c, "shifts"));
  }

  private static void group(NodeReader n) {
    Value x = n.value(0);
    long c = channels(n, x.shape());
    long groups = n.integer("num_groups", 0);
    if (groups < 1 || c % groups != 0) {
      throw n.refuse("has " + groups + " groups for " + c + " channels");
    }
    Tensor scale = n.weights(1, "scales");
    Tensor shift = n.weights(2, "shifts");
    // Opset 18 has one scale a group; opset 21 one a channel.
    long perGroup = c / groups;
    boolean spread = n.opset() < 21 && scale.size() == groups;
    groupNorm(
        n,
        x,
        (int) groups,
        spread ? spread(n, scale, perGroup) : perChannel(n, 1, c, "scales"),
        spread ? spread(n, shift, perGroup) : perChannel(n, 2, c, "shifts"));
  }

  private static Tensor spread(NodeReader n, Tensor perGroup, long channels) {
    return ConstantArray.floats(
            Shape.of(perGroup.size() * channels), n.emit().owner(), i -> perGroup.get(i / channels))
        .floats();
  }

  private static void groupNorm(NodeReader n, Value x, int groups, Tensor scale, Tensor shift) {
    float epsilon = n.number("epsilon", 1e-5f);
    n.emit(x.shape(), x, y -> new Node.GroupNorm(n.name(), x, groups, epsilon, scale, shift, y));
  }

  private static void layer(NodeReader n) {
    Value x = n.value(0);
    int axis = n.axis(n.integer("axis", -1), x.shape().rank());
    Emitter.keepApart(n.input(0), axis > 0);
    long size = x.shape().product(axis, x.shape().rank());
    Tensor scale = stretched(n, 1, x.shape(), axis);
    @Nullable Tensor shift = n.has(2) ? stretched(n, 2, x.shape(), axis) : null;
    if (scale.size() != size) {
      throw n.refuse("has " + scale.size() + " scales for rows of " + size);
    }
    float epsilon = n.number("epsilon", 1e-5f);
    n.emit(x.shape(), x, y -> new Node.LayerNorm(n.name(), x, axis, epsilon, scale, shift, y));
  }

  /** A scale or shift, broadcast over the axes that are normalised. */
  private static Tensor stretched(NodeReader n, int input, Shape x, int axis) {
    ConstantArray a = ConstantArray.of(ElementType.FLOAT, n.weights(input, "scales or shifts"));
    Shape to = Shape.of(Arrays.copyOfRange(x.dims(), axis, x.rank()));
    if (a.shape().size() == to.size()) {
      return a.floats();
    }
    if (!Emitter.broadcast(a.shape(), to).equals(to)) {
      throw n.refuse("has scales or shifts of shape " + a.shape() + " for rows of shape " + to);
    }
    return ConstantArray.floats(to, n.emit().owner(), i -> a.at(a.broadcastIndex(to, i))).floats();
  }

  private static void meanVariance(NodeReader n) {
    Operand x = n.input(0);
    int rank = x.shape().rank();
    List<Integer> axes =
        n.integers("axes")
            .map(a -> Arrays.stream(a).mapToObj(i -> n.axis(i, rank)).sorted().toList())
            .orElseGet(() -> IntStream.of(0, 2, 3).boxed().toList());
    Emitter emit = n.emit();
    Operand mean = emit.reduce(x, Node.ReduceKind.MEAN, axes, true);
    Operand centred = emit.binary(Node.BinaryOp.SUB, x, mean);
    Operand square = emit.activate(centred, new Activation.Power(2));
    Operand variance = emit.reduce(square, Node.ReduceKind.MEAN, axes, true);
    Operand deviation =
        emit.activate(variance, new Activation.Elementary(Activation.Function.SQRT));
    Operand safe = emit.activate(deviation, new Activation.Affine(1, MVN_EPSILON));
    n.output(emit.binary(Node.BinaryOp.DIV, centred, safe));
  }

  private static void lp(NodeReader n) {
    Operand x = n.input(0);
    int axis = n.axis(n.integer("axis", -1), x.shape().rank());
    long p = n.integer("p", 2);
    if (p != 1 && p != 2) {
      throw n.refuse("has p=" + p + "; 1 and 2 are defined");
    }
    Node.ReduceKind kind = p == 1 ? Node.ReduceKind.L1 : Node.ReduceKind.L2;
    Operand norm = n.emit().reduce(x, kind, List.of(axis), true);
    // Zeros stay zeros, as in ONNX Runtime, and don't become NaN.
    Activation atLeast = new Activation.Clip(Float.MIN_NORMAL, Float.POSITIVE_INFINITY);
    n.output(n.emit().binary(Node.BinaryOp.DIV, x, n.emit().activate(norm, atLeast)));
  }
}
