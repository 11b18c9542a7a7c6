package io.convlens.device.cpu.plain;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Window3;
import io.convlens.graph.Node.PoolKind;
import java.lang.foreign.MemorySegment;

/** Pooling of every kind, with any padding, dilation and pitch: tap by tap over all channels. */
public final class WindowPool implements PlainKernel {
  private final Spec.Pool spec;
  private final MapShape src;
  private final MapShape dst;

  private WindowPool(Spec.Pool spec) {
    this.spec = spec;
    this.src = spec.src();
    this.dst = spec.dst();
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.Pool spec) {
    return new WindowPool(spec);
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    long rows = (long) dst.n() * dst.d() * dst.h();
    parallel.run(
        rows,
        1,
        (from, to) -> {
          for (long row = from; row < to; row++) {
            row(operands[0], operands[1], row);
          }
        });
  }

  private void row(MemorySegment in, MemorySegment out, long row) {
    int h = (int) (row % dst.h());
    int d = (int) (row / dst.h() % dst.d());
    long n = row / dst.h() / dst.d();
    for (int w = 0; w < dst.w(); w++) {
      place(in, out, n, d, h, w, (row * dst.w() + w) * dst.pitch());
    }
  }

  private void place(MemorySegment in, MemorySegment out, long n, int d, int h, int w, long to) {
    float start = spec.kind() == PoolKind.MAX ? Float.NEGATIVE_INFINITY : 0;
    for (int c = 0; c < dst.c(); c++) {
      out.setAtIndex(JAVA_FLOAT, to + c, start);
    }
    Window3.Axes k = spec.window().kernel();
    int inside = 0;
    int counted = 0;
    for (int kd = 0; kd < k.d(); kd++) {
      int id = input(0, d, kd);
      for (int kh = 0; kh < k.h(); kh++) {
        int ih = input(1, h, kh);
        for (int kw = 0; kw < k.w(); kw++) {
          int iw = input(2, w, kw);
          counted +=
              counts(0, id, src.d()) && counts(1, ih, src.h()) && counts(2, iw, src.w()) ? 1 : 0;
          if (in(id, src.d()) && in(ih, src.h()) && in(iw, src.w())) {
            inside++;
            tap(in, (((n * src.d() + id) * src.h() + ih) * src.w() + iw) * src.pitch(), out, to);
          }
        }
      }
    }
    finish(out, to, inside, counted);
  }

  private int input(int axis, int output, int tap) {
    Window3 w = spec.window();
    return output * w.stride().get(axis) - w.padBegin().get(axis) + tap * w.dilation().get(axis);
  }

  private static boolean in(int index, int length) {
    return index >= 0 && index < length;
  }

  /** Whether a tap counts in a divisor that includes the file's own padding. */
  private boolean counts(int axis, int index, int length) {
    return index >= -spec.window().padBegin().get(axis)
        && index < length + spec.filePadEnd().get(axis);
  }

  private void tap(MemorySegment in, long from, MemorySegment out, long to) {
    int channels = dst.c();
    switch (spec.kind()) {
      case MAX -> {
        for (int c = 0; c < channels; c++) {
          float x = in.getAtIndex(JAVA_FLOAT, from + c);
          out.setAtIndex(JAVA_FLOAT, to + c, Math.max(x, out.getAtIndex(JAVA_FLOAT, to + c)));
        }
      }
      case AVERAGE, AVERAGE_WITH_PADDING -> {
        for (int c = 0; c < channels; c++) {
          float x = in.getAtIndex(JAVA_FLOAT, from + c);
          out.setAtIndex(JAVA_FLOAT, to + c, x + out.getAtIndex(JAVA_FLOAT, to + c));
        }
      }
      case LP -> {
        for (int c = 0; c < channels; c++) {
          float x = Math.abs(in.getAtIndex(JAVA_FLOAT, from + c));
          float power = spec.p() == 1 ? x : spec.p() == 2 ? x * x : (float) Math.pow(x, spec.p());
          out.setAtIndex(JAVA_FLOAT, to + c, power + out.getAtIndex(JAVA_FLOAT, to + c));
        }
      }
    }
  }

  private void finish(MemorySegment out, long to, int inside, int counted) {
    for (int c = 0; c < dst.c(); c++) {
      float x = out.getAtIndex(JAVA_FLOAT, to + c);
      float result =
          switch (spec.kind()) {
            case MAX -> x;
            case AVERAGE -> x / inside;
            case AVERAGE_WITH_PADDING -> x / counted;
            case LP -> spec.p() == 1 ? x : (float) Math.pow(x, 1.0 / spec.p());
          };
      out.setAtIndex(JAVA_FLOAT, to + c, result);
    }
  }
}
