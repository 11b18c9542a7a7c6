package io.convlens.graph;

import com.google.protobuf.InvalidProtocolBufferException;
import io.convlens.graph.onnx.OnnxProto.TensorProto;
import io.convlens.graph.onnx.OnnxProto.ValueInfoProto;
import io.convlens.io.UnusableInputException;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One of ONNX's own test cases: a folder with {@code model.onnx} and {@code test_data_set_0},
 * {@code 1}, …, which hold inputs and the outputs that they must give. The first floating-point
 * input is the graph's; others become constants of it. Close a case after everything made from its
 * graph.
 *
 * <pre>{@code
 * for (Path folder : NodeCase.folders(root)) {
 *   for (Path set : NodeCase.dataSets(folder)) {
 *     try (var c = NodeCase.open(folder, set)) {
 *       Optional<String> wrong = c.mismatch(run(c.graph(), c.input()));
 *     }
 *   }
 * }
 * }</pre>
 */
public final class NodeCase implements AutoCloseable {
  private static final String MODEL = "model.onnx";
  private static final String DATA = "test_data_set_";

  /** What an output may be off, as a share of its largest element: float32 sums in any order. */
  private static final double TOLERANCE = 1e-5;

  /** Cases that are known to be no measure, with the reason. */
  private static final Map<String, String> LEFT_OUT =
      Map.of(
          "test_resize_downsample_scales_linear_align_corners",
          "left out: ONNX Runtime gives other numbers than this case",
          "test_resize_downsample_scales_cubic_align_corners",
          "left out: ONNX Runtime gives other numbers than this case");

  private final Model model;
  private final Owner owner = new Owner();
  private final OnnxTensors tensors;
  private final Graph graph;
  private final List<ConstantArray> expected = new ArrayList<>();
  private @Nullable Tensor input;

  private NodeCase(Path folder, Path dataSet) {
    String leftOut = LEFT_OUT.get(String.valueOf(folder.getFileName()));
    if (leftOut != null) {
      throw new UnusableInputException(folder, leftOut);
    }
    this.model = Model.read(folder.resolve(MODEL));
    this.tensors = new OnnxTensors(dataSet, ByteBuffer.allocate(0), owner);
    try {
      List<ValueInfoProto> inputs = model.inputs();
      Map<String, ConstantArray> bound = new HashMap<>();
      for (int i = 0; i < inputs.size(); i++) {
        ConstantArray array = read(dataSet.resolve("input_" + i + ".pb"));
        if (input == null && array.isFloat()) {
          input = array.floats();
        } else {
          bound.put(inputs.get(i).getName(), array);
        }
      }
      this.graph = model.graph(bound, input == null ? new long[0] : input.shape().dims());
      for (int i = 0; i < model.outputs().size(); i++) {
        expected.add(read(dataSet.resolve("output_" + i + ".pb")));
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** The folders of cases below a folder, in order of their paths. */
  public static List<Path> folders(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(p -> p.endsWith(MODEL)).map(Path::getParent).sorted().toList();
    }
  }

  /** The folders of a case's inputs and outputs. */
  public static List<Path> dataSets(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(p -> p.getFileName().toString().startsWith(DATA)).sorted().toList();
    }
  }

  /**
   * Opens a case.
   *
   * @param dataSet one of its {@link #dataSets}
   * @throws UnusableInputException if the model is refused, or files are missing
   */
  public static NodeCase open(Path folder, Path dataSet) {
    return new NodeCase(folder, dataSet);
  }

  private ConstantArray read(Path file) {
    try {
      return tensors.readAny(TensorProto.parseFrom(Files.readAllBytes(file)));
    } catch (InvalidProtocolBufferException e) {
      throw new UnusableInputException(file, "is no tensor: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UnusableInputException(file, "can't be read", e);
    }
  }

  /** The graph, for the input's extents. */
  public Graph graph() {
    return graph;
  }

  /** What goes in; empty where everything is known beforehand, and no output is left to compute. */
  public Optional<Tensor> input() {
    return Optional.ofNullable(input);
  }

  /**
   * Compares with what must come out.
   *
   * @param outputs what {@link Graph#outputs()} came to, in that order
   * @return the first difference, in words; empty where all is well
   */
  public Optional<String> mismatch(List<Tensor> outputs) {
    int next = 0;
    for (int i = 0; i < expected.size(); i++) {
      String name = model.outputs().get(i).getName();
      ConstantArray known = graph.constantOutputs().get(name);
      Optional<String> wrong =
          known != null
              ? mismatch(name, expected.get(i), known)
              : mismatch(
                  name,
                  expected.get(i),
                  ConstantArray.of(expected.get(i).type(), outputs.get(next++)));
      if (wrong.isPresent()) {
        return wrong;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> mismatch(String name, ConstantArray wanted, ConstantArray got) {
    boolean bothFloat = wanted.isFloat() && got.isFloat();
    if (!wanted.shape().equals(got.shape()) || !(bothFloat || wanted.type() == got.type())) {
      return Optional.of("%s is %s instead of %s".formatted(name, got, wanted));
    }
    double largest = 0;
    for (long i = 0; i < wanted.shape().size(); i++) {
      double size = Math.abs(wanted.at(i));
      largest = Double.isFinite(size) ? Math.max(largest, size) : largest;
    }
    for (long i = 0; i < wanted.shape().size(); i++) {
      double w = wanted.at(i);
      double g = got.at(i);
      double allowed = bothFloat ? TOLERANCE * largest : 0;
      boolean same = Double.compare(w, g) == 0 || Math.abs(w - g) <= allowed;
      if (!same) {
        return Optional.of("%s[%d] is %s instead of %s".formatted(name, i, g, w));
      }
    }
    return Optional.empty();
  }

  @Override
  public void close() {
    tensors.close();
    owner.close();
    model.close();
  }
}
