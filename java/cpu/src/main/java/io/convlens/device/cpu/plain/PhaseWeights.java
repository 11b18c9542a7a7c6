package io.convlens.device.cpu.plain;

import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;

/**
 * The filters of a plain convolution that makes all phases of a strided transposed one: those
 * outputs that lie a stride apart read the same taps, and become channels of one map. What a phase
 * has no tap for is 0.
 */
public final class PhaseWeights {
  private PhaseWeights() {}

  /** How many places beside each other a phase reads, along an axis. */
  public static int reach(int kernel, int stride) {
    return (kernel + stride - 1) / stride;
  }

  /**
   * Sorts taps by phase.
   *
   * @param weights {@code [C, M, kh, kw]}
   * @return {@code [strideH·strideW·M, C, reach, reach]}, the phase along the width and then M the
   *     fastest of the first axis; the caller's to close
   */
  public static Tensor of(Tensor weights, int strideH, int strideW) {
    int inputs = weights.shape().intDim(0);
    int outputs = weights.shape().intDim(1);
    int kh = weights.shape().intDim(2);
    int kw = weights.shape().intDim(3);
    int rh = reach(kh, strideH);
    int rw = reach(kw, strideW);
    float[] from = weights.toArray();
    float[] to = new float[strideH * strideW * outputs * inputs * rh * rw];
    for (int i = 0; i < inputs; i++) {
      for (int o = 0; o < outputs; o++) {
        for (int y = 0; y < kh; y++) {
          for (int x = 0; x < kw; x++) {
            // Tap y of output place s·q + r is place q − m of the input, with y = s·m + r.
            int phase = (y % strideH) * strideW + x % strideW;
            int row = rh - 1 - y / strideH;
            int column = rw - 1 - x / strideW;
            int filter = (phase * outputs + o) * inputs + i;
            to[(filter * rh + row) * rw + column] = from[((i * outputs + o) * kh + y) * kw + x];
          }
        }
      }
    }
    return Tensor.of(Shape.of((long) strideH * strideW * outputs, inputs, rh, rw), to);
  }
}
