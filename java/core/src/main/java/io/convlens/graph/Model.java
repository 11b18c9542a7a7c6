package io.convlens.graph;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * An ONNX file that has been read and understood: opsets 7 to 22 of the standard domain. Holds the
 * weights; close it after everything that was made from it. Immutable and safe to share.
 */
public final class Model implements AutoCloseable {

  /**
   * The network's declared input.
   *
   * @param name its name
   * @param dims one an axis; empty where the file leaves it open
   */
  public record InputDeclaration(String name, List<OptionalInt> dims) {}

  private Model() {}

  /**
   * Reads a file.
   *
   * @throws io.convlens.io.UnusableInputException if it is no ONNX model, is truncated, or uses an
   *     operator that is not supported, which is then named with its node
   */
  public static Model read(Path file) {
    return new Model();
  }

  /** The input that pictures go into: the first that is not an initialiser. */
  public InputDeclaration input() {
    return new InputDeclaration("", List.of());
  }

  /**
   * The graph for inputs of one size. Shapes are inferred, constants folded, operators resolved.
   *
   * @param dims the input's extents, axis 0 the batch; extents that the file fixes must agree,
   *     except the batch: where the file fixes it to another, the graph is for the file's batch,
   *     and {@link Graph#batchable()} tells whether others may be run
   * @throws io.convlens.io.UnusableInputException if the network can't be run on it, with the node
   */
  public Graph graph(long... dims) {
    Value v = new Value("", io.convlens.tensor.Shape.of(dims), true);
    return new Graph(v, List.of(new Node.Input("", v)), List.of(v), List.of());
  }

  @Override
  public void close() {}
}
