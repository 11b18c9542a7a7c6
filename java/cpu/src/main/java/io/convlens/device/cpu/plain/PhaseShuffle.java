package io.convlens.device.cpu.plain;

import io.convlens.device.MapShape;
import io.convlens.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Puts the phases of a map, which lie as channels of one place, beside each other: place (y, x) of
 * the result is phase ((y + skipH) mod strideH, (x + skipW) mod strideW) of place ((y + skipH) div
 * strideH, (x + skipW) div strideW). Operands: the phases, the result.
 *
 * @param phases {@code strideH·strideW·C} channels, dense, the phase along the width and then C the
 *     fastest
 * @param dst the result, C channels, one plane
 * @param bias added, one number a channel of the result, or none
 */
public record PhaseShuffle(
    MapShape phases,
    MapShape dst,
    int strideH,
    int strideW,
    int skipH,
    int skipW,
    @Nullable Tensor bias)
    implements PlainKernel {

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    parallel.run(
        (long) dst.n() * dst.h(),
        1,
        (from, to) -> {
          float[] line = new float[phases.w() * phases.c()];
          float[] row = new float[phases.w() * strideW * dst.c()];
          long read = -1;
          for (long place = from; place < to; place++) {
            int y = (int) (place % dst.h()) + skipH;
            long source = place / dst.h() * phases.h() + y / strideH;
            if (source != read) {
              Memory.read(operands[0], source * line.length, line, 0, line.length);
              read = source;
            }
            pick(line, y % strideH, row);
            write(row, operands[1], place * dst.w());
          }
        });
  }

  /** The channels of one phase along the height. */
  private void pick(float[] line, int phase, float[] row) {
    int run = strideW * dst.c();
    int at = phase * run;
    for (int to = 0; to < row.length; to += run) {
      for (int i = 0; i < run; i++) {
        row[to + i] = line[at + i];
      }
      at += phases.c();
    }
  }

  private void write(float[] row, MemorySegment to, long place) {
    int c = dst.c();
    int skip = skipW * c;
    if (bias != null) {
      for (int i = 0; i < dst.w() * c; i++) {
        row[skip + i] += bias.get(i % c);
      }
    }
    if (dst.isDense()) {
      Memory.write(row, skip, to, place * c, dst.w() * c);
      return;
    }
    for (int x = 0; x < dst.w(); x++) {
      Memory.write(row, skip + x * c, to, (place + x) * dst.pitch(), c);
    }
  }
}
