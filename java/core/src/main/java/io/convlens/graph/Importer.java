package io.convlens.graph;

import io.convlens.graph.onnx.OnnxProto.NodeProto;
import io.convlens.graph.onnx.OnnxProto.ValueInfoProto;
import io.convlens.io.UnusableInputException;
import io.convlens.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One walk through a file's nodes with concrete sizes: shapes are inferred, constants folded,
 * operators resolved.
 */
final class Importer {
  private final Path file;
  private final int opset;
  private final OnnxTensors tensors;
  private final Emitter emit;
  private final Map<String, Operand> operands;
  private final List<Layer> layers = new ArrayList<>();
  private final List<Layer> furtherOutputs = new ArrayList<>();

  /** Outputs that their operator has, but that are not made: why, for whoever reads them. */
  private final Map<String, String> unmade = new HashMap<>();

  /**
   * A walk.
   *
   * @param known initialisers and other constants by name
   */
  Importer(
      Path file, int opset, OnnxTensors tensors, Owner owner, Map<String, ConstantArray> known) {
    this.file = file;
    this.opset = opset;
    this.tensors = tensors;
    this.emit = new Emitter(owner);
    this.operands = new HashMap<>();
    known.forEach((name, array) -> operands.put(name, new Operand.Known(array)));
  }

  /**
   * Reads the nodes.
   *
   * @param input the picture's name
   * @param shape its extents
   * @param batched whether to keep pictures apart
   * @throws MixedBatchException if they can't be
   */
  Graph read(
      List<NodeProto> nodes,
      List<ValueInfoProto> outputs,
      String input,
      Shape shape,
      boolean batched) {
    Value picture = new Value(input, shape, batched);
    emit.nodes().add(new Node.Input(input, picture));
    operands.put(input, new Operand.Computed(picture));
    for (NodeProto node : nodes) {
      read(node);
    }
    List<Value> computed = new ArrayList<>();
    Map<String, ConstantArray> constants = new LinkedHashMap<>();
    for (ValueInfoProto o : outputs) {
      switch (operands.get(o.getName())) {
        case Operand.Computed c -> computed.add(c.value());
        case Operand.Known k -> constants.put(o.getName(), k.array());
        case null ->
            throw new UnusableInputException(
                file,
                unmade.getOrDefault(o.getName(), "output \"" + o.getName() + "\" is not computed"));
      }
    }
    boolean mixed = batched && computed.stream().anyMatch(v -> !v.batched());
    if (mixed) {
      throw new MixedBatchException();
    }
    List<String> names =
        outputs.stream()
            .map(ValueInfoProto::getName)
            .filter(o -> !constants.containsKey(o))
            .toList();
    return new Graph(picture, emit.nodes(), computed, layers, furtherOutputs, names, constants);
  }

  private void read(NodeProto node) {
    String first = node.getOutputCount() == 0 ? "" : node.getOutput(0);
    String name = nameOf(node);
    emit.reading(name);
    int before = emit.nodes().size();
    for (String in : node.getInputList()) {
      if (unmade.containsKey(in)) {
        throw new UnusableInputException(file, unmade.get(in));
      }
    }
    try {
      // A Constant's tensor was read with the model, once for all graphs.
      if (!operands.containsKey(first) || !node.getOpType().equals("Constant")) {
        Operator operator = Operator.ALL.get(node.getOpType());
        if (operator == null) {
          throw new RefusedNodeException("is not supported");
        }
        operator.read(new NodeReader(node, opset, operands, emit, tensors));
      }
    } catch (RefusedNodeException e) {
      throw new UnusableInputException(file, where(node, name) + e.getMessage());
    } catch (MixedBatchException | UnusableInputException e) {
      throw e;
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      // A malformed node must not look like a bug of ours; the cause shows with the stack trace.
      throw new UnusableInputException(
          file, where(node, name) + "can't be read: " + e.getMessage(), e);
    }
    for (String out : node.getOutputList()) {
      if (!out.isEmpty() && !operands.containsKey(out)) {
        unmade.put(out, where(node, name) + "gives \"" + out + "\", which is not supported");
      }
    }
    Layer layer = layer(node, name, first, before);
    layers.add(layer);
    for (String out : node.getOutputList().stream().skip(1).toList()) {
      if (operands.get(out) instanceof Operand.Computed c) {
        furtherOutputs.add(
            new Layer(name, layer.op(), out, c.shape(), layer.parameters(), 0, c.value()));
      }
    }
  }

  /** A node's name, or its output's where it has none. */
  static String nameOf(NodeProto node) {
    boolean named = !node.getName().isEmpty() || node.getOutputCount() == 0;
    return named ? node.getName() : node.getOutput(0);
  }

  static String where(NodeProto node, String name) {
    return "operator " + node.getOpType() + " (node \"" + name + "\") ";
  }

  private Layer layer(NodeProto node, String name, String output, int before) {
    Operand made = operands.get(output);
    Shape shape = made == null ? Shape.SCALAR : made.shape();
    @Nullable Value value = made instanceof Operand.Computed c ? c.value() : null;
    long parameters = 0;
    for (String in : node.getInputList()) {
      // What is folded away counts where it is used.
      if (value != null
          && operands.get(in) instanceof Operand.Known k
          && k.array().isFloat()
          && !isSetting(node.getOpType(), k.array())) {
        parameters += k.array().shape().size();
      }
    }
    long macs =
        emit.nodes().subList(before, emit.nodes().size()).stream().mapToLong(Importer::macs).sum();
    return new Layer(name, node.getOpType(), output, shape, parameters, macs, value);
  }

  /** Whether a constant says what an operator does, and was not learned. */
  private static boolean isSetting(String op, ConstantArray constant) {
    return switch (op) {
      case "Clip", "Dropout", "Pad", "Pow", "Resize", "Upsample" -> true;
      case "Add", "Sub", "Mul", "Div", "Min", "Max", "Sum", "Mean" -> constant.shape().size() == 1;
      default -> false;
    };
  }

  /** Multiply-adds of one picture, without bias. */
  private static long macs(Node node) {
    return switch (node) {
      case Node.Conv n -> n.weights().size() / n.weights().shape().dim(0) * each(n.output());
      case Node.ConvTranspose n -> n.weights().size() / n.weights().shape().dim(0) * each(n.x());
      case Node.Linear n -> n.weights().shape().dim(1) * each(n.output());
      case Node.MatMul n -> n.a().shape().dim(-1) * each(n.output());
      default -> 0;
    };
  }

  private static long each(Value v) {
    return v.batched() ? v.shape().size() / Math.max(1, v.shape().dim(0)) : v.shape().size();
  }
}
