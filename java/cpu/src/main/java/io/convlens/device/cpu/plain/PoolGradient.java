package io.convlens.device.cpu.plain;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Window3;
import java.lang.foreign.MemorySegment;

/**
 * The gradient through a pooling of any kind. Pictures and runs of channels are dealt out to
 * threads, since the windows of one channel overlap: each element has one writer, and its sum one
 * order.
 */
public final class PoolGradient implements PlainKernel {
  /** Channels worked on together: four cache lines. */
  private static final int RUN = 64;

  private final Spec.PoolGradient spec;
  private final MapShape from;
  private final MapShape x;
  private final MapShape dst;
  private final int runs;

  private PoolGradient(Spec.PoolGradient spec) {
    this.spec = spec;
    this.from = spec.gradient();
    this.x = spec.x();
    this.dst = spec.dst();
    this.runs = (dst.c() + RUN - 1) / RUN;
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.PoolGradient spec) {
    return new PoolGradient(spec);
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    parallel.run(
        (long) dst.n() * runs,
        1,
        (first, end) -> {
          for (long item = first; item < end; item++) {
            int channel = (int) (item % runs) * RUN;
            new Part(operands, (int) (item / runs), channel).compute();
          }
        });
  }

  /** Some channels of one picture. */
  private final class Part {
    private final MemorySegment gradient;
    private final MemorySegment in;
    private final MemorySegment out;
    private final int image;
    private final int channel;
    private final int count;
    private final float[] incoming;
    private final float[] values;
    private final float[] best;
    private final int[] bits;
    private final int[] largest;
    private final int[] taken;
    private final int[] places;
    private int inside;
    private int counted;

    Part(MemorySegment[] operands, int image, int channel) {
      this.gradient = operands[0];
      this.in = operands[1];
      this.out = operands[2];
      this.image = image;
      this.channel = channel;
      this.count = Math.min(RUN, dst.c() - channel);
      this.incoming = new float[count];
      this.values = new float[count];
      this.best = new float[count];
      this.bits = new int[count];
      this.largest = new int[count];
      this.taken = new int[count];
      Window3.Axes k = spec.window().kernel();
      this.places = new int[k.d() * k.h() * k.w()];
    }

    void compute() {
      float[] zeros = new float[count];
      int all = dst.d() * dst.h() * dst.w();
      for (int place = 0; place < all; place++) {
        Memory.write(zeros, 0, out, at(dst, place), count);
      }
      int place = 0;
      for (int d = 0; d < from.d(); d++) {
        for (int h = 0; h < from.h(); h++) {
          for (int w = 0; w < from.w(); w++) {
            look(d, h, w);
            Memory.read(gradient, at(from, place++), incoming, 0, count);
            spread();
          }
        }
      }
    }

    private long at(MapShape m, int place) {
      return ((long) image * m.d() * m.h() * m.w() + place) * m.pitch() + channel;
    }

    /** Notes the places that a window sees, in row-major order. */
    private void look(int d, int h, int w) {
      inside = 0;
      counted = 0;
      Window3.Axes k = spec.window().kernel();
      for (int kd = 0; kd < k.d(); kd++) {
        int id = input(0, d, kd);
        for (int kh = 0; kh < k.h(); kh++) {
          int ih = input(1, h, kh);
          for (int kw = 0; kw < k.w(); kw++) {
            int iw = input(2, w, kw);
            counted += isCounted(id, ih, iw) ? 1 : 0;
            if (id >= 0 && id < x.d() && ih >= 0 && ih < x.h() && iw >= 0 && iw < x.w()) {
              places[inside++] = (id * x.h() + ih) * x.w() + iw;
            }
          }
        }
      }
    }

    private int input(int axis, int output, int tap) {
      Window3 w = spec.window();
      return output * w.stride().get(axis) - w.padBegin().get(axis) + tap * w.dilation().get(axis);
    }

    private boolean isCounted(int d, int h, int w) {
      Window3.Axes begin = spec.window().padBegin();
      Window3.Axes end = spec.filePadEnd();
      return d >= -begin.d()
          && d < x.d() + end.d()
          && h >= -begin.h()
          && h < x.h() + end.h()
          && w >= -begin.w()
          && w < x.w() + end.w();
    }

    private void spread() {
      switch (spec.kind()) {
        case MAX -> toFirstLargest();
        case AVERAGE -> evenly(inside);
        case AVERAGE_WITH_PADDING -> evenly(counted);
        case LP -> byNorm();
      }
    }

    private void toFirstLargest() {
      if (inside == 0) {
        return;
      }
      Memory.read(in, at(x, places[0]), 1, largest, count);
      for (int c = 0; c < count; c++) {
        largest[c] = ordered(largest[c]);
        taken[c] = 0;
      }
      for (int tap = 1; tap < inside; tap++) {
        Memory.read(in, at(x, places[tap]), 1, bits, count);
        for (int c = 0; c < count; c++) {
          int larger = Math.max(largest[c], ordered(bits[c]));
          int change = larger ^ largest[c];
          int changed = (change | -change) >> 31;
          largest[c] = larger;
          taken[c] = (taken[c] & ~changed) | (tap & changed);
        }
      }
      for (int c = 0; c < count; c++) {
        long to = at(dst, places[taken[c]]) + c;
        out.setAtIndex(JAVA_FLOAT, to, out.getAtIndex(JAVA_FLOAT, to) + incoming[c]);
      }
    }

    /**
     * A whole number for the bits of a float, in the same order, with one for both zeros: whole
     * numbers are compared and chosen by vector instructions, floats by branches.
     */
    private static int ordered(int bits) {
      int ascending = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
      return ascending - (ascending >> 31);
    }

    private void evenly(int divisor) {
      for (int c = 0; c < count; c++) {
        incoming[c] /= divisor;
      }
      for (int tap = 0; tap < inside; tap++) {
        add(places[tap], incoming);
      }
    }

    private void add(int place, float[] summand) {
      Memory.read(out, at(dst, place), values, 0, count);
      for (int c = 0; c < count; c++) {
        values[c] += summand[c];
      }
      Memory.write(values, 0, out, at(dst, place), count);
    }

    /** The derivative of (Σ|x|^p)^(1/p) is sign(x)·(|x|/norm)^(p−1); 0 where all are 0. */
    private void byNorm() {
      double[] norms = new double[count];
      for (int tap = 0; tap < inside; tap++) {
        Memory.read(in, at(x, places[tap]), values, 0, count);
        for (int c = 0; c < count; c++) {
          norms[c] += Math.pow(Math.abs(values[c]), spec.p());
        }
      }
      for (int c = 0; c < count; c++) {
        norms[c] = Math.pow(norms[c], 1.0 / spec.p());
      }
      for (int tap = 0; tap < inside; tap++) {
        Memory.read(in, at(x, places[tap]), best, 0, count);
        for (int c = 0; c < count; c++) {
          double share = norms[c] == 0 ? 0 : Math.pow(Math.abs(best[c]) / norms[c], spec.p() - 1.0);
          best[c] = (float) (incoming[c] * Math.signum(best[c]) * share);
        }
        add(places[tap], best);
      }
    }
  }
}
