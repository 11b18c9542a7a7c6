package io.convlens.device.cpu.plain;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import java.lang.foreign.MemorySegment;

/** Order statistics of maps: each is copied into an array, and that partly put in order. */
public final class RankInMaps implements PlainKernel {
  /** Channels copied together: a cache line. */
  private static final int RUN = 16;

  private final MapShape src;
  private final boolean magnitudes;
  private final int places;

  /** How many numbers stand at the rank and after it. */
  private final int upper;

  private RankInMaps(Spec.MapRank spec) {
    this.src = spec.src();
    this.magnitudes = spec.of() == Spec.RankOf.MAGNITUDES;
    this.places = src.d() * src.h() * src.w();
    this.upper = places - spec.rank();
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.MapRank spec) {
    return new RankInMaps(spec);
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    int runs = (src.c() + RUN - 1) / RUN;
    parallel.run(
        (long) src.n() * runs,
        1,
        (from, end) -> {
          float[][] maps = new float[RUN][places];
          for (long item = from; item < end; item++) {
            int picture = (int) (item / runs);
            int channel = (int) (item % runs) * RUN;
            int count = Math.min(RUN, src.c() - channel);
            read(operands[0], picture, channel, count, maps);
            for (int c = 0; c < count; c++) {
              rank(maps[c], operands[1], picture, channel + c);
            }
          }
        });
  }

  private void read(MemorySegment in, int picture, int channel, int count, float[][] maps) {
    float[] line = new float[RUN];
    for (int p = 0; p < places; p++) {
      long at = ((long) picture * places + p) * src.pitch() + channel;
      Memory.read(in, at, line, 0, count);
      for (int c = 0; c < count; c++) {
        maps[c][p] = magnitudes ? Math.abs(line[c]) : line[c];
      }
    }
  }

  private void rank(float[] map, MemorySegment out, int picture, int channel) {
    double all = 0;
    for (float v : map) {
      all += v;
    }
    moveLargestFirst(map, upper);
    double top = 0;
    for (int i = 0; i < upper; i++) {
      top += map[i];
    }
    float[] numbers = {map[upper - 1], (float) top, (float) all};
    for (int k = 0; k < Spec.MapRank.COUNT; k++) {
      long row = (long) picture * Spec.MapRank.COUNT + k;
      out.setAtIndex(JAVA_FLOAT, row * src.c() + channel, numbers[k]);
    }
  }

  /**
   * Hoare's selection: afterwards the {@code count} largest stand first, the least of them last.
   */
  private static void moveLargestFirst(float[] values, int count) {
    int low = 0;
    int high = values.length - 1;
    while (low < high) {
      float pivot = values[(low + high) >>> 1];
      int i = low;
      int j = high;
      while (i <= j) {
        while (values[i] > pivot) {
          i++;
        }
        while (values[j] < pivot) {
          j--;
        }
        if (i <= j) {
          float kept = values[i];
          values[i++] = values[j];
          values[j--] = kept;
        }
      }
      if (count - 1 <= j) {
        high = j;
      } else if (count - 1 >= i) {
        low = i;
      } else {
        return;
      }
    }
  }
}
