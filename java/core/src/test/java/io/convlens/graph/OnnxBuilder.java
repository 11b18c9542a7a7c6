package io.convlens.graph;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.convlens.graph.onnx.OnnxProto.AttributeProto;
import io.convlens.graph.onnx.OnnxProto.AttributeProto.AttributeType;
import io.convlens.graph.onnx.OnnxProto.GraphProto;
import io.convlens.graph.onnx.OnnxProto.ModelProto;
import io.convlens.graph.onnx.OnnxProto.NodeProto;
import io.convlens.graph.onnx.OnnxProto.OperatorSetIdProto;
import io.convlens.graph.onnx.OnnxProto.TensorProto;
import io.convlens.graph.onnx.OnnxProto.TensorShapeProto;
import io.convlens.graph.onnx.OnnxProto.TypeProto;
import io.convlens.graph.onnx.OnnxProto.ValueInfoProto;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes ONNX models in a few lines, for tests and benchmarks. Values are known by their names,
 * which methods return; whoever gives none gets one that is free. Not thread-safe.
 *
 * <pre>{@code
 * var b = new OnnxBuilder(13);
 * String x = b.input("x", -1, 3, 8, 8);
 * String w = b.floats(new long[] {4, 3, 3, 3}, weights);
 * String y = b.node("Conv", x, w).ints("pads", 1, 1, 1, 1).out();
 * b.output(b.node("Relu", y).out("y"));
 * byte[] model = b.bytes();
 * }</pre>
 *
 * <p>The builder checks nothing: broken models are written as readily as good ones.
 */
public final class OnnxBuilder {

  /** Element types, with the format's numbers for them. */
  public enum ElementType {
    FLOAT(1, Float.BYTES),
    UINT8(2, 1),
    INT8(3, 1),
    INT32(6, Integer.BYTES),
    INT64(7, Long.BYTES),
    BOOL(9, 1),
    FLOAT16(10, Short.BYTES),
    DOUBLE(11, Double.BYTES),
    BFLOAT16(16, Short.BYTES);

    private final int code;
    private final int bytes;

    ElementType(int code, int bytes) {
      this.code = code;
      this.bytes = bytes;
    }

    /** The format's number. */
    public int code() {
      return code;
    }
  }

  /** How a tensor's elements are stored. */
  public enum Encoding {
    /** In {@code raw_data}, little-endian: what torch.onnx writes. */
    RAW,
    /** In the field of the type, such as {@code float_data}: what others write. */
    TYPED
  }

  /** Where {@link #floats} and its like put constants. */
  public enum Placement {
    /** Among the initialisers: what exporters write from IR version 4 on. */
    INITIALIZER,
    /** Among the initialisers and, as IR version 3 demands, among the inputs too. */
    INITIALIZER_AND_INPUT,
    /** As Constant nodes. */
    CONSTANT_NODE
  }

  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("graph");
  private final int opset;
  private int irVersion;
  private Placement placement = Placement.INITIALIZER;
  private String producer = "convlens-test";
  private int count;

  /** A model without inputs, nodes and outputs for this opset of the standard domain. */
  public OnnxBuilder(int opset) {
    this.opset = opset;
    this.irVersion = opset < 9 ? 3 : 8;
    if (irVersion == 3) {
      placement = Placement.INITIALIZER_AND_INPUT;
    }
  }

  /** The opset. */
  public int opset() {
    return opset;
  }

  /** The format's version; by default 3 for opsets below 9 and 8 for later ones. */
  public OnnxBuilder irVersion(int version) {
    irVersion = version;
    return this;
  }

  /** Where constants go from now on; by default what the IR version demands. */
  public OnnxBuilder placement(Placement p) {
    placement = p;
    return this;
  }

  /** Where constants go. */
  public Placement placement() {
    return placement;
  }

  /** The name of the program that the model says it is from. */
  public OnnxBuilder producer(String name) {
    producer = name;
    return this;
  }

  /**
   * A float input.
   *
   * @param dims its extents; −1 is an open one, named after its axis: {@code N} for axis 0, else
   *     {@code d1}, {@code d2}, …
   * @return its name
   */
  public String input(String name, long... dims) {
    return input(name, ElementType.FLOAT, symbols(dims));
  }

  /**
   * An input.
   *
   * @param dims a number is a fixed extent, another word an open one of that name, and an empty
   *     word an open one without a name
   * @return its name
   */
  public String input(String name, ElementType type, List<String> dims) {
    graph.addInput(valueInfo(name, type, dims));
    return name;
  }

  /** Declares a value as a float output without saying its shape. */
  public OnnxBuilder output(String name) {
    var tensor = TypeProto.Tensor.newBuilder().setElemType(ElementType.FLOAT.code);
    graph.addOutput(
        ValueInfoProto.newBuilder()
            .setName(name)
            .setType(TypeProto.newBuilder().setTensorType(tensor)));
    return this;
  }

  /** Declares a value as an output; {@code dims} as those of {@link #input}. */
  public OnnxBuilder output(String name, ElementType type, List<String> dims) {
    graph.addOutput(valueInfo(name, type, dims));
    return this;
  }

