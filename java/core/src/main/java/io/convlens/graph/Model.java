package io.convlens.graph;

import com.google.protobuf.InvalidProtocolBufferException;
import io.convlens.graph.onnx.OnnxProto.AttributeProto;
import io.convlens.graph.onnx.OnnxProto.ModelProto;
import io.convlens.graph.onnx.OnnxProto.NodeProto;
import io.convlens.graph.onnx.OnnxProto.OperatorSetIdProto;
import io.convlens.graph.onnx.OnnxProto.TensorProto;
import io.convlens.graph.onnx.OnnxProto.TensorShapeProto.Dimension;
import io.convlens.graph.onnx.OnnxProto.ValueInfoProto;
import io.convlens.io.UnusableInputException;
import io.convlens.tensor.MappedFile;
import io.convlens.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * An ONNX file that has been read and understood: opsets 7 to 22 of the standard domain, and those
 * before as far as their operators mean the same or are known. Holds the weights; close it after
 * everything that was made from it. Safe to share between threads.
 */
public final class Model implements AutoCloseable {
  /** Opsets 1 to 6 have other rules for a few operators, which are followed or refused by name. */
  private static final int OLDEST_OPSET = 1;

  private static final int NEWEST_OPSET = 22;

  /** The format's number of float32, which an input that says nothing is taken for. */
  private static final int FLOAT = 1;

  /**
   * The network's declared input.
   *
   * @param name its name
   * @param dims one an axis; empty where the file leaves it open
   */
  public record InputDeclaration(String name, List<OptionalInt> dims) {
    /** Copies the list. */
    public InputDeclaration {
      dims = List.copyOf(dims);
    }
  }

  private final Path file;
  private final MappedFile bytes;
  private final Owner owner = Owner.limited();
  private final OnnxTensors tensors;
  private final int opset;
  private final List<NodeProto> nodes;
  private final List<ValueInfoProto> outputs;
  private final List<ValueInfoProto> inputs;
  private final Map<String, ConstantArray> constants = new HashMap<>();

  private Model(Path file, MappedFile bytes) {
    this.file = file;
    this.bytes = bytes;
    this.tensors = new OnnxTensors(file, bytes.bytes(), owner);
    owner.allow(bytes.bytes().limit());
    try {
      ModelProto proto = parse();
      this.opset = opset(proto);
      this.outputs = proto.getGraph().getOutputList();
      this.nodes = new Sorting(file, proto.getGraph()).neededInOrder();
      if (proto.getGraph().getSparseInitializerCount() > 0) {
        throw new UnusableInputException(file, "sparse weights are not supported");
      }
      refuseUnknownOperators();
      readConstants(proto);
      this.inputs =
          proto.getGraph().getInputList().stream()
              .filter(i -> !constants.containsKey(i.getName()))
              .toList();
      inputs.forEach(this::checkTensor);
    } catch (UnusableInputException e) {
      close();
      throw e;
    } catch (RefusedNodeException e) {
      close();
      throw new UnusableInputException(file, e.getMessage());
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      close();
      // A malformed file must not look like a bug of ours; the cause shows with the stack trace.
      throw new UnusableInputException(file, "can't be read: " + e, e);
    }
  }

  /**
   * Reads a file.
   *
   * @throws UnusableInputException if it is no ONNX model, is truncated, or uses an operator that
   *     is not supported, which is then named with its node
   */
  public static Model read(Path file) {
    try {
      return new Model(file, new MappedFile(file));
    } catch (NoSuchFileException e) {
      throw new UnusableInputException(file, "no such file", e);
    } catch (IOException e) {
      throw new UnusableInputException(
          file, Files.isDirectory(file) ? "is a folder" : "can't be read: " + e.getMessage(), e);
    }
  }

  private ModelProto parse() {
    try {
      ModelProto proto = ModelProto.parseFrom(Digest.of(bytes.bytes()));
      if (!proto.hasGraph() || proto.getGraph().getOutputCount() == 0) {
        throw new UnusableInputException(file, "not an ONNX model: no graph with outputs in it");
      }
      return proto;
    } catch (InvalidProtocolBufferException e) {
      throw new UnusableInputException(
          file, "not an ONNX model, or a truncated one: " + e.getMessage(), e);
    }
  }

  private static boolean isStandard(String domain) {
    return domain.isEmpty() || domain.equals("ai.onnx");
  }

  private int opset(ModelProto proto) {
    long version =
        proto.getOpsetImportList().stream()
            .filter(o -> isStandard(o.getDomain()))
            .mapToLong(OperatorSetIdProto::getVersion)
            .findFirst()
            .orElseThrow(() -> new UnusableInputException(file, "says no opset"));
    if (version < OLDEST_OPSET || version > NEWEST_OPSET) {
      throw new UnusableInputException(
          file,
          "is of opset %d; %d to %d are supported".formatted(version, OLDEST_OPSET, NEWEST_OPSET));
    }
    return (int) version;
  }

  private void refuseUnknownOperators() {
    for (NodeProto n : nodes) {
      if (!isStandard(n.getDomain()) || !Operator.ALL.containsKey(n.getOpType())) {
        String domain = isStandard(n.getDomain()) ? "" : "of domain " + n.getDomain() + " ";
        throw new UnusableInputException(
            file, Importer.where(n, Importer.nameOf(n)) + domain + "is not supported");
      }
    }
  }

