package io.convlens.device.cpu.plain;

import io.convlens.device.Spec;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Interpolation along one axis, by weighted sums of rows. */
public final class Interpolation implements PlainKernel {
  private static final int BLOCK = 2048;

  /** Elements of a line that are worth holding in the second-level cache. */
  private static final int LINE = 32768;

  private final Spec.Interpolate spec;

  private Interpolation(Spec.Interpolate spec) {
    this.spec = spec;
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.Interpolate spec) {
    int taps = spec.indices().stream().mapToInt(i -> i.length).max().orElse(0);
    long out = spec.indices().size() * spec.inner();
    boolean isLine = spec.inner() <= BLOCK && spec.length() * spec.inner() <= LINE;
    return isLine && out * taps <= 4 * LINE
        ? new LineInterpolation(spec, taps)
        : new Interpolation(spec);
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
              Memory.write(sum, 0, operands[1], item * inner + start, count);
            }
          }
        });
  }

  private void sum(MemorySegment src, long base, int o, float[] row, float[] sum, int count) {
    int[] indices = spec.indices().get(o);
    float[] weights = spec.weights().get(o);
    Arrays.fill(sum, 0, count, 0);
    for (int k = 0; k < indices.length; k++) {
      // A tap without weight takes no part, even where it would read an infinity.
      if (weights[k] != 0) {
        Memory.read(src, base + indices[k] * spec.inner(), row, 0, count);
        add(weights[k], row, sum, count);
      }
    }
  }

  private static void add(float weight, float[] row, float[] sum, int count) {
    for (int i = 0; i < count; i++) {
      sum[i] += weight * row[i];
    }
  }
}
