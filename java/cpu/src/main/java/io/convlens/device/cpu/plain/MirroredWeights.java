package io.convlens.device.cpu.plain;

import io.convlens.tensor.Tensor;

/**
 * The filters by which a plain convolution does what a transposed one with stride 1 does: inputs
 * and outputs exchanged, taps in reverse order.
 */
public final class MirroredWeights {
  private MirroredWeights() {}

  /**
   * Exchanges and reverses.
   *
   * @param weights {@code [C, M/groups, kernel...]}
   * @return as many numbers, {@code [M, C/groups, kernel...]} in order, the caller's to close
   */
  public static Tensor of(Tensor weights, int groups) {
    int inputs = Math.toIntExact(weights.shape().dim(0)) / groups;
    int outputs = Math.toIntExact(weights.shape().dim(1));
    int taps = Math.toIntExact(weights.size() / Math.max(1, (long) inputs * groups * outputs));
    float[] from = weights.toArray();
    float[] to = new float[from.length];
    for (int group = 0; group < groups; group++) {
      int base = group * inputs * outputs * taps;
      for (int i = 0; i < inputs; i++) {
        for (int o = 0; o < outputs; o++) {
          int source = base + (i * outputs + o) * taps;
          int target = base + (o * inputs + i) * taps;
          for (int t = 0; t < taps; t++) {
            to[target + t] = from[source + taps - 1 - t];
          }
        }
      }
    }
    return Tensor.of(weights.shape(), to);
  }
}