  /** A float constant, in {@code raw_data}. Returns its name. */
  public String floats(long[] dims, float... values) {
    return constant(tensor(ElementType.FLOAT, dims, values));
  }

  /** A named float constant, in {@code raw_data}. Returns its name. */
  public String floats(String name, long[] dims, float... values) {
    return constant(name, tensor(ElementType.FLOAT, dims, values));
  }

  /** A float constant of rank 0. Returns its name. */
  public String scalar(float value) {
    return floats(new long[0], value);
  }

  /** An int64 constant of rank 1: a shape, a list of axes. Returns its name. */
  public String int64s(long... values) {
    return constant(tensor(new long[] {values.length}, values));
  }

  /** An int64 constant of rank 0. Returns its name. */
  public String int64(long value) {
    return constant(tensor(new long[0], value));
  }

  /** Any constant. Returns its name, made up here. */
  public String constant(TensorProto tensor) {
    return constant(fresh("const"), tensor);
  }

  /** Any constant, placed as {@link #placement} says. Returns its name. */
  public String constant(String name, TensorProto tensor) {
    if (placement == Placement.CONSTANT_NODE) {
      return node("Constant").tensor("value", tensor).out(name);
    }
    graph.addInitializer(tensor.toBuilder().setName(name));
    if (placement == Placement.INITIALIZER_AND_INPUT) {
      String[] dims =
          tensor.getDimsList().stream().map(d -> Long.toString(d)).toArray(String[]::new);
      graph.addInput(valueInfo(name, typeOf(tensor.getDataType()), List.of(dims)));
    }
    return name;
  }

  /** Starts a node of the standard domain; it is added when {@code out} is called on it. */
  public NodeBuilder node(String op, String... inputs) {
    return new NodeBuilder(op, List.of(inputs));
  }

  /** Like {@link #node(String, String...)}. */
  public NodeBuilder node(String op, List<String> inputs) {
    return new NodeBuilder(op, inputs);
  }

  /** The number of nodes so far. */
  public int nodeCount() {
    return graph.getNodeCount();
  }

  /** The graph, for what the builder has no method for. */
  public GraphProto.Builder graph() {
    return graph;
  }

