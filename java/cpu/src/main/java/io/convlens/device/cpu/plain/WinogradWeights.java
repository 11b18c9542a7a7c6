package io.convlens.device.cpu.plain;

import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;

/**
 * Filters in the transformed domain: G·g·Gᵀ with G = [1 0 0; ½ ½ ½; ½ −½ ½; 0 0 1], signs as {@link
 * WinogradInput} and {@link WinogradOutput} have them. In double precision: rounded once.
 */
public final class WinogradWeights {
  private static final int TAPS = 9;

  private WinogradWeights() {}

  /**
   * Transforms filters.
   *
   * @param weights {@code [outputs, inputs, 3, 3]}
   * @return {@code [16, inputs, outputs]}, the caller's to close
   */
  public static Tensor of(Tensor weights) {
    return of(weights, false);
  }

  /**
   * Transforms the filters of the plain convolution that a transposed one is.
   *
   * @param weights {@code [inputs, outputs, 3, 3]}
   * @return {@code [16, inputs, outputs]}, the caller's to close
   */
  public static Tensor ofMirrored(Tensor weights) {
    return of(weights, true);
  }

  private static Tensor of(Tensor weights, boolean mirrored) {
    int outputs = Math.toIntExact(weights.shape().dim(mirrored ? 1 : 0));
    int inputs = Math.toIntExact(weights.shape().dim(mirrored ? 0 : 1));
    Tensor to = Tensor.zeros(Shape.of(WinogradTiles.POINTS, inputs, outputs));
    double[] g = new double[TAPS];
    double[] rows = new double[12];
    double[] points = new double[WinogradTiles.POINTS];
    for (int i = 0; i < inputs; i++) {
      for (int o = 0; o < outputs; o++) {
        long first = (mirrored ? (long) i * outputs + o : (long) o * inputs + i) * TAPS;
        for (int t = 0; t < TAPS; t++) {
          g[t] = weights.get(first + (mirrored ? TAPS - 1 - t : t));
        }
        for (int column = 0; column < 3; column++) {
          points(g, column, 3, rows, column, 3);
        }
        for (int row = 0; row < 4; row++) {
          points(rows, 3 * row, 1, points, 4 * row, 1);
        }
        for (int p = 0; p < points.length; p++) {
          to.set(((long) p * inputs + i) * outputs + o, (float) points[p]);
        }
      }
    }
    return to;
  }

  /** Three taps to four points. */
  private static void points(double[] g, int from, int step, double[] to, int at, int stepTo) {
    double a = g[from];
    double b = g[from + step];
    double c = g[from + 2 * step];
    to[at] = a;
    to[at + stepTo] = (a + b + c) / 2;
    to[at + 2 * stepTo] = (a - b + c) / 2;
    to[at + 3 * stepTo] = c;
  }
}
