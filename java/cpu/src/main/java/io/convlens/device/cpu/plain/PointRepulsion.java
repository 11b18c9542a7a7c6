package io.convlens.device.cpu.plain;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.convlens.device.Spec;
import java.lang.foreign.MemorySegment;

/** What keeps points of t-SNE apart, every point by every other, in double precision. */
public final class PointRepulsion implements PlainKernel {
  private final int points;

  private PointRepulsion(Spec.Repulsion spec) {
    this.points = spec.points();
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.Repulsion spec) {
    return new PointRepulsion(spec);
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    float[] x = new float[points];
    float[] y = new float[points];
    Memory.read(operands[0], 0, x, 0, points);
    Memory.read(operands[0], points, y, 0, points);
    parallel.run(
        points,
        1,
        (from, end) -> {
          for (int i = (int) from; i < end; i++) {
            double sumX = 0;
            double sumY = 0;
            // It meets itself, too.
            double sum = -1;
            for (int j = 0; j < points; j++) {
              double dx = (double) x[i] - x[j];
              double dy = (double) y[i] - y[j];
              double q = 1 / (1 + dx * dx + dy * dy);
              sumX += q * q * dx;
              sumY += q * q * dy;
              sum += q;
            }
            operands[1].setAtIndex(JAVA_FLOAT, i, (float) sumX);
            operands[1].setAtIndex(JAVA_FLOAT, (long) points + i, (float) sumY);
            operands[1].setAtIndex(JAVA_FLOAT, 2L * points + i, (float) sum);
          }
        });
  }
}
