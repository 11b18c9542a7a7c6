package io.convlens.device.cpu.plain;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.convlens.device.Spec;
import java.lang.foreign.MemorySegment;

/** What draws points of t-SNE together, along the pairs that have an affinity. */
public final class PointAttraction implements PlainKernel {
  private final Spec.Attraction spec;

  private PointAttraction(Spec.Attraction spec) {
    this.spec = spec;
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.Attraction spec) {
    return new PointAttraction(spec);
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    int points = spec.points();
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
            for (int e = spec.starts()[i]; e < spec.starts()[i + 1]; e++) {
              double dx = (double) x[spec.others()[e]] - x[i];
              double dy = (double) y[spec.others()[e]] - y[i];
              double force = spec.values()[e] / (1 + dx * dx + dy * dy);
              sumX += force * dx;
              sumY += force * dy;
            }
            operands[1].setAtIndex(JAVA_FLOAT, i, (float) sumX);
            operands[1].setAtIndex(JAVA_FLOAT, (long) points + i, (float) sumY);
          }
        });
  }
}
