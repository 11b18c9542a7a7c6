package io.convlens.synthesis;

import io.convlens.engine.Session;
import io.convlens.graph.Backward;
import io.convlens.graph.GradientRule;
import io.convlens.graph.Graph;
import io.convlens.graph.NoGradientException;
import io.convlens.graph.Value;
import io.convlens.network.SizedNetwork;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * One forward and one backward pass over a batch of inputs, prepared once: a value, and the
 * gradient of any weighting of it with respect to the input. For one thread at a time.
 */
final class SeededPass implements AutoCloseable {
  private final Backward backward;
  private final Session session;
  private final Value of;
  private final Value input;
  private final int rows;
  private final Map<Value, Tensor> tensors = new HashMap<>();

  /**
   * Prepares passes.
   *
   * @param graph the network's, perhaps with more nodes
   * @param of what is differentiated
   * @param pictures how many there will be, for the choice of the batch
   * @throws io.convlens.graph.NoGradientException if it has no gradient
   */
  SeededPass(SizedNetwork network, Graph graph, Value of, long pictures) {
    this(network, graph, of, Set.of(), GradientRule.GRADIENT, pictures);
  }

  /**
   * The same.
   *
   * @param read further values that are to be read
   * @param rule what ReLU-like activations do to the gradient
   */
  SeededPass(
      SizedNetwork network,
      Graph graph,
      Value of,
      Set<Value> read,
      GradientRule rule,
      long pictures) {
    this.of = of;
    this.input = graph.input();
    this.backward = backward(network, graph, of, read, rule);
    try {
      Set<Value> taps = new HashSet<>(read);
      taps.add(of);
      taps.add(backward.gradient(input));
      int batch = network.batch(backward.graph(), taps, pictures);
      this.session = network.session(backward.graph(), batch, taps);
    } catch (RuntimeException | Error e) {
      backward.close();
      throw e;
    }
    // Where pictures of a batch meet, only one of them is real.
    this.rows = graph.batchable() ? session.batch() : 1;
  }

  private static Backward backward(
      SizedNetwork network, Graph graph, Value of, Set<Value> read, GradientRule rule) {
    try {
      return Backward.of(graph, of, Set.of(graph.input()), read, rule);
    } catch (NoGradientException e) {
      throw e.of(network.network().file());
    }
  }

  /** Inputs at once. */
  int rows() {
    return rows;
  }

  /** Numbers of the differentiated value a picture. */
  int valueSize() {
    return perRow(of);
  }

  private int perRow(Value value) {
    return Math.toIntExact(value.shape(session.batch()).size() / session.batch());
  }

  private Tensor tensor(Value value) {
    return tensors.computeIfAbsent(value, v -> Tensor.zeros(v.shape(session.batch())));
  }

  /** One row of the network's input. */
  void input(int row, float[] numbers) {
    put(input, row, numbers);
  }

  /** How much each element of the value counts in one row. */
  void seed(int row, float[] weights) {
    put(backward.seed(), row, weights);
  }

  /** One row of another input of the graph. */
  void put(Value value, int row, float[] numbers) {
    tensor(value).copyFrom(numbers, (long) row * perRow(value));
  }

  /** Runs all that was put. */
  void run() {
    tensor(input);
    tensor(backward.seed());
    tensors.forEach((value, t) -> session.upload(value, t, 0, axis(value)));
    session.run();
  }

  /** The value, row after row. */
  float[] values() {
    return read(of);
  }

  /** A further value, row after row. */
  float[] values(Value value) {
    return read(value);
  }

  /** The gradient with respect to the input, row after row. */
  float[] gradients() {
    return read(backward.gradient(input));
  }

  private float[] read(Value value) {
    try (Tensor all = Tensor.zeros(value.shape(session.batch()))) {
      session.download(value, axis(value), all, 0);
      return all.toArray();
    }
  }

  /** What a session counts of a value: pictures, or what its first axis holds instead. */
  private int axis(Value value) {
    Shape s = value.shape(session.batch());
    return s.rank() == 0 ? 1 : s.intDim(0);
  }

  @Override
  public void close() {
    tensors.values().forEach(Tensor::close);
    tensors.clear();
    session.close();
    backward.close();
  }
}
