package io.convlens.device.cpu.plain;

import io.convlens.device.Spec;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Nearest neighbours: all distances of a point, sorted. The simplest of searches, for what other
 * devices are held against; t-SNE on the CPU has a faster one of its own.
 */
public final class NeighboursOfPoints implements PlainKernel {
  private final Spec.Neighbours spec;

  private NeighboursOfPoints(Spec.Neighbours spec) {
    this.spec = spec;
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.Neighbours spec) {
    return new NeighboursOfPoints(spec);
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    float[][] columns = new float[spec.dimensions()][spec.points()];
    for (int d = 0; d < columns.length; d++) {
      Memory.read(operands[0], (long) d * spec.points(), columns[d], 0, spec.points());
    }
    parallel.run(
        spec.rows(),
        1,
        (from, end) -> {
          float[] distances = new float[spec.points()];
          long[] keys = new long[spec.points()];
          float[] found = new float[2 * spec.k()];
          for (long row = from; row < end; row++) {
            int own = spec.first() + (int) row;
            measure(columns, own, distances);
            nearest(distances, own, keys);
            for (int r = 0; r < spec.k(); r++) {
              found[r] = distances[(int) keys[r]];
              found[spec.k() + r] = keys[r];
            }
            Memory.write(found, 0, operands[1], row * found.length, found.length);
          }
        });
  }

  private static void measure(float[][] columns, int own, float[] distances) {
    Arrays.fill(distances, 0);
    for (float[] column : columns) {
      add(column, column[own], distances);
    }
  }

  /** A loop of its own, simple enough for the compiler to run it on vectors. */
  private static void add(float[] column, float own, float[] sums) {
    for (int j = 0; j < sums.length; j++) {
      float difference = column[j] - own;
      sums[j] += difference * difference;
    }
  }

  /** Leaves the indices of the k nearest first, in their order. */
  private void nearest(float[] distances, int own, long[] keys) {
    // The bits of floats that are not negative are ordered as they are; a point itself is last.
    for (int j = 0; j < keys.length; j++) {
      keys[j] = j == own ? Long.MAX_VALUE : (long) Float.floatToIntBits(distances[j]) << 32 | j;
    }
    Arrays.sort(keys);
    for (int r = 0; r < spec.k(); r++) {
      keys[r] &= 0xffffffffL;
    }
    Arrays.sort(keys, 0, spec.k());
  }
}