  private void readConstants(ModelProto proto) {
    for (TensorProto t : proto.getGraph().getInitializerList()) {
      constants.put(t.getName(), tensors.read(t));
    }
    for (NodeProto n : nodes) {
      if (n.getOpType().equals("Constant") && n.getOutputCount() == 1) {
        for (AttributeProto a : n.getAttributeList()) {
          if (a.getName().equals("value") && a.hasT()) {
            constants.put(n.getOutput(0), tensors.read(a.getT()));
          }
        }
      }
    }
  }

  /** The file. */
  public Path file() {
    return file;
  }

  /** The opset of the standard domain. */
  public int opset() {
    return opset;
  }

  /**
   * The input that pictures go into: the first that is not an initialiser.
   *
   * @throws UnusableInputException if there is none
   */
  public InputDeclaration input() {
    if (inputs.isEmpty()) {
      throw new UnusableInputException(file, "has no input");
    }
    return declaration(inputs.getFirst());
  }

  /** The inputs that are no initialisers. */
  List<ValueInfoProto> inputs() {
    return inputs;
  }

  List<ValueInfoProto> outputs() {
    return outputs;
  }

  private static InputDeclaration declaration(ValueInfoProto info) {
    List<OptionalInt> dims = new ArrayList<>();
    for (Dimension d : info.getType().getTensorType().getShape().getDimList()) {
      boolean fixed = d.hasDimValue() && d.getDimValue() > 0 && d.getDimValue() < 1 << 30;
      dims.add(fixed ? OptionalInt.of((int) d.getDimValue()) : OptionalInt.empty());
    }
    return new InputDeclaration(info.getName(), dims);
  }

  /**
   * The graph for inputs of one size. Shapes are inferred, constants folded, operators resolved.
   *
   * @param dims the input's extents, axis 0 the batch; extents that the file fixes must agree,
   *     except the batch: where the file fixes it to another, the graph is for the file's batch,
   *     and {@link Graph#batchable()} tells whether others may be run
   * @throws UnusableInputException if the network can't be run on it, with the node
   */
  public Graph graph(long... dims) {
    if (inputs.size() != 1) {
      throw new UnusableInputException(
          file,
          inputs.isEmpty()
              ? "has no input"
              : "has %d inputs: %s; one is supported"
                  .formatted(inputs.size(), inputs.stream().map(ValueInfoProto::getName).toList()));
    }
    return graph(Map.of(), dims);
  }

  /**
   * The graph with some inputs fixed to known arrays, for test cases that feed several.
   *
   * @param bound by input name
   * @param dims the extents of the first input that is not bound
   */
  Graph graph(Map<String, ConstantArray> bound, long... dims) {
    Map<String, ConstantArray> known = new HashMap<>(constants);
    known.putAll(bound);
    List<ValueInfoProto> free =
        inputs.stream().filter(i -> !bound.containsKey(i.getName())).toList();
    free.stream().limit(1).forEach(this::checkFloating);
    String name = free.isEmpty() ? "" : free.getFirst().getName();
    Shape shape = free.isEmpty() ? Shape.SCALAR : inputShape(declaration(free.getFirst()), dims);
    try {
      try {
        return importer(known).read(nodes, outputs, name, shape, shape.rank() >= 2);
      } catch (MixedBatchException e) {
        return importer(known).read(nodes, outputs, name, shape, false);
      }
    } catch (MixedBatchException e) {
      throw new IllegalStateException("a graph without a batch mixed one", e);
    }
  }

  private void checkTensor(ValueInfoProto info) {
    if (info.hasType() && !info.getType().hasTensorType()) {
      throw new UnusableInputException(file, "input \"" + info.getName() + "\" is not a tensor");
    }
  }

  private void checkFloating(ValueInfoProto info) {
    int code = info.getType().getTensorType().getElemType();
    boolean floating =
        ElementType.of(code == 0 ? FLOAT : code).filter(ElementType::isFloat).isPresent();
    if (!floating) {
      throw new UnusableInputException(
          file, "input \"" + info.getName() + "\" does not take floating-point numbers");
    }
  }

  private Importer importer(Map<String, ConstantArray> known) {
    return new Importer(file, opset, tensors, owner, known);
  }

  private Shape inputShape(InputDeclaration declared, long... dims) {
    List<OptionalInt> fixed = declared.dims();
    boolean fits = fixed.isEmpty() || fixed.size() == dims.length;
    for (int i = 1; fits && i < fixed.size(); i++) {
      fits = fixed.get(i).isEmpty() || fixed.get(i).getAsInt() == dims[i];
    }
    Shape shape = Shape.of(dims);
    if (!fits) {
      throw new UnusableInputException(
          file, "input \"" + declared.name() + "\" does not take arrays of shape " + shape);
    }
    boolean fixesBatch = !fixed.isEmpty() && fixed.getFirst().isPresent();
    return fixesBatch ? shape.with(0, fixed.getFirst().getAsInt()) : shape;
  }

  /** Takes over a tensor that a pass made, to be freed with the model. */
  Owner owner() {
    return owner;
  }

  /** Frees the weights; twice is fine. */
  @Override
  public void close() {
    owner.close();
    tensors.close();
    bytes.close();
  }
}
