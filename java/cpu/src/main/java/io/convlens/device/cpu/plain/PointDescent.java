package io.convlens.device.cpu.plain;

import io.convlens.device.Spec;
import java.lang.foreign.MemorySegment;

/** A step of t-SNE with momentum and gains. */
public final class PointDescent implements PlainKernel {
  private final Spec.Descent spec;

  private PointDescent(Spec.Descent spec) {
    this.spec = spec;
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.Descent spec) {
    return new PointDescent(spec);
  }

  private static float[] read(MemorySegment from, int count) {
    float[] values = new float[count];
    Memory.read(from, 0, values, 0, count);
    return values;
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    int n = spec.points();
    float[] state = read(operands[0], 6 * n);
    float[] attraction = read(operands[1], 2 * n);
    float[] repulsion = read(operands[2], 3 * n);
    double z = 0;
    for (int i = 2 * n; i < 3 * n; i++) {
      z += repulsion[i];
    }
    double[] middles = new double[2];
    for (int i = 0; i < n; i++) {
      double stepX = step(state, i, spec.exaggeration() * attraction[i] + repulsion[i] / z);
      int y = n + i;
      double stepY = step(state, y, spec.exaggeration() * attraction[y] + repulsion[y] / z);
      double length = Math.sqrt(stepX * stepX + stepY * stepY);
      double shorter = length > spec.longest() ? spec.longest() / length : 1;
      middles[0] += move(state, i, stepX * shorter);
      middles[1] += move(state, y, stepY * shorter);
    }
    for (int i = 0; i < 2 * n; i++) {
      state[i] -= (float) (middles[i / n] / n);
    }
    Memory.write(state, 0, operands[3], 0, state.length);
  }

  /** A coordinate's step along its force; its gain grows while it keeps its direction. */
  private double step(float[] state, int at, double force) {
    int n = spec.points();
    float last = state[2 * n + at];
    float gain = state[4 * n + at];
    boolean onwards = force > 0 == last > 0;
    gain = (float) Math.max(spec.leastGain(), onwards ? gain + 0.2 : gain * 0.8);
    state[4 * n + at] = gain;
    return spec.momentum() * last + spec.rate() * gain * force;
  }

  private float move(float[] state, int at, double step) {
    state[2 * spec.points() + at] = (float) step;
    state[at] += (float) step;
    return state[at];
  }
}
