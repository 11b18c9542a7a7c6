package io.convlens.device.cpu.plain;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.convlens.device.Spec;
import java.lang.foreign.MemorySegment;

/** Local response normalisation across channels, of even sizes and pitched maps too. */
public final class ResponseNorm implements PlainKernel {
  private final Spec.Lrn spec;

  private ResponseNorm(Spec.Lrn spec) {
    this.spec = spec;
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.Lrn spec) {
    return new ResponseNorm(spec);
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    parallel.run(
        spec.src().places(),
        1,
        (from, to) -> {
          for (long place = from; place < to; place++) {
            place(operands[0], place * spec.src().pitch(), operands[1], place * spec.dst().pitch());
          }
        });
  }

  private void place(MemorySegment in, long from, MemorySegment out, long to) {
    int channels = spec.src().c();
    int before = (spec.size() - 1) / 2;
    int after = spec.size() / 2;
    double scale = (double) spec.alpha() / spec.size();
    for (int c = 0; c < channels; c++) {
      double squares = 0;
      int last = Math.min(channels - 1, c + after);
      for (int i = Math.max(0, c - before); i <= last; i++) {
        double x = in.getAtIndex(JAVA_FLOAT, from + i);
        squares += x * x;
      }
      double x = in.getAtIndex(JAVA_FLOAT, from + c);
      out.setAtIndex(
          JAVA_FLOAT, to + c, (float) (x * Math.pow(spec.bias() + scale * squares, -spec.beta())));
    }
  }
}
