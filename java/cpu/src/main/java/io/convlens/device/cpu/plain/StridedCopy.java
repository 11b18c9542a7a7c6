package io.convlens.device.cpu.plain;

import io.convlens.device.Spec;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Copies that pick, transpose and fill. The inner loops that write neighbours, as many as make some
 * kilobytes, are worked out once as a {@link CopyPiece}; the outer ones are walked. Large
 * transposes go in square tiles instead.
 */
public final class StridedCopy implements PlainKernel {
  /** Elements below which a copy isn't worth another thread. */
  private static final long LEAST = 16384;

  private final long[] outer;
  private final List<int @Nullable []> maps;
  private final long[] src;
  private final long[][] dst;
  private final CopyPiece piece;
  private final long extent;
  private final long stepSrc;
  private final long stepDst;

  private StridedCopy(Spec.Copy spec) {
    piece = CopyPiece.of(spec);
    int axis = piece.axis();
    outer = longs(spec.dims(), axis);
    maps = spec.maps();
    src = longs(spec.strideSrc(), axis);
    dst = new long[][] {longs(spec.strideDst(), axis)};
    extent = spec.dims().get(axis);
    stepSrc = spec.strideSrc().get(axis) * piece.part();
    stepDst = spec.strideDst().get(axis) * piece.part();
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.Copy spec) {
    if (spec.dims().contains(0L)) {
      return (operands, parallel) -> {};
    }
    if (TransposedCopy.suits(spec)) {
      return new TransposedCopy(spec);
    }
    return new StridedCopy(spec);
  }

  private static long[] longs(List<Long> list, int count) {
    return list.stream().limit(count).mapToLong(Long::longValue).toArray();
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    int part = piece.part();
    int size = piece.size() / part;
    long blocks = (extent + part - 1) / part;
    parallel.run(
        Odometer.steps(outer) * blocks,
        Math.max(1, LEAST / piece.size()),
        (first, end) -> {
          var odometer = new Odometer(outer, dst, first / blocks);
          CopyPiece.Room room = piece.room();
          for (long item = first; item < end; item++) {
            long block = item % blocks;
            int count = size * (int) Math.min(part, extent - block * part);
            long from = source(odometer);
            long to = odometer.offset(0) + block * stepDst;
            if (from < 0) {
              piece.fill(operands[1], to, count, room);
            } else {
              piece.copy(operands[0], from + block * stepSrc, operands[1], to, count, room);
            }
            if (block == blocks - 1) {
              odometer.next();
            }
          }
        });
  }

  /** Where the inner loops begin to read, or −1 where all is fill. */
  private long source(Odometer odometer) {
    long from = 0;
    for (int i = 0; i < src.length; i++) {
      int[] map = maps.get(i);
      long picked = map == null ? odometer.index(i) : map[(int) odometer.index(i)];
      if (picked < 0) {
        return -1;
      }
      from += picked * src[i];
    }
    return from;
  }
}
