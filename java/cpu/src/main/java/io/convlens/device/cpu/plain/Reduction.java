package io.convlens.device.cpu.plain;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.convlens.device.Spec;
import io.convlens.graph.Node.ReduceKind;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reductions in double precision and in the order of the source's elements, whoever computes them.
 * Outputs that are neighbours in memory, like the channels of a global pooling, are computed
 * together.
 */
public final class Reduction implements PlainKernel {
  /** Outputs computed together at most. */
  private static final int WIDTH = 512;

  private final ReduceKind kind;
  private final long[] kept;
  private final long[][] keptStrides;
  private final long[] reduced;
  private final long[][] reducedStrides;
  private final long width;
  private final long strideSrc;
  private final long strideDst;

  private Reduction(Spec.Reduce s) {
    kind = s.kind();
    int last = s.dims().size() - 1;
    boolean together = !s.reduced().get(last);
    List<Integer> keptDims = new ArrayList<>();
    List<Integer> reducedDims = new ArrayList<>();
    for (int d = 0; d <= last; d++) {
      if (s.reduced().get(d)) {
        reducedDims.add(d);
      } else if (d < last) {
        keptDims.add(d);
      }
    }
    width = together ? s.dims().get(last) : 1;
    strideSrc = together ? s.strideSrc().get(last) : 1;
    strideDst = together ? s.strideDst().get(last) : 1;
    kept = pick(s.dims(), keptDims);
    keptStrides = new long[][] {pick(s.strideSrc(), keptDims), pick(s.strideDst(), keptDims)};
    reduced = pick(s.dims(), reducedDims);
    reducedStrides = new long[][] {pick(s.strideSrc(), reducedDims)};
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.Reduce spec) {
    return new Reduction(spec);
  }

  private static long[] pick(List<Long> from, List<Integer> dims) {
    return dims.stream().mapToLong(from::get).toArray();
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    long blocks = (width + WIDTH - 1) / WIDTH;
    parallel.run(
        Odometer.steps(kept) * blocks,
        1,
        (from, to) -> {
          for (long item = from; item < to; item++) {
            long start = item % blocks * WIDTH;
            int count = (int) Math.min(WIDTH, width - start);
            var at = new Odometer(kept, keptStrides, item / blocks);
            double[] sums = reduce(operands[0], at.offset(0) + start * strideSrc, count);
            for (int i = 0; i < count; i++) {
              operands[1].setAtIndex(
                  JAVA_FLOAT, at.offset(1) + (start + i) * strideDst, (float) sums[i]);
            }
          }
        });
  }

  private double[] reduce(MemorySegment src, long base, int count) {
    double[] sums = new double[count];
    double[] largest = new double[count];
    if (kind == ReduceKind.LOG_SUM_EXP) {
      Arrays.fill(largest, Double.NEGATIVE_INFINITY);
      walk(src, base, count, row -> max(largest, row, count));
      // An infinite largest would make every difference NaN: exp of the values themselves then.
      for (int i = 0; i < count; i++) {
        largest[i] = Double.isInfinite(largest[i]) ? 0 : largest[i];
      }
    }
    Arrays.fill(
        sums,
        switch (kind) {
          case MAX -> Double.NEGATIVE_INFINITY;
          case MIN -> Double.POSITIVE_INFINITY;
          case PROD -> 1;
          default -> 0;
        });
    walk(src, base, count, row -> add(sums, largest, row, count));
    for (int i = 0; i < count; i++) {
      sums[i] = finish(sums[i], largest[i]);
    }
    return sums;
  }

  private interface Row {
    void of(float[] values);
  }

  private void walk(MemorySegment src, long base, int count, Row each) {
    float[] row = new float[count];
    long steps = Odometer.steps(reduced);
    var at = new Odometer(reduced, reducedStrides, 0);
    for (long step = 0; step < steps; step++) {
      long from = base + at.offset(0);
      if (strideSrc == 1) {
        MemorySegment.copy(src, JAVA_FLOAT, from * Float.BYTES, row, 0, count);
      } else {
        for (int i = 0; i < count; i++) {
          row[i] = src.getAtIndex(JAVA_FLOAT, from + i * strideSrc);
        }
      }
      each.of(row);
      at.next();
    }
  }

  private static void max(double[] largest, float[] row, int count) {
    for (int i = 0; i < count; i++) {
      largest[i] = Math.max(largest[i], row[i]);
    }
  }

  private void add(double[] sums, double[] largest, float[] row, int count) {
    switch (kind) {
      case SUM, MEAN, LOG_SUM -> {
        for (int i = 0; i < count; i++) {
          sums[i] += row[i];
        }
      }
      case MAX -> max(sums, row, count);
      case MIN -> {
        for (int i = 0; i < count; i++) {
          sums[i] = Math.min(sums[i], row[i]);
        }
      }
      case PROD -> {
        for (int i = 0; i < count; i++) {
          sums[i] *= row[i];
        }
      }
      case L1 -> {
        for (int i = 0; i < count; i++) {
          sums[i] += Math.abs(row[i]);
        }
      }
      case L2, SUM_SQUARE -> {
        for (int i = 0; i < count; i++) {
          sums[i] += (double) row[i] * row[i];
        }
      }
      case LOG_SUM_EXP -> {
        for (int i = 0; i < count; i++) {
          sums[i] += Math.exp(row[i] - largest[i]);
        }
      }
    }
  }

  private double finish(double sum, double largest) {
    return switch (kind) {
      case MEAN -> sum / Odometer.steps(reduced);
      case L2 -> Math.sqrt(sum);
      case LOG_SUM -> Math.log(sum);
      case LOG_SUM_EXP -> Math.log(sum) + largest;
      case SUM, MAX, MIN, PROD, L1, SUM_SQUARE -> sum;
    };
  }
}
