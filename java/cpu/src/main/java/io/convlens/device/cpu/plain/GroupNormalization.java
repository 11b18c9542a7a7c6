package io.convlens.device.cpu.plain;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import java.lang.foreign.MemorySegment;

/** Instance and group normalisation: means and deviations in double precision, in two passes. */
public final class GroupNormalization implements PlainKernel {
  private final MapShape src;
  private final MapShape dst;
  private final int groups;
  private final float epsilon;
  private final float[] scale;
  private final float[] shift;

  private GroupNormalization(Spec.GroupNorm s) {
    src = s.src();
    dst = s.dst();
    groups = s.groups();
    epsilon = s.epsilon();
    scale = s.scale().toArray();
    shift = s.shift().toArray();
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.GroupNorm spec) {
    return new GroupNormalization(spec);
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    parallel.run(
        src.n(),
        1,
        (from, to) -> {
          for (long n = from; n < to; n++) {
            picture(operands[0], operands[1], n);
          }
        });
  }

  private void picture(MemorySegment in, MemorySegment out, long n) {
    int c = src.c();
    long places = src.places() / src.n();
    float[] row = new float[c];
    double[] mean = new double[c];
    for (long p = 0; p < places; p++) {
      load(in, n * places + p, row);
      for (int i = 0; i < c; i++) {
        mean[i] += row[i];
      }
    }
    averagePerGroup(mean, places);
    double[] variance = new double[c];
    for (long p = 0; p < places; p++) {
      load(in, n * places + p, row);
      for (int i = 0; i < c; i++) {
        double d = row[i] - mean[i];
        variance[i] += d * d;
      }
    }
    averagePerGroup(variance, places);
    double[] factor = new double[c];
    for (int i = 0; i < c; i++) {
      factor[i] = scale[i] / Math.sqrt(variance[i] + epsilon);
    }
    for (long p = 0; p < places; p++) {
      load(in, n * places + p, row);
      for (int i = 0; i < c; i++) {
        row[i] = (float) ((row[i] - mean[i]) * factor[i] + shift[i]);
      }
      long at = (n * places + p) * dst.pitch() * Float.BYTES;
      MemorySegment.copy(row, 0, out, JAVA_FLOAT, at, c);
    }
  }

  private void load(MemorySegment in, long place, float[] row) {
    MemorySegment.copy(in, JAVA_FLOAT, place * src.pitch() * Float.BYTES, row, 0, row.length);
  }

  /** Sums a channel become the means of their groups. */
  private void averagePerGroup(double[] sums, long places) {
    int size = sums.length / groups;
    for (int g = 0; g < groups; g++) {
      double sum = 0;
      for (int i = 0; i < size; i++) {
        sum += sums[g * size + i];
      }
      for (int i = 0; i < size; i++) {
        sums[g * size + i] = sum / ((double) places * size);
      }
    }
  }
}
