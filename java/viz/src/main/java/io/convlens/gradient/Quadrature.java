package io.convlens.gradient;

import java.util.Arrays;
import java.util.Locale;

/** Where on the way from baseline to input gradients are taken, and how much each counts. */
public enum Quadrature {
  /** The middle of each of equal steps. */
  MIDPOINT,
  /** The beginning of each step: the baseline, but not the input. */
  LEFT,
  /** The end of each step: the input, but not the baseline. */
  RIGHT,
  /** Both ends of each step: one place more than there are steps. */
  TRAPEZOID,
  /** As many places as steps, exact for polynomials of twice that degree less one. */
  GAUSS_LEGENDRE;

  /** Newton's iterations end where the root moves no further in double precision. */
  private static final double CONVERGED = 1e-15;

  private static final int MOST_ITERATIONS = 100;

  /**
   * Places in 0..1 and their weights, which add up to 1.
   *
   * @param places ascending
   * @param weights as many
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record Nodes(double[] places, double[] weights) {}

  /** The places and weights for a number of steps. */
  public Nodes nodes(int steps) {
    return switch (this) {
      case MIDPOINT -> even(steps, 0.5);
      case LEFT -> even(steps, 0);
      case RIGHT -> even(steps, 1);
      case TRAPEZOID -> trapezoid(steps);
      case GAUSS_LEGENDRE -> gaussLegendre(steps);
    };
  }

  private static Nodes even(int steps, double offset) {
    double[] places = new double[steps];
    Arrays.setAll(places, k -> (k + offset) / steps);
    double[] weights = new double[steps];
    Arrays.fill(weights, 1.0 / steps);
    return new Nodes(places, weights);
  }

  private static Nodes trapezoid(int steps) {
    double[] places = new double[steps + 1];
    Arrays.setAll(places, k -> (double) k / steps);
    double[] weights = new double[steps + 1];
    Arrays.fill(weights, 1.0 / steps);
    weights[0] /= 2;
    weights[steps] /= 2;
    return new Nodes(places, weights);
  }

  /** The roots of Legendre's polynomial by Newton's method (Abramowitz and Stegun 25.4.29). */
  private static Nodes gaussLegendre(int n) {
    double[] places = new double[n];
    double[] weights = new double[n];
    for (int i = 0; i < n; i++) {
      double x = -Math.cos(Math.PI * (i + 0.75) / (n + 0.5));
      double slope = 1;
      for (int k = 0; k < MOST_ITERATIONS; k++) {
        double[] p = legendre(n, x);
        slope = p[1];
        double step = p[0] / slope;
        x -= step;
        if (Math.abs(step) < CONVERGED) {
          break;
        }
      }
      places[i] = (1 + x) / 2;
      weights[i] = 1 / ((1 - x * x) * slope * slope);
    }
    return new Nodes(places, weights);
  }

  /** Legendre's polynomial of a degree and its derivative, by recurrence. */
  private static double[] legendre(int n, double x) {
    double before = 1;
    double p = x;
    for (int k = 2; k <= n; k++) {
      double next = ((2 * k - 1) * x * p - (k - 1) * before) / k;
      before = p;
      p = next;
    }
    return new double[] {p, n * (x * p - before) / (x * x - 1)};
  }

  /** The word of the command line and of JSON. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
