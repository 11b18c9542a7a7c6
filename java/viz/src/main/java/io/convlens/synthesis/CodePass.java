package io.convlens.synthesis;

import io.convlens.activation.TappedLayer;
import io.convlens.graph.GradientRule;
import io.convlens.graph.Graph;
import io.convlens.graph.Node;
import io.convlens.graph.Value;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.SizedNetwork;
import java.util.Arrays;
import java.util.Set;

/**
 * The way from inputs to the squared distances of their codes from wanted ones, and back. The codes
 * are wanted as a further input of the graph, so that one run gives distance and gradient.
 */
final class CodePass implements AutoCloseable {
  private final String layer;
  private final Value code;
  private final Value wanted;
  private final SeededPass pass;

  /** ‖Φ(x₀)‖² of each row. */
  private final double[] squares;

  CodePass(SizedNetwork network, String layer, long pictures) {
    this.layer = layer;
    this.code = TappedLayer.of(network.graph(), layer).value();
    this.wanted = new Value("~wanted", code.shape(), code.batched());
    var off = new Value("~off", code.shape(), code.batched());
    var square = new Value("~square", code.shape(), code.batched());
    Graph graph =
        network
            .graph()
            .append(new Node.Input("wanted", wanted))
            .append(new Node.Binary("off", Node.BinaryOp.SUB, code, wanted, off))
            .append(new Node.Binary("square", Node.BinaryOp.MUL, off, off, square));
    this.pass =
        new SeededPass(network, graph, square, Set.of(code), GradientRule.GRADIENT, pictures);
    this.squares = new double[pass.rows()];
    pass.put(wanted, 0, new float[pass.valueSize()]);
  }

  /** Inputs at once. */
  int rows() {
    return pass.rows();
  }

  /** One row of the network's input. */
  void input(int row, float[] numbers) {
    pass.input(row, numbers);
  }

  /**
   * Makes the codes of the first inputs the wanted ones.
   *
   * @throws UnusableOptionException if one is zero or not finite
   */
  void want(int count) {
    pass.run();
    float[] codes = pass.values(code);
    int size = pass.valueSize();
    for (int row = 0; row < count; row++) {
      float[] own = Arrays.copyOfRange(codes, row * size, (row + 1) * size);
      double square = 0;
      for (float v : own) {
        square += (double) v * v;
      }
      if (square == 0 || !Double.isFinite(square)) {
        throw new UnusableOptionException(
            "layer '%s' is %s for a picture: there is nothing to invert"
                .formatted(layer, square == 0 ? "zero everywhere" : "not finite"));
      }
      squares[row] = square;
      float[] weights = new float[size];
      Arrays.fill(weights, (float) (1 / square));
      pass.put(wanted, row, own);
      pass.seed(row, weights);
    }
  }

  /** Runs what was put. */
  void run() {
    pass.run();
  }

  /** ‖Φ(x) − Φ(x₀)‖ / ‖Φ(x₀)‖ of the first rows. */
  double[] errors(int count) {
    float[] values = pass.values();
    int size = pass.valueSize();
    double[] errors = new double[count];
    for (int row = 0; row < count; row++) {
      double sum = 0;
      for (int i = row * size; i < (row + 1) * size; i++) {
        sum += values[i];
      }
      errors[row] = Math.sqrt(sum / squares[row]);
    }
    return errors;
  }

  /** The gradient of ‖Φ(x) − Φ(x₀)‖² / ‖Φ(x₀)‖² with respect to the inputs, row after row. */
  float[] gradients() {
    return pass.gradients();
  }

  @Override
  public void close() {
    pass.close();
  }
}
