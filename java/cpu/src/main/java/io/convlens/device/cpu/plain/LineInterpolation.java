package io.convlens.device.cpu.plain;

import io.convlens.device.Spec;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Interpolation along an axis with so few elements inside it (the columns of a picture) that a line
 * of all fits the cache: it is read whole, and each tap is a loop over the whole new line.
 */
final class LineInterpolation implements PlainKernel {
  /** Rows this short are gathered element by element. */
  private static final int SHORT = 16;

  private final int inner;
  private final long outer;
  private final int length;
  private final int out;
  private final int[][] picks;
  private final float[][] weights;

  LineInterpolation(Spec.Interpolate spec, int taps) {
    inner = (int) spec.inner();
    outer = spec.outer();
    length = spec.length() * inner;
    out = spec.indices().size() * inner;
    picks = new int[taps][out];
    weights = new float[taps][out];
    for (int to = 0; to < out; to++) {
      int[] indices = spec.indices().get(to / inner);
      for (int tap = 0; tap < taps; tap++) {
        float weight = tap < indices.length ? spec.weights().get(to / inner)[tap] : 0;
        weights[tap][to] = weight;
        // A tap without weight takes no part, even where it would read an infinity: the row
        // behind the line is 0.
        picks[tap][to] = (weight == 0 ? length : indices[tap] * inner) + to % inner;
      }
    }
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    parallel.run(
        outer,
        Math.max(1, 8192 / Math.max(1, out)),
        (from, to) -> {
          float[] line = new float[length + inner];
          float[] picked = new float[out];
          float[] sums = new float[out];
          for (long item = from; item < to; item++) {
            Memory.read(operands[0], item * length, line, 0, length);
            Arrays.fill(sums, 0);
            for (int tap = 0; tap < picks.length; tap++) {
              gather(line, picks[tap], picked);
              add(weights[tap], picked, sums);
            }
            Memory.write(sums, 0, operands[1], item * out, out);
          }
        });
  }

  private void gather(float[] line, int[] picks, float[] picked) {
    if (inner < SHORT) {
      for (int i = 0; i < picked.length; i++) {
        picked[i] = line[picks[i]];
      }
    } else {
      for (int i = 0; i < picked.length; i += inner) {
        System.arraycopy(line, picks[i], picked, i, inner);
      }
    }
  }

  private static void add(float[] weights, float[] picked, float[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += weights[i] * picked[i];
    }
  }
}
