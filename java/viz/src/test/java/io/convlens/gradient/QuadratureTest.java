package io.convlens.gradient;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class QuadratureTest {
  private static double integral(Quadrature rule, int steps, int power) {
    Quadrature.Nodes nodes = rule.nodes(steps);
    double sum = 0;
    for (int i = 0; i < nodes.places().length; i++) {
      sum += nodes.weights()[i] * Math.pow(nodes.places()[i], power);
    }
    return sum;
  }

  @Test
  void weightsAddUpToOne() {
    for (Quadrature rule : Quadrature.values()) {
      for (int steps : new int[] {1, 2, 3, 16, 50, 333}) {
        assertEquals(1, Arrays.stream(rule.nodes(steps).weights()).sum(), 1e-12, rule.toString());
      }
    }
  }

  @Test
  void gaussLegendreIsExactForHighPowers() {
    for (int steps : new int[] {1, 2, 5, 20}) {
      for (int power = 0; power < 2 * steps; power++) {
        assertEquals(1.0 / (power + 1), integral(Quadrature.GAUSS_LEGENDRE, steps, power), 1e-12);
      }
    }
  }

  @Test
  void equalSteps() {
    assertArrayEquals(new double[] {0.25, 0.75}, Quadrature.MIDPOINT.nodes(2).places());
    assertArrayEquals(new double[] {0, 0.5}, Quadrature.LEFT.nodes(2).places());
    assertArrayEquals(new double[] {0.5, 1}, Quadrature.RIGHT.nodes(2).places());
    assertArrayEquals(new double[] {0, 0.5, 1}, Quadrature.TRAPEZOID.nodes(2).places());
    assertArrayEquals(new double[] {0.25, 0.5, 0.25}, Quadrature.TRAPEZOID.nodes(2).weights());
  }
}
