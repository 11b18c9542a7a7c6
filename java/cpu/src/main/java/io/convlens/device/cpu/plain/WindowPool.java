package io.convlens.device.cpu.plain;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Window3;
import io.convlens.graph.Node.PoolKind;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Pooling of every kind, with any padding, dilation and pitch. A run of outputs of one row is
 * computed together: each tap is a loop over many outputs and all channels.
 */
public final class WindowPool implements PlainKernel {
  /** Elements of output computed together, unless one place has more. */
  private static final int BLOCK = 4096;

  private final Spec.Pool spec;
  private final MapShape src;
  private final MapShape dst;
  private final int channels;
  private final int blockPlaces;
  private final int[][] inside = new int[3][];
  private final int[][] counted = new int[3][];

  private WindowPool(Spec.Pool spec) {
    this.spec = spec;
    this.src = spec.src();
    this.dst = spec.dst();
    this.channels = dst.c();
    this.blockPlaces = Math.max(1, Math.min(dst.w(), BLOCK / Math.max(1, channels)));
    count(0, src.d(), dst.d());
    count(1, src.h(), dst.h());
    count(2, src.w(), dst.w());
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.Pool spec) {
    return new WindowPool(spec);
  }

  /** How many taps of each window lie in the map, and how many in it and the file's own padding. */
  private void count(int axis, int length, int outputs) {
    inside[axis] = new int[outputs];
    counted[axis] = new int[outputs];
    int begin = spec.window().padBegin().get(axis);
    int end = spec.filePadEnd().get(axis);
    for (int o = 0; o < outputs; o++) {
      for (int k = 0; k < spec.window().kernel().get(axis); k++) {
        int i = input(axis, o, k);
        inside[axis][o] += i >= 0 && i < length ? 1 : 0;
        counted[axis][o] += i >= -begin && i < length + end ? 1 : 0;
      }
    }
  }

  private int input(int axis, int output, int tap) {
    Window3 w = spec.window();
    return output * w.stride().get(axis) - w.padBegin().get(axis) + tap * w.dilation().get(axis);
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    long rows = (long) dst.n() * dst.d() * dst.h();
    parallel.run(
        rows,
        Math.max(1, BLOCK / Math.max(1L, (long) dst.w() * channels)),
        (from, to) -> {
          var block = new Block(operands[0]);
          for (long row = from; row < to; row++) {
            for (int first = 0; first < dst.w(); first += blockPlaces) {
              int end = Math.min(dst.w(), first + blockPlaces);
              block.compute(row, first, end);
              block.write(operands[1], row * dst.w() + first, end - first);
            }
          }
        });
  }

  /** One thread's arrays. */
  private final class Block {
    private final MemorySegment in;
    private final float[] results = new float[blockPlaces * channels];
    private final float[] tap = new float[results.length];

    Block(MemorySegment in) {
      this.in = in;
    }

    void compute(long dstRow, int first, int end) {
      int h = (int) (dstRow % dst.h());
      int d = (int) (dstRow / dst.h() % dst.d());
      long n = dstRow / dst.h() / dst.d();
      boolean max = spec.kind() == PoolKind.MAX;
      Arrays.fill(results, max ? Float.NEGATIVE_INFINITY : 0);
      for (int kd = 0; kd < spec.window().kernel().d(); kd++) {
        int id = input(0, d, kd);
        for (int kh = 0; kh < spec.window().kernel().h(); kh++) {
          int ih = input(1, h, kh);
          if (id >= 0 && id < src.d() && ih >= 0 && ih < src.h()) {
            row((n * src.d() + id) * src.h() + ih, first, end);
          }
        }
      }
      finish(inside[0][d] * inside[1][h], counted[0][d] * counted[1][h], first, end);
    }

    /** Takes in what the windows see of one row of the input. */
    private void row(long srcRow, int first, int end) {
      int stride = spec.window().stride().w();
      for (int k = 0; k < spec.window().kernel().w(); k++) {
        int offset = input(2, 0, k);
        int low = Math.max(first, Math.ceilDiv(-offset, stride));
        int high = Math.min(end, Math.floorDiv(src.w() - 1 - offset, stride) + 1);
        if (low < high) {
          read(srcRow * src.w() + (long) low * stride + offset, low - first, high - first);
          combine((low - first) * channels, (high - first) * channels);
        }
      }
    }

    /** Reads what a tap sees, beside the outputs that see it. */
    private void read(long place, int low, int high) {
      int stride = spec.window().stride().w();
      if (src.isDense() && stride == 1) {
        Memory.read(in, place * channels, tap, low * channels, (high - low) * channels);
        return;
      }
      for (int o = low; o < high; o++) {
        long at = (place + (long) (o - low) * stride) * src.pitch();
        Memory.read(in, at, tap, o * channels, channels);
      }
    }

    private void combine(int from, int to) {
      switch (spec.kind()) {
        case MAX -> max(results, tap, from, to);
        case AVERAGE, AVERAGE_WITH_PADDING -> add(results, tap, from, to);
        case LP -> {
          powers(tap, from, to, spec.p());
          add(results, tap, from, to);
        }
      }
    }

    private void finish(int insideAround, int countedAround, int first, int end) {
      switch (spec.kind()) {
        case MAX -> {}
        case LP -> roots(results, (end - first) * channels, spec.p());
        case AVERAGE -> divide(insideAround, inside[2], first, end);
        case AVERAGE_WITH_PADDING -> divide(countedAround, counted[2], first, end);
      }
    }

    private void divide(int around, int[] taps, int first, int end) {
      for (int o = first; o < end; o++) {
        float divisor = around * taps[o];
        int base = (o - first) * channels;
        for (int c = 0; c < channels; c++) {
          results[base + c] /= divisor;
        }
      }
    }

    void write(MemorySegment out, long place, int places) {
      if (dst.isDense()) {
        Memory.write(results, 0, out, place * channels, places * channels);
        return;
      }
      for (int p = 0; p < places; p++) {
        Memory.write(results, p * channels, out, (place + p) * dst.pitch(), channels);
      }
    }
  }

  // The compiler makes vector instructions of loops over two arrays only where both are read at the
  // same index: with another offset one might be the other, shifted.

  private static void max(float[] results, float[] tap, int from, int to) {
    for (int i = from; i < to; i++) {
      results[i] = Math.max(results[i], tap[i]);
    }
  }

  private static void add(float[] results, float[] tap, int from, int to) {
    for (int i = from; i < to; i++) {
      results[i] += tap[i];
    }
  }

  private static void powers(float[] v, int from, int to, int p) {
    if (p == 2) {
      for (int i = from; i < to; i++) {
        v[i] *= v[i];
      }
    } else if (p == 1) {
      for (int i = from; i < to; i++) {
        v[i] = Math.abs(v[i]);
      }
    } else {
      for (int i = from; i < to; i++) {
        float x = Math.abs(v[i]);
        float power = x;
        for (int k = 1; k < p; k++) {
          power *= x;
        }
        v[i] = power;
      }
    }
  }

  private static void roots(float[] v, int count, int p) {
    if (p == 2) {
      for (int i = 0; i < count; i++) {
        v[i] = (float) Math.sqrt(v[i]);
      }
    } else if (p != 1) {
      for (int i = 0; i < count; i++) {
        v[i] = (float) Math.pow(v[i], 1.0 / p);
      }
    }
  }
}
