package io.convlens.device.cpu.plain;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.convlens.device.Spec;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Interpolation along one axis, by weighted sums of rows. */
public final class Interpolation implements PlainKernel {
  private static final int BLOCK = 2048;

  private final Spec.Interpolate spec;

  private Interpolation(Spec.Interpolate spec) {
    this.spec = spec;
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.Interpolate spec) {
    return new Interpolation(spec);
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    int out = spec.indices().size();
    long inner = spec.inner();
    parallel.run(
        spec.outer() * out,
        Math.max(1, 8192 / Math.max(1, inner)),
        (from, to) -> {
          float[] row = new float[(int) Math.min(BLOCK, inner)];
          float[] sum = new float[row.length];
          for (long item = from; item < to; item++) {
            long base = item / out * spec.length() * inner;
            for (long start = 0; start < inner; start += BLOCK) {
              int count = (int) Math.min(BLOCK, inner - start);
              sum(operands[0], base + start, (int) (item % out), row, sum, count);
              long at = (item * inner + start) * Float.BYTES;
              MemorySegment.copy(sum, 0, operands[1], JAVA_FLOAT, at, count);
            }
          }
        });
  }

  private void sum(MemorySegment src, long base, int o, float[] row, float[] sum, int count) {
    int[] indices = spec.indices().get(o);
    float[] weights = spec.weights().get(o);
    Arrays.fill(sum, 0, count, 0);
    for (int k = 0; k < indices.length; k++) {
      float weight = weights[k];
      // A tap without weight takes no part, even where it would read an infinity.
      if (weight != 0) {
        long at = (base + indices[k] * spec.inner()) * Float.BYTES;
        MemorySegment.copy(src, JAVA_FLOAT, at, row, 0, count);
        for (int i = 0; i < count; i++) {
          sum[i] += weight * row[i];
        }
      }
    }
  }
}
