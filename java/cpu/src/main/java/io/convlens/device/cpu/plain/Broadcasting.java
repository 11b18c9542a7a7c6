package io.convlens.device.cpu.plain;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.convlens.device.Spec;
import io.convlens.graph.Activation;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** Functions of two arrays with broadcasting, in blocks that fit the first-level cache. */
public final class Broadcasting implements PlainKernel {
  private static final int BLOCK = 2048;

  private final Spec.Function function;
  private final List<Activation> posts;
  private final long[] outer;
  private final long[][] outerStrides;
  private final long length;
  private final long strideA;
  private final long strideB;
  private final long strideDst;

  private Broadcasting(Spec.Broadcast s) {
    function = s.function();
    posts = s.posts();
    int last = s.dims().size() - 1;
    outer = head(s.dims(), last);
    outerStrides =
        new long[][] {head(s.strideA(), last), head(s.strideB(), last), head(s.strideDst(), last)};
    length = s.dims().get(last);
    strideA = s.strideA().get(last);
    strideB = s.strideB().get(last);
    strideDst = s.strideDst().get(last);
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.Broadcast spec) {
    return new Broadcasting(spec);
  }

  private static long[] head(List<Long> list, int count) {
    return list.stream().limit(count).mapToLong(Long::longValue).toArray();
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    if (length == 0) {
      return;
    }
    long blocks = (length + BLOCK - 1) / BLOCK;
    parallel.run(
        Odometer.steps(outer) * blocks,
        Math.max(1, 4 * BLOCK / length),
        (from, to) -> {
          var odometer = new Odometer(outer, outerStrides, from / blocks);
          float[] a = new float[(int) Math.min(BLOCK, length)];
          float[] b = new float[a.length];
          for (long item = from; item < to; item++) {
            long start = item % blocks * BLOCK;
            int count = (int) Math.min(BLOCK, length - start);
            load(operands[0], odometer.offset(0) + start * strideA, strideA, a, count);
            load(operands[1], odometer.offset(1) + start * strideB, strideB, b, count);
            apply(a, b, count);
            posts.forEach(f -> Activations.apply(f, a, count));
            store(a, count, operands[2], odometer.offset(2) + start * strideDst);
            if (item % blocks == blocks - 1) {
              odometer.next();
            }
          }
        });
  }

  private static void load(MemorySegment from, long at, long stride, float[] to, int count) {
    if (stride == 1) {
      MemorySegment.copy(from, JAVA_FLOAT, at * Float.BYTES, to, 0, count);
    } else if (stride == 0) {
      Arrays.fill(to, 0, count, from.getAtIndex(JAVA_FLOAT, at));
    } else {
      for (int i = 0; i < count; i++) {
        to[i] = from.getAtIndex(JAVA_FLOAT, at + i * stride);
      }
    }
  }

  private void store(float[] values, int count, MemorySegment to, long at) {
    if (strideDst == 1) {
      MemorySegment.copy(values, 0, to, JAVA_FLOAT, at * Float.BYTES, count);
    } else {
      for (int i = 0; i < count; i++) {
        to.setAtIndex(JAVA_FLOAT, at + i * strideDst, values[i]);
      }
    }
  }

  private void apply(float[] a, float[] b, int count) {
    switch (function) {
      case ADD -> {
        for (int i = 0; i < count; i++) {
          a[i] += b[i];
        }
      }
      case SUB -> {
        for (int i = 0; i < count; i++) {
          a[i] -= b[i];
        }
      }
      case MUL -> {
        for (int i = 0; i < count; i++) {
          a[i] *= b[i];
        }
      }
      case DIV -> {
        for (int i = 0; i < count; i++) {
          a[i] /= b[i];
        }
      }
      case MIN -> {
        for (int i = 0; i < count; i++) {
          a[i] = Math.min(a[i], b[i]);
        }
      }
      case MAX -> {
        for (int i = 0; i < count; i++) {
          a[i] = Math.max(a[i], b[i]);
        }
      }
      case POW -> {
        for (int i = 0; i < count; i++) {
          a[i] = (float) Math.pow(a[i], b[i]);
        }
      }
      case PRELU -> {
        for (int i = 0; i < count; i++) {
          a[i] = a[i] < 0 ? a[i] * b[i] : a[i];
        }
      }
    }
  }
}
