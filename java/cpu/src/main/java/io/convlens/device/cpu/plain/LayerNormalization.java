package io.convlens.device.cpu.plain;

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
        Math.max(1, 8192 / Math.max(1, columns)),
        (from, to) -> {
          float[] row = new float[columns];
          double[] terms = new double[columns];
          for (long r = from; r < to; r++) {
            Memory.read(operands[0], r * columns, row, 0, columns);
            normalise(row, terms);
            Memory.write(row, 0, operands[1], r * columns, columns);
          }
        });
  }

  private void normalise(float[] row, double[] terms) {
    for (int i = 0; i < columns; i++) {
      terms[i] = row[i];
    }
    double mean = Halving.sum(terms, columns) / columns;
    subtract(mean, row);
    for (int i = 0; i < columns; i++) {
      terms[i] = (double) row[i] * row[i];
    }
    float factor = (float) (1 / Math.sqrt(Halving.sum(terms, columns) / columns + epsilon));
    for (int i = 0; i < columns; i++) {
      row[i] = row[i] * factor * scale[i] + shift[i];
    }
  }

  /**
   * The mean is taken away in two parts, so that little is lost where elements are close to it and
   * far from 0, and yet all is single precision, of which a vector holds twice as many.
   */
  private static void subtract(double mean, float[] row) {
    float high = (float) mean;
    float low = (float) (mean - high);
    for (int i = 0; i < row.length; i++) {
      row[i] = row[i] - high - low;
    }
  }
}
