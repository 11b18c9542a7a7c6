package io.convlens.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.convlens.device.Buffer;
import io.convlens.device.DeviceOptions;
import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.graph.Activation;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** oneDNN's activations against the definitions: what may be fused must be exact. */
class EltwiseTest {
  static Stream<Activation> functions() {
    var all = new ArrayList<Activation>();
    all.add(new Activation.Relu());
    for (float a : new float[] {0.01f, 0.3f, 1, 1.7f}) {
      all.add(new Activation.LeakyRelu(a));
      all.add(new Activation.Elu(a));
      all.add(new Activation.Swish(a));
      all.add(new Activation.HardSigmoid(a, 0.5f));
      all.add(new Activation.Affine(a, -0.4f));
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
    for (float e : new float[] {2, 3, 0.5f, -1, 1.5f, 0}) {
      all.add(new Activation.Power(e));
    }
    for (Activation.Function f : Activation.Function.values()) {
      all.add(new Activation.Elementary(f));
    }
    return all.stream().filter(f -> Eltwise.of(f).isPresent());
  }

  @ParameterizedTest
  @MethodSource("functions")
  void isTheFunction(Activation f) {
    float[] x = inputs();
    float[] y = apply(f, x);
    for (int i = 0; i < x.length; i++) {
      double e = f.apply(x[i]);
      if (Double.isFinite((float) e)) {
        assertEquals(e, y[i], 1e-6 * Math.max(1, Math.abs(e)), f + " at " + x[i]);
      }
    }
  }

  private static float[] inputs() {
    var x = new ArrayList<Float>();
    for (float a = 1e-6f; a < 90; a *= 1.013f) {
      x.add(a);
      x.add(-a);
    }
    x.addAll(List.of(0f, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 1000f, -1000f));
    float[] all = new float[x.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = x.get(i);
    }
    return all;
  }

  private static float[] apply(Activation f, float[] x) {
    MapShape m = MapShape.dense(1, 1, 1, 1, x.length);
    try (var device = new CpuProvider().open("cpu", DeviceOptions.DEFAULT);
        var kernel = device.prepare(new Spec.Pointwise(m, m, List.of(f)));
        var in = Tensor.of(Shape.of(x.length), x);
        var out = Tensor.zeros(Shape.of(x.length))) {
      Buffer buffer = device.allocate(x.length);
      device.upload(in, 0, x.length, buffer);
      kernel.bind(buffer, buffer).run();
      device.download(buffer, x.length, out, 0);
      return out.toArray();
    }
  }
}
