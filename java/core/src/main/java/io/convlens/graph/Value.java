package io.convlens.graph;

import io.convlens.tensor.Shape;

/**
 * An array that flows through a {@link Graph}: float32, produced by exactly one {@link Node}.
 * Compared by identity, since two nodes may well produce arrays of one name and shape while a pass
 * rewrites a graph.
 */
public final class Value {
  private final String name;
  private final Shape shape;
  private final boolean batched;

  /**
   * A new value.
   *
   * @param name its name in the ONNX file, or one made up by the reader
   * @param shape its extents in ONNX's order (N, C, H, W for a map), for the graph's base batch
   * @param batched whether axis 0 counts pictures, each computed without regard to the others, so
   *     that the axis can be given any extent
   */
  public Value(String name, Shape shape, boolean batched) {
    this.name = name;
    this.shape = shape;
    this.batched = batched;
  }

  /** The name in the ONNX file, or one made up by the reader. */
  public String name() {
    return name;
  }

  /** The extents in ONNX's order, for the graph's base batch. */
  public Shape shape() {
    return shape;
  }

  /** Whether axis 0 counts independent pictures. */
  public boolean batched() {
    return batched;
  }

  /** The extents when {@code batch} pictures go through the graph. */
  public Shape shape(int batch) {
    return batched ? shape.with(0, batch) : shape;
  }

  @Override
  public String toString() {
    return name + shape;
  }
}
