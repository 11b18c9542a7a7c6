package io.convlens.device.cpu.plain;

import io.convlens.device.Spec;
import io.convlens.graph.Activation;
import io.convlens.graph.GradientRule;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** The gradient through an activation, in blocks that fit the first-level cache. */
public final class ActivationGradient implements PlainKernel {
  private static final int BLOCK = 2048;

  private final Activation function;
  private final GradientRule rule;
  private final long[] outer;
  private final long[][] outerStrides;
  private final long length;
  private final long[] steps;

  private ActivationGradient(Spec.ActivationGradient s) {
    function = s.function();
    rule = s.rule();
    int last = s.dims().size() - 1;
    List<List<Long>> strides = List.of(s.strideGradient(), s.strideX(), s.strideDst());
    outer = head(s.dims(), last);
    outerStrides = strides.stream().map(list -> head(list, last)).toArray(long[][]::new);
    steps = strides.stream().mapToLong(list -> list.get(last)).toArray();
    length = s.dims().get(last);
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.ActivationGradient spec) {
    return new ActivationGradient(spec);
  }

  private static long[] head(List<Long> list, int count) {
    return list.stream().limit(count).mapToLong(Long::longValue).toArray();
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    OptionalInt top = Gate.top(function);
    if (top.isPresent()) {
      gated(operands, parallel, new Gate(rule, top.getAsInt()));
    } else {
      general(operands, parallel);
    }
  }

  private void gated(MemorySegment[] operands, Parallel parallel, Gate gate) {
    inBlocks(
        parallel,
        () -> {
          int[] g = new int[(int) Math.min(length, BLOCK)];
          int[] x = new int[g.length];
          return (odometer, start, count) -> {
            Memory.read(operands[0], at(odometer, 0, start), steps[0], g, count);
            Memory.read(operands[1], at(odometer, 1, start), steps[1], x, count);
            gate.apply(g, x, count);
            Memory.write(g, operands[2], at(odometer, 2, start), steps[2], count);
          };
        });
  }

  private void general(MemorySegment[] operands, Parallel parallel) {
    inBlocks(
        parallel,
        () -> {
          float[] g = new float[(int) Math.min(length, BLOCK)];
          float[] x = new float[g.length];
          return (odometer, start, count) -> {
            Memory.read(operands[0], at(odometer, 0, start), steps[0], g, 0, count);
            Memory.read(operands[1], at(odometer, 1, start), steps[1], x, 0, count);
            apply(g, x, count);
            Memory.write(g, 0, operands[2], at(odometer, 2, start), steps[2], count);
          };
        });
  }

  /** Works on one block. */
  private interface Block {
    void work(Odometer odometer, long start, int count);
  }

  /** Deals the blocks out to threads, each with arrays of its own. */
  private void inBlocks(Parallel parallel, Supplier<Block> of) {
    long blocks = (length + BLOCK - 1) / BLOCK;
    parallel.run(
        Odometer.steps(outer) * blocks,
        Math.max(1, BLOCK / Math.max(1, Math.min(length, BLOCK))),
        (from, to) -> {
          var odometer = new Odometer(outer, outerStrides, from / blocks);
          Block block = of.get();
          for (long item = from; item < to; item++) {
            long start = item % blocks * BLOCK;
            block.work(odometer, start, (int) Math.min(BLOCK, length - start));
            if (item % blocks == blocks - 1) {
              odometer.next();
            }
          }
        });
  }

  private long at(Odometer odometer, int array, long start) {
    return odometer.offset(array) + start * steps[array];
  }

  private void apply(float[] g, float[] x, int count) {
    switch (function) {
      case Activation.LeakyRelu(float alpha) -> leak(g, x, alpha, count);
      default -> {
        for (int i = 0; i < count; i++) {
          g[i] = (float) rule.apply(function, g[i], x[i]);
        }
      }
    }
  }

  private static void leak(float[] g, float[] x, float alpha, int count) {
    for (int i = 0; i < count; i++) {
      g[i] = x[i] > 0 ? g[i] : alpha * g[i];
    }
  }
}
