package io.convlens.graph;

import io.convlens.graph.onnx.OnnxProto.AttributeProto;
import io.convlens.graph.onnx.OnnxProto.AttributeProto.AttributeType;
import io.convlens.graph.onnx.OnnxProto.NodeProto;
import io.convlens.graph.onnx.OnnxProto.TensorProto;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A node of the file as its operator reads it: inputs, attributes, and the outputs that it makes.
 */
final class NodeReader {
  private final NodeProto proto;
  private final int opset;
  private final Map<String, Operand> operands;
  private final Emitter emit;
  private final OnnxTensors tensors;
  private final Map<String, AttributeProto> attributes = new HashMap<>();

  NodeReader(
      NodeProto proto,
      int opset,
      Map<String, Operand> operands,
      Emitter emit,
      OnnxTensors tensors) {
    this.tensors = tensors;
    this.proto = proto;
    this.opset = opset;
    this.operands = operands;
    this.emit = emit;
    proto.getAttributeList().forEach(a -> attributes.put(a.getName(), a));
  }

  String op() {
    return proto.getOpType();
  }

  String name() {
    return emit.nodeName();
  }

  int opset() {
    return opset;
  }

  Emitter emit() {
    return emit;
  }

  RefusedNodeException refuse(String reason) {
    return new RefusedNodeException(reason);
  }

  /** Refuses a node of an opset in which the operator followed other rules. */
  void since(int first) {
    if (opset < first) {
      throw refuse("has other rules in opset " + opset + ", which are not supported");
    }
  }

  // Inputs.

  int inputs() {
    return proto.getInputCount();
  }

  boolean has(int i) {
    return i < proto.getInputCount() && !proto.getInput(i).isEmpty();
  }

  Operand input(int i) {
    if (!has(i)) {
      throw refuse("lacks input " + i);
    }
    Operand x = operands.get(proto.getInput(i));
    if (x == null) {
      throw refuse("reads \"" + proto.getInput(i) + "\", which nothing makes");
    }
    return x;
  }

  List<Operand> allInputs() {
    return java.util.stream.IntStream.range(0, inputs()).mapToObj(this::input).toList();
  }

  /**
   * The second of two inputs that broadcast. Before opset 7 it had to ask for that, and could say
   * with which axis of the first its own first one lines up.
   */
  Operand second() {
    Operand b = input(1);
    Shape a = input(0).shape();
    if (opset >= 7 || b.shape().equals(a)) {
      return b;
    }
    if (integer("broadcast", 0) == 0) {
      throw refuse("has inputs of shapes " + a + " and " + b.shape() + " without broadcast");
    }
    if (b.shape().size() == 1) {
      return emit.reshape(b, Shape.SCALAR);
    }
    int first =
        hasAttribute("axis") ? axis(integer("axis", 0), a.rank()) : a.rank() - b.shape().rank();
    if (first < 0 || first + b.shape().rank() > a.rank()) {
      throw refuse("lines up shapes " + a + " and " + b.shape() + " at axis " + first);
    }
    long[] dims = Arrays.copyOf(b.shape().dims(), a.rank() - first);
    Arrays.fill(dims, b.shape().rank(), dims.length, 1);
    return emit.reshape(b, Shape.of(dims));
  }

  Value value(int i) {
    return emit.value(input(i));
  }

  /** An input that must be known beforehand. */
  ConstantArray constant(int i, String what) {
    if (input(i) instanceof Operand.Known k) {
      return k.array();
    }
    throw refuse("has " + what + " that are computed from the input");
  }

  Tensor weights(int i, String what) {
    ConstantArray a = constant(i, what);
    if (!a.isFloat()) {
      throw refuse("has " + what + " of type " + a.type());
    }
    return a.floats();
  }

  /** A tensor of one axis with one number a channel, or none where the input is absent. */
  @Nullable Tensor bias(int i, long channels) {
    if (!has(i)) {
      return null;
    }
    Tensor bias = weights(i, "biases");
    if (bias.size() != channels) {
      throw refuse("has " + bias.size() + " biases for " + channels + " channels");
    }
    return bias;
  }

  /** Whole numbers from an input that must be known. */
  long[] integers(int i, String what) {
    return constant(i, what).toIntegers();
  }

  // Attributes.

  private Optional<AttributeProto> attribute(String name, AttributeType type) {
    AttributeProto a = attributes.get(name);
    if (a != null && a.hasType() && a.getType() != type && a.getType() != AttributeType.UNDEFINED) {
      throw refuse("has attribute " + name + " of type " + a.getType() + " instead of " + type);
    }
    return Optional.ofNullable(a);
  }

  boolean hasAttribute(String name) {
    return attributes.containsKey(name);
  }

  long integer(String name, long absent) {
    return attribute(name, AttributeType.INT).map(AttributeProto::getI).orElse(absent);
  }

  float number(String name, float absent) {
    return attribute(name, AttributeType.FLOAT).map(AttributeProto::getF).orElse(absent);
  }

  String text(String name, String absent) {
    return attribute(name, AttributeType.STRING).map(a -> a.getS().toStringUtf8()).orElse(absent);
  }

  Optional<long[]> integers(String name) {
    return attribute(name, AttributeType.INTS)
        .map(a -> a.getIntsList().stream().mapToLong(Long::longValue).toArray());
  }

  Optional<List<Float>> numbers(String name) {
    return attribute(name, AttributeType.FLOATS).map(AttributeProto::getFloatsList);
  }

  /** The values of a tensor that an attribute holds. */
  ConstantArray read(TensorProto tensor) {
    return tensors.read(tensor);
  }

  Optional<TensorProto> tensor(String name) {
    return attribute(name, AttributeType.TENSOR).map(AttributeProto::getT);
  }

  /**
   * Axes that are an attribute in old opsets and an input in new ones; none where both are absent.
   */
  Optional<long[]> axes(int input) {
    if (has(input)) {
      return Optional.of(integers(input, "axes"));
    }
    return integers("axes");
  }

  /** An axis counted from the front. */
  int axis(long axis, int rank) {
    if (axis < -rank || axis >= rank) {
      throw refuse("has axis " + axis + " for an array of " + rank + " axes");
    }
    return (int) (axis < 0 ? axis + rank : axis);
  }

  // Outputs.

  int outputs() {
    return proto.getOutputCount();
  }

  boolean wants(int output) {
    return output < outputs() && !proto.getOutput(output).isEmpty();
  }

  void output(Operand x) {
    output(0, x);
  }

  void output(int i, Operand x) {
    if (wants(i)) {
      operands.put(proto.getOutput(i), x);
    }
  }

  /** An output from one value, of another shape. */
  void emit(Shape shape, Value x, Emitter.Maker maker) {
    output(emit.emit(shape, List.of(x), maker));
  }
}