  /** The model. */
  public ModelProto model() {
    return ModelProto.newBuilder()
        .setIrVersion(irVersion)
        .setProducerName(producer)
        .setGraph(graph)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(opset))
        .build();
  }

  /** The model as a file's content. */
  public byte[] bytes() {
    return model().toByteArray();
  }

  /** Writes the model to a file, creating its folder if need be, and returns the file. */
  public Path write(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    try (var out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
      model().writeTo(out);
    }
    return file;
  }

  /** A float or half tensor in {@code raw_data}, without widening the values first. */
  public static TensorProto tensor(ElementType type, long[] dims, float... values) {
    if (type != ElementType.FLOAT) {
      double[] wide = new double[values.length];
      Arrays.setAll(wide, i -> values[i]);
      return tensor(type, Encoding.RAW, dims, wide);
    }
    ByteBuffer raw =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    raw.asFloatBuffer().put(values);
    return header(type, dims).setRawData(UnsafeByteOperations.unsafeWrap(raw)).build();
  }

  /** An int64 tensor in {@code raw_data}, every value exact. */
  public static TensorProto tensor(long[] dims, long... values) {
    ByteBuffer raw = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    raw.asLongBuffer().put(values);
    return header(ElementType.INT64, dims).setRawData(UnsafeByteOperations.unsafeWrap(raw)).build();
  }

  /** A tensor of any type; values are rounded to it (whole numbers are exact up to 2⁵³). */
  public static TensorProto tensor(
      ElementType type, Encoding encoding, long[] dims, double... values) {
    TensorProto.Builder t = header(type, dims);
    if (encoding == Encoding.RAW) {
      return t.setRawData(raw(type, values)).build();
    }
    for (double v : values) {
      switch (type) {
        case FLOAT -> t.addFloatData((float) v);
        case DOUBLE -> t.addDoubleData(v);
        case INT64 -> t.addInt64Data((long) v);
        case FLOAT16 -> t.addInt32Data(Float.floatToFloat16((float) v) & 0xffff);
        case BFLOAT16 -> t.addInt32Data(bfloat16(v) & 0xffff);
        case UINT8, INT8, INT32, BOOL -> t.addInt32Data((int) v);
      }
    }
    return t.build();
  }

  private static TensorProto.Builder header(ElementType type, long[] dims) {
    var t = TensorProto.newBuilder().setDataType(type.code);
    Arrays.stream(dims).forEach(t::addDims);
    return t;
  }

  private static ByteString raw(ElementType type, double[] values) {
    ByteBuffer b = ByteBuffer.allocate(values.length * type.bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (double v : values) {
      switch (type) {
        case FLOAT -> b.putFloat((float) v);
        case DOUBLE -> b.putDouble(v);
        case INT32 -> b.putInt((int) v);
        case INT64 -> b.putLong((long) v);
        case FLOAT16 -> b.putShort(Float.floatToFloat16((float) v));
        case BFLOAT16 -> b.putShort(bfloat16(v));
        case UINT8, INT8, BOOL -> b.put((byte) v);
      }
    }
    return UnsafeByteOperations.unsafeWrap(b.flip());
  }

  /** The upper half of the float's bits: cut off, not rounded. */
  private static short bfloat16(double v) {
    return (short) (Float.floatToRawIntBits((float) v) >>> 16);
  }

  private static ElementType typeOf(int code) {
    return Arrays.stream(ElementType.values())
        .filter(t -> t.code == code)
        .findFirst()
        .orElseThrow();
  }

  private static List<String> symbols(long[] dims) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < dims.length; i++) {
      String open = i == 0 ? "N" : "d" + i;
      names.add(dims[i] < 0 ? open : Long.toString(dims[i]));
    }
    return names;
  }

  private static ValueInfoProto valueInfo(String name, ElementType type, List<String> dims) {
    var shape = TensorShapeProto.newBuilder();
    for (String d : dims) {
      var dim = TensorShapeProto.Dimension.newBuilder();
      if (d.matches("\\d+")) {
        dim.setDimValue(Long.parseLong(d));
      } else if (!d.isEmpty()) {
        dim.setDimParam(d);
      }
      shape.addDim(dim);
    }
    var tensor = TypeProto.Tensor.newBuilder().setElemType(type.code).setShape(shape);
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }

  private String fresh(String stem) {
    return stem + "_" + count++;
  }

  /** A node in the making: attributes, then {@code out}, which adds it to the graph. */
  public final class NodeBuilder {
    private final NodeProto.Builder node = NodeProto.newBuilder();

    private NodeBuilder(String op, List<String> inputs) {
      node.setOpType(op).addAllInput(inputs);
    }

    /** Gives the node a name; without one it is named after its operator and a number. */
    public NodeBuilder named(String name) {
      node.setName(name);
      return this;
    }

    /** Puts the node into another domain than the standard one. */
    public NodeBuilder domain(String domain) {
      node.setDomain(domain);
      return this;
    }

    /** A whole number. */
    public NodeBuilder i(String name, long value) {
      return add(attribute(name, AttributeType.INT).setI(value));
    }

    /** A list of whole numbers. */
    public NodeBuilder ints(String name, long... values) {
      var a = attribute(name, AttributeType.INTS);
      Arrays.stream(values).forEach(a::addInts);
      return add(a);
    }

    /** A number. */
    public NodeBuilder f(String name, double value) {
      return add(attribute(name, AttributeType.FLOAT).setF((float) value));
    }

    /** A list of numbers. */
    public NodeBuilder floats(String name, double... values) {
      var a = attribute(name, AttributeType.FLOATS);
      Arrays.stream(values).forEach(v -> a.addFloats((float) v));
      return add(a);
    }

    /** A word. */
    public NodeBuilder s(String name, String value) {
      return add(attribute(name, AttributeType.STRING).setS(ByteString.copyFromUtf8(value)));
    }

    /** A list of words. */
    public NodeBuilder strings(String name, String... values) {
      var a = attribute(name, AttributeType.STRINGS);
      Arrays.stream(values).map(ByteString::copyFromUtf8).forEach(a::addStrings);
      return add(a);
    }

    /** A tensor. */
    public NodeBuilder tensor(String name, TensorProto value) {
      return add(attribute(name, AttributeType.TENSOR).setT(value));
    }

    /** A graph, as control flow has it. */
    public NodeBuilder graph(String name, GraphProto value) {
      return add(attribute(name, AttributeType.GRAPH).setG(value));
    }

    /** Any attribute. */
    public NodeBuilder attribute(AttributeProto attribute) {
      return add(attribute.toBuilder());
    }

    /** Adds the node with one output and returns its name, made up here. */
    public String out() {
      return outs(1).getFirst();
    }

    /** Adds the node with one output of this name and returns the name. */
    public String out(String name) {
      return outs(List.of(name)).getFirst();
    }

    /** Adds the node with so many outputs and returns their names, made up here. */
    public List<String> outs(int outputs) {
      if (node.getName().isEmpty()) {
        node.setName(fresh(node.getOpType()));
      }
      List<String> names = new ArrayList<>();
      for (int i = 0; i < outputs; i++) {
        names.add(node.getName() + "_output_" + i);
      }
      return outs(names);
    }

    /** Adds the node with these outputs and returns their names. */
    public List<String> outs(List<String> names) {
      if (node.getName().isEmpty()) {
        node.setName(fresh(node.getOpType()));
      }
      graph.addNode(node.addAllOutput(names));
      return names;
    }

    private AttributeProto.Builder attribute(String name, AttributeType type) {
      return AttributeProto.newBuilder().setName(name).setType(type);
    }

    private NodeBuilder add(AttributeProto.Builder a) {
      node.addAttribute(a);
      return this;
    }
  }
}
