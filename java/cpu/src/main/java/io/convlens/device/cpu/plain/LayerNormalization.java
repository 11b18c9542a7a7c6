package io.convlens.device.cpu.plain;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.convlens.device.Spec;
import java.lang.foreign.MemorySegment;

/** Layer normalisation of rows: means and deviations in double precision, in two passes. */
public final class LayerNormalization implements PlainKernel {
  private final long rows;
  private final int columns;
  private final float epsilon;
  private final float[] scale;
  private final float[] shift;

  private LayerNormalization(Spec.LayerNorm s) {
    rows = s.rows();
    columns = s.columns();
    epsilon = s.epsilon();
    scale = s.scale().toArray();
    shift = s.shift() == null ? new float[columns] : s.shift().toArray();
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.LayerNorm spec) {
    return new LayerNormalization(spec);
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    parallel.run(
        rows,
        Math.max(1, 8192 / columns),
        (from, to) -> {
          float[] row = new float[columns];
          for (long r = from; r < to; r++) {
            long at = r * columns * Float.BYTES;
            MemorySegment.copy(operands[0], JAVA_FLOAT, at, row, 0, columns);
            normalise(row);
            MemorySegment.copy(row, 0, operands[1], JAVA_FLOAT, at, columns);
          }
        });
  }

  private void normalise(float[] row) {
    double mean = 0;
    for (float v : row) {
      mean += v;
    }
    mean /= columns;
    double variance = 0;
    for (float v : row) {
      variance += (v - mean) * (v - mean);
    }
    double factor = 1 / Math.sqrt(variance / columns + epsilon);
    for (int i = 0; i < columns; i++) {
      row[i] = (float) ((row[i] - mean) * factor * scale[i] + shift[i]);
    }
  }
}
