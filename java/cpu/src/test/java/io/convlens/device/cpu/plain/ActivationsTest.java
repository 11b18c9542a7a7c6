package io.convlens.device.cpu.plain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.graph.Activation;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Activations in single precision against their definitions in double. */
class ActivationsTest {
  private static final double RELATIVE = 1e-6;

  /** A hundred times the smallest normal number: x·e^x where e^x is one. */
  private static final double SMALL = 100.0 * Float.MIN_NORMAL;

  static Stream<Activation> functions() {
    var all = new ArrayList<Activation>();
    all.add(new Activation.Relu());
    for (float a : new float[] {-0.7f, 0.01f, 0.3f, 1, 1.7f}) {
      all.add(new Activation.LeakyRelu(a));
      all.add(new Activation.Elu(a));
      all.add(new Activation.Celu(a));
      all.add(new Activation.Selu(a, 1.05f));
      all.add(new Activation.ThresholdedRelu(a));
      all.add(new Activation.Swish(a));
      all.add(new Activation.HardSigmoid(a, 0.5f));
      all.add(new Activation.Affine(a, 0));
    }
    all.add(new Activation.Clip(0, 6));
    all.add(new Activation.Clip(Float.NEGATIVE_INFINITY, 2));
    all.add(new Activation.Clip(-1, Float.POSITIVE_INFINITY));
    all.add(new Activation.Sigmoid());
    all.add(new Activation.HardSwish());
    all.add(new Activation.Mish());
    all.add(new Activation.Gelu(true));
    all.add(new Activation.Gelu(false));
    all.add(new Activation.Softplus());
    all.add(new Activation.Softsign());
    for (float e : new float[] {0, 0.5f, 1.5f, 2, 3, -1}) {
      all.add(new Activation.Power(e));
    }
    for (Activation.Function f : Activation.Function.values()) {
      all.add(new Activation.Elementary(f));
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("functions")
  void isTheFunction(Activation f) {
    float[] x = inputs();
    float[] y = x.clone();
    new Activations(x.length).apply(f, y, x.length);
    for (int i = 0; i < x.length; i++) {
      double e = f.apply(x[i]);
      if (Double.isFinite((float) e)) {
        assertEquals(e, y[i], allowed(f, x[i], e), f + " at " + x[i]);
      }
    }
  }

  /**
   * 1e-6 of the value, of which an exponential loses some with the size of its argument; of 1 where
   * a sum cancels. Numbers below the smallest normal one may be 0.
   */
  private static double allowed(Activation f, float x, double e) {
    double argument =
        switch (f) {
          case Activation.HardSigmoid _, Activation.HardSwish _ -> 2 / Math.max(SMALL, Math.abs(e));
          case Activation.Gelu(boolean tanh) -> Math.pow(Math.abs(x), tanh ? 3 : 2) / 4;
          default -> Math.abs(x);
        };
    // Far below 0 the definition itself cancels: 1 + erf(x) and 1 + tanh(x) in double precision.
    double least = f instanceof Activation.Gelu ? Math.abs(x) * Math.ulp(1.0) : SMALL;
    return Math.max(RELATIVE * Math.abs(e) * Math.max(1, argument / 2), least);
  }

  @ParameterizedTest
  @MethodSource("functions")
  void whatIsNoNumberStaysSo(Activation f) {
    float[] v = {Float.NaN, 1};
    new Activations(2).apply(f, v, 2);
    assertEquals(Double.isNaN(f.apply(Double.NaN)), Float.isNaN(v[0]), f.toString());
  }

  @ParameterizedTest
  @MethodSource("functions")
  void largeArgumentsAreNotWrong(Activation f) {
    for (float x : new float[] {1000, -1000, 1e30f, -1e30f, Float.POSITIVE_INFINITY}) {
      float[] v = {x};
      new Activations(1).apply(f, v, 1);
      float e = (float) f.apply(x);
      boolean same = Float.isNaN(e) || Float.compare(e, v[0]) == 0 || close(e, v[0]);
      assertTrue(same, f + " at " + x + " is " + v[0] + ", should be " + e);
    }
  }

  private static boolean close(float expected, float actual) {
    return Math.abs((double) expected - actual) <= 1e-6 * Math.max(1e-30, Math.abs(expected));
  }

  private static float[] inputs() {
    List<Float> x = new ArrayList<>();
    for (float a = 1e-6f; a < 90; a *= 1.013f) {
      x.add(a);
      x.add(-a);
    }
    x.addAll(List.of(0f, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f));
    float[] all = new float[x.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = x.get(i);
    }
    return all;
  }
}
