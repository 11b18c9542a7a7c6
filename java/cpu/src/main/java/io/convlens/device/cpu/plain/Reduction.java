package io.convlens.device.cpu.plain;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.convlens.device.Spec;
import io.convlens.graph.Node.ReduceKind;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Reductions in double precision and in an order that is fixed, whoever computes them. Outputs that
 * are neighbours, like the channels of a global pooling, are computed together, a row of elements
 * at a time; where the innermost loop is reduced and long, each output by itself, from runs of it.
 */
public final class Reduction implements PlainKernel {
  /** Outputs computed together, or elements of a run taken at once, at most. */
  private static final int WIDTH = 512;

  /** A reduced innermost loop this long makes runs; a shorter one is walked for many outputs. */
  private static final long LONG_RUN = 32;

  private final ReduceKind kind;
  private final Fold fold;
  private final boolean inRuns;
  private final long[] kept;
  private final long[][] keptStrides;
  private final long[] reduced;
  private final long[][] reducedStrides;
  private final long reducedCount;
  private final long width;
  private final long strideSrc;
  private final long strideDst;

  private Reduction(Spec.Reduce s) {
    kind = s.kind();
    fold = Fold.of(kind);
    int last = s.dims().size() - 1;
    int lastKept = s.reduced().lastIndexOf(false);
    inRuns = lastKept < 0 || (s.reduced().get(last) && s.dims().get(last) >= LONG_RUN);
    int across = inRuns ? last : lastKept;
    width = s.dims().get(across);
    strideSrc = s.strideSrc().get(across);
    strideDst = s.strideDst().get(across);
    int[] keptDims = others(s, across, false);
    int[] reducedDims = others(s, across, true);
    kept = pick(s.dims(), keptDims);
    keptStrides = new long[][] {pick(s.strideSrc(), keptDims), pick(s.strideDst(), keptDims)};
    reduced = pick(s.dims(), reducedDims);
    reducedStrides = new long[][] {pick(s.strideSrc(), reducedDims)};
    reducedCount = Odometer.steps(reduced) * (inRuns ? width : 1);
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.Reduce spec) {
    return new Reduction(spec);
  }

  private static int[] others(Spec.Reduce s, int across, boolean reduced) {
    return IntStream.range(0, s.dims().size())
        .filter(d -> d != across && s.reduced().get(d) == reduced)
        .toArray();
  }

  private static long[] pick(List<Long> from, int[] dims) {
    return IntStream.of(dims).mapToLong(from::get).toArray();
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    long blocks = inRuns ? 1 : (width + WIDTH - 1) / WIDTH;
    long size = reducedCount * (inRuns ? 1 : Math.min(WIDTH, width));
    parallel.run(
        Odometer.steps(kept) * blocks,
        Math.max(1, 8192 / Math.max(1, size)),
        (from, to) -> {
          var work = new Work(operands[0]);
          var at = new Odometer(kept, keptStrides, from / blocks);
          for (long item = from; item < to; item++) {
            if (inRuns) {
              float result = work.run(at.offset(0));
              operands[1].setAtIndex(JAVA_FLOAT, at.offset(1), result);
            } else {
              long start = item % blocks * WIDTH;
              int count = (int) Math.min(WIDTH, width - start);
              work.columns(at.offset(0) + start * strideSrc, count);
              long to1 = at.offset(1) + start * strideDst;
              Memory.write(work.row, 0, operands[1], to1, strideDst, count);
            }
            if (item % blocks == blocks - 1) {
              at.next();
            }
          }
        });
  }

  /** One thread's arrays. */
  private final class Work {
    private final MemorySegment src;
    private final float[] row = new float[(int) Math.min(WIDTH, width)];
    private final double[] terms = new double[row.length];
    private final double[] sums = new double[row.length];
    private final double[] largest = new double[row.length];
    private final FloatFunctions functions = new FloatFunctions(row.length);

    Work(MemorySegment src) {
      this.src = src;
    }

    /** The result of all elements from a place on. */
    float run(long base) {
      double most = 0;
      if (kind == ReduceKind.LOG_SUM_EXP) {
        most = run(base, Fold.MAX, 0, false);
        most = Double.isInfinite(most) ? 0 : most;
      }
      double all = run(base, fold, most, kind == ReduceKind.LOG_SUM_EXP);
      return (float) Fold.finish(kind, all, reducedCount, most);
    }

    private double run(long base, Fold how, double most, boolean exponentials) {
      double all = how.start();
      var at = new Odometer(reduced, reducedStrides, 0);
      long steps = Odometer.steps(reduced);
      for (long step = 0; step < steps; step++) {
        for (long start = 0; start < width; start += row.length) {
          int count = (int) Math.min(row.length, width - start);
          long from = base + at.offset(0) + start * strideSrc;
          Memory.read(src, from, strideSrc, row, 0, count);
          if (exponentials) {
            Arrays.fill(largest, most);
            exponentials(count);
          }
          Fold.terms(kind, row, terms, count);
          all = how.combine(all, how.all(terms, count));
        }
        at.next();
      }
      return all;
    }

    /** Those of the row's elements less the largest. */
    private void exponentials(int count) {
      for (int i = 0; i < count; i++) {
        row[i] -= (float) largest[i];
      }
      functions.exp(row, count);
    }

    /** Leaves the results of neighbouring outputs in {@link #row}. */
    void columns(long base, int count) {
      Arrays.fill(largest, 0);
      if (kind == ReduceKind.LOG_SUM_EXP) {
        columns(base, count, Fold.MAX, false);
        // An infinite largest would make every difference NaN: exp of the values themselves then.
        for (int i = 0; i < count; i++) {
          largest[i] = Double.isInfinite(sums[i]) ? 0 : sums[i];
        }
      }
      columns(base, count, fold, kind == ReduceKind.LOG_SUM_EXP);
      for (int i = 0; i < count; i++) {
        row[i] = (float) Fold.finish(kind, sums[i], reducedCount, largest[i]);
      }
    }

    private void columns(long base, int count, Fold how, boolean exponentials) {
      Arrays.fill(sums, how.start());
      var at = new Odometer(reduced, reducedStrides, 0);
      long steps = Odometer.steps(reduced);
      for (long step = 0; step < steps; step++) {
        Memory.read(src, base + at.offset(0), strideSrc, row, 0, count);
        if (exponentials) {
          exponentials(count);
        }
        Fold.terms(kind, row, terms, count);
        how.each(sums, terms, count);
        at.next();
      }
    }
  }
}
