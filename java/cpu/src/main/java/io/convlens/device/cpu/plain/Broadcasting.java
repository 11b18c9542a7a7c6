package io.convlens.device.cpu.plain;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.convlens.device.Spec;
import io.convlens.graph.Activation;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * Functions of two arrays with broadcasting, in blocks that fit the first-level cache. A block is a
 * part of the innermost loop or, where that is short (the channels of a picture), several turns of
 * the loop around it, so that loops over arrays are long whatever the shape.
 */
public final class Broadcasting implements PlainKernel {
  private static final int BLOCK = 2048;

  /** Where an operand's elements lie in a block: steps from row to row and within a row. */
  private record Steps(long row, long element) {
    /** Whether rows of this length follow each other without a gap. */
    boolean isDense(int length) {
      return element == 1 && row == length;
    }
  }

  private final Spec.Function function;
  private final List<Activation> posts;
  private final long[] outer;
  private final long[][] outerStrides;
  private final long rows;
  private final long length;
  private final int blockRows;
  private final int blockLength;
  private final Steps stepsA;
  private final Steps stepsB;
  private final Steps stepsDst;

  private Broadcasting(Spec.Broadcast s) {
    function = s.function();
    posts = s.posts();
    int last = s.dims().size() - 1;
    length = s.dims().get(last);
    boolean several = last > 0 && length <= BLOCK / 2;
    int outers = several ? last - 1 : last;
    outer = head(s.dims(), outers);
    outerStrides =
        new long[][] {
          head(s.strideA(), outers), head(s.strideB(), outers), head(s.strideDst(), outers)
        };
    rows = several ? s.dims().get(last - 1) : 1;
    stepsA = steps(s.strideA(), several);
    stepsB = steps(s.strideB(), several);
    stepsDst = steps(s.strideDst(), several);
    blockRows = several ? (int) Math.min(rows, BLOCK / Math.max(1, length)) : 1;
    blockLength = (int) Math.min(BLOCK, length);
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.Broadcast spec) {
    return new Broadcasting(spec);
  }

  private static long[] head(List<Long> list, int count) {
    return list.stream().limit(count).mapToLong(Long::longValue).toArray();
  }

  private static Steps steps(List<Long> strides, boolean several) {
    int last = strides.size() - 1;
    return new Steps(several ? strides.get(last - 1) : 0, strides.get(last));
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    if (length == 0 || rows == 0 || Odometer.steps(outer) == 0) {
      return;
    }
    long across = (length + blockLength - 1) / blockLength;
    long blocks = (rows + blockRows - 1) / blockRows * across;
    parallel.run(
        Odometer.steps(outer) * blocks,
        Math.max(1, 4L * BLOCK / ((long) blockRows * blockLength)),
        (from, to) -> {
          var odometer = new Odometer(outer, outerStrides, from / blocks);
          var block = new Block(operands);
          for (long item = from; item < to; item++) {
            long row = item % blocks / across * blockRows;
            long start = item % across * blockLength;
            block.work(odometer, row, start);
            if (item % blocks == blocks - 1) {
              odometer.next();
            }
          }
        });
  }

  /** One thread's arrays. */
  private final class Block {
    private final MemorySegment[] operands;
    private final float[] a = new float[blockRows * blockLength];
    private final float[] b = new float[a.length];
    private final Activations activations = new Activations(posts.isEmpty() ? 0 : a.length);
    private long heldB = -1;
    private int heldCount;

    Block(MemorySegment[] operands) {
      this.operands = operands;
    }

    void work(Odometer odometer, long row, long start) {
      int height = (int) Math.min(blockRows, rows - row);
      int width = (int) Math.min(blockLength, length - start);
      int count = height * width;
      load(operands[0], at(odometer.offset(0), stepsA, row, start), stepsA, a, height, width);
      long atB = at(odometer.offset(1), stepsB, row, start);
      // A bias or a scale of channels is the same for every block: it is laid out once.
      if (atB != heldB || count != heldCount) {
        load(operands[1], atB, stepsB, b, height, width);
        heldB = atB;
        heldCount = count;
      }
      apply(function, a, b, count);
      for (Activation f : posts) {
        activations.apply(f, a, count);
      }
      store(a, operands[2], at(odometer.offset(2), stepsDst, row, start), height, width);
    }
  }

  private static long at(long base, Steps steps, long row, long start) {
    return base + row * steps.row + start * steps.element;
  }

  private static void load(
      MemorySegment from, long at, Steps steps, float[] to, int height, int width) {
    if (steps.isDense(width)) {
      Memory.read(from, at, to, 0, height * width);
      return;
    }
    int read = steps.row == 0 ? 1 : height;
    for (int y = 0; y < read; y++) {
      if (steps.element == 0) {
        float value = from.getAtIndex(JAVA_FLOAT, at + y * steps.row);
        Arrays.fill(to, y * width, (y + 1) * width, value);
      } else {
        Memory.read(from, at + y * steps.row, steps.element, to, y * width, width);
      }
    }
    for (int y = read; y < height; y++) {
      System.arraycopy(to, 0, to, y * width, width);
    }
  }

  private void store(float[] values, MemorySegment to, long at, int height, int width) {
    if (stepsDst.isDense(width)) {
      Memory.write(values, 0, to, at, height * width);
      return;
    }
    for (int y = 0; y < height; y++) {
      Memory.write(values, y * width, to, at + y * stepsDst.row, stepsDst.element, width);
    }
  }

  private static void apply(Spec.Function function, float[] a, float[] b, int count) {
    switch (function) {
      case ADD -> add(a, b, count);
      case SUB -> subtract(a, b, count);
      case MUL -> multiply(a, b, count);
      case DIV -> divide(a, b, count);
      case MIN -> min(a, b, count);
      case MAX -> max(a, b, count);
      case POW -> power(a, b, count);
      case PRELU -> prelu(a, b, count);
    }
  }

  // One loop a method: the compiler makes vector instructions of small methods more reliably.

  private static void add(float[] a, float[] b, int count) {
    for (int i = 0; i < count; i++) {
      a[i] += b[i];
    }
  }

  private static void subtract(float[] a, float[] b, int count) {
    for (int i = 0; i < count; i++) {
      a[i] -= b[i];
    }
  }

  private static void multiply(float[] a, float[] b, int count) {
    for (int i = 0; i < count; i++) {
      a[i] *= b[i];
    }
  }

  private static void divide(float[] a, float[] b, int count) {
    for (int i = 0; i < count; i++) {
      a[i] /= b[i];
    }
  }

  private static void min(float[] a, float[] b, int count) {
    for (int i = 0; i < count; i++) {
      a[i] = Math.min(a[i], b[i]);
    }
  }

  private static void max(float[] a, float[] b, int count) {
    for (int i = 0; i < count; i++) {
      a[i] = Math.max(a[i], b[i]);
    }
  }

  private static void power(float[] a, float[] b, int count) {
    for (int i = 0; i < count; i++) {
      a[i] = (float) Math.pow(a[i], b[i]);
    }
  }

  /** Without a branch, whose wrong guesses would cost 20 times the work. */
  private static void prelu(float[] a, float[] b, int count) {
    for (int i = 0; i < count; i++) {
      a[i] = Math.max(a[i], 0f) + b[i] * Math.min(a[i], 0f);
    }
  }
}
